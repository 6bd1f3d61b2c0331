package org.tiezheng.archive.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.http.HttpTimestampAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;

class TsaHealthTest {
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

    /** Nothing listens there. */
    private static final TimestampAuthority SILENT =
            new HttpTimestampAuthority(URI.create("http://127.0.0.1:1/"), TrustAnchors.none(), Duration.ofSeconds(2));

    private static Health look(boolean enabled, boolean embedded, TimestampAuthority... external) {
        return new TsaHealth(enabled, embedded, List.of(external), CLOCK).look();
    }

    @Test
    void saysWhoseTimeItIs() {
        assertThat(look(false, true)).isEqualTo(Health.up("elsewhere"));
        assertThat(look(true, true)).isEqualTo(Health.up("embedded"));
    }

    @Test
    void silentAuthorityIsDownUnlessTheEmbeddedOneMayStepIn() {
        assertThat(look(true, false, SILENT)).isEqualTo(Health.down("silent", "0", "1"));
        assertThat(look(true, true, SILENT)).isEqualTo(Health.degraded("partly", "0", "1"));
    }
}
