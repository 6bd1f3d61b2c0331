package org.tiezheng.capture;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.http.HttpTimestampAuthority;
import org.tiezheng.evidence.trust.SigningIdentity;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Who signs and who stamps.
 *
 * @param list in order of preference
 */
record Authorities(SigningIdentity signer, List<TimestampAuthority> list) {

    Authorities {
        list = List.copyOf(list);
    }

    /**
     * External ones first, since their word counts for more.
     *
     * @param own signs in any case
     * @param withOwn whether it stamps too
     * @param anchors for the external ones; null if there are none
     * @throws IllegalArgumentException if an address is not one of an authority
     */
    static Authorities of(
            EmbeddedAuthority own,
            boolean withOwn,
            List<URI> external,
            @Nullable TrustAnchors anchors,
            Duration timeout) {
        List<TimestampAuthority> list = new ArrayList<>();
        if (anchors != null) {
            for (URI uri : external) {
                list.add(new HttpTimestampAuthority(uri, anchors, timeout));
            }
        }
        if (withOwn) {
            list.add(own);
        }
        return new Authorities(own.signer(), list);
    }

    List<String> names() {
        return list.stream().map(TimestampAuthority::name).toList();
    }

    boolean isEmbedded(String name) {
        return list.stream()
                .anyMatch(authority -> authority.embedded() && authority.name().equals(name));
    }
}
