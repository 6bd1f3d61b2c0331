package org.tiezheng.evidence.warc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.wacz.WarcGzReader;

class WarcFileTest {
    private static final WarcFields FIELDS =
            new WarcFields.Builder().add("WARC-Type", "resource").build();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 3_000_000})
    void everyBlockComesBackWhetherItCanBeCompressedOrNot(int size) throws IOException {
        byte[] noise = new byte[size];
        new Random(1).nextBytes(noise);
        for (byte[] block : new byte[][] {noise, new byte[size]}) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            try (WarcFile warc = new WarcFile(file)) {
                warc.write(FIELDS, new ByteArrayInputStream(block), size);
                warc.write(FIELDS, new ByteArrayInputStream(block), size);
            }
            try (WarcGzReader reader = new WarcGzReader(new ByteArrayInputStream(file.toByteArray()))) {
                for (int i = 0; i < 2; i++) {
                    WarcGzReader.Record record = reader.next();
                    assertThat(record).isNotNull();
                    assertThat(record.block().readAllBytes()).isEqualTo(block);
                }
                assertThat(reader.next()).isNull();
            }
            if (block != noise && size > 1) {
                assertThat(file.size()).isLessThan(size);
            } else {
                assertThat(file.size()).isLessThan(2 * size + size / 1000 + 400);
            }
        }
    }

    @Test
    void dateHasMicrosecondsCutOff() {
        assertThat(WarcFile.date(Instant.parse("2026-11-21T01:02:03.1234569Z")))
                .isEqualTo("2026-11-21T01:02:03.123456Z");
        assertThat(WarcFile.date(Instant.parse("2026-11-21T01:02:03Z"))).isEqualTo("2026-11-21T01:02:03.000000Z");
    }

    @Test
    void blockOfAnotherLengthIsRefused() {
        WarcFile warc = new WarcFile(new ByteArrayOutputStream());
        assertThatThrownBy(() -> warc.write(FIELDS, new ByteArrayInputStream(new byte[3]), 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("3 bytes instead of 4");
    }

    @Test
    void fieldThatCouldBreakTheHeaderIsRefused() {
        assertThatThrownBy(() -> new WarcFields.Builder().add("X", "a\r\nWARC-Type: forged"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WarcFields.Builder().add("X: y", "a"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
