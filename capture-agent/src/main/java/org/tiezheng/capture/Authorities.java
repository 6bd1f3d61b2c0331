package org.tiezheng.capture;

import java.util.List;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.trust.SigningIdentity;

/**
 * Who signs and who stamps.
 *
 * @param list in order of preference
 */
record Authorities(SigningIdentity signer, List<TimestampAuthority> list) {

    Authorities {
        list = List.copyOf(list);
    }

    List<String> names() {
        return list.stream().map(TimestampAuthority::name).toList();
    }

    boolean isEmbedded(String name) {
        return list.stream()
                .anyMatch(authority -> authority.embedded() && authority.name().equals(name));
    }
}
