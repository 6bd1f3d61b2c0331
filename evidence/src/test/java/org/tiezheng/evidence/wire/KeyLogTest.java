package org.tiezheng.evidence.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.wire.KeyLog.Label;

class KeyLogTest {
    private static final String RANDOM = "ab".repeat(32);
    private static final byte[] RANDOM_BYTES = HexFormat.of().parseHex(RANDOM);

    @Test
    void secretsAreFoundByRandomAndLabel() {
        KeyLog log = KeyLog.of("# comment\r\nCLIENT_RANDOM " + RANDOM.toUpperCase(java.util.Locale.ROOT) + " 0102\r\n"
                + "SERVER_TRAFFIC_SECRET_0 " + RANDOM + " 03");
        assertThat(log.secret(RANDOM_BYTES, Label.CLIENT_RANDOM)).containsExactly(1, 2);
        assertThat(log.secret(RANDOM_BYTES, Label.SERVER_TRAFFIC_SECRET_0)).containsExactly(3);
        assertThat(log.secret(RANDOM_BYTES, Label.CLIENT_TRAFFIC_SECRET_0)).isNull();
        assertThat(log.secret(new byte[32], Label.CLIENT_RANDOM)).isNull();
        assertThat(log.sessions()).isEqualTo(1);
    }

    @Test
    void theFirstSecretOfASessionCounts() {
        KeyLog log = KeyLog.of("CLIENT_RANDOM " + RANDOM + " 01\nCLIENT_RANDOM " + RANDOM + " 02\n");
        assertThat(log.secret(RANDOM_BYTES, Label.CLIENT_RANDOM)).containsExactly(1);
    }

    @Test
    void linesOfAnotherFormArePassedOver() {
        KeyLog log = KeyLog.of("EXPORTER_SECRET " + RANDOM + " 01\nCLIENT_RANDOM " + RANDOM + " 0\nCLIENT_RANDOM "
                + RANDOM + "00 01\nCLIENT_RANDOM " + RANDOM + " \nCLIENT_RANDOM " + RANDOM + " xx\n\n \nCLIENT_RANDOM "
                + RANDOM + " " + "01".repeat(1000));
        assertThat(log.sessions()).isZero();
    }
}
