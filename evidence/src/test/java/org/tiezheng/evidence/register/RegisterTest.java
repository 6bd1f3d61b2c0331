package org.tiezheng.evidence.register;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A register is read as it was written, and in no other spelling. */
class RegisterTest {
    private static final UUID ID = UUID.fromString("5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01");
    private static final String HASH = "a".repeat(64);
    private static final RegisterHead HEAD =
            new RegisterHead(ID, Instant.parse("2026-11-22T03:40:00Z"), "archive.example/log", 12, 1001, HASH);
    private static final RegisterRow ROW = new RegisterRow(
            7,
            ID,
            Map.of(RegisterField.SHA256, HASH, RegisterField.TITLE, "茶\u2028\"叶\"\n𠮷", RegisterField.HELD, "false"));
    private static final ChainMark MARK = new ChainMark(1000, HASH, "b".repeat(64));

    private static byte[] written() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RegisterWriter writer = new RegisterWriter(out, HEAD)) {
            writer.row(ROW);
            writer.row(new RegisterRow(9, new UUID(1, 2), Map.of()));
            writer.mark(MARK);
            writer.mark(new ChainMark(1001, HASH, HASH));
            writer.end();
        }
        return out.toByteArray();
    }

    private static String text(byte[] gzip) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private record Read(RegisterHead head, List<RegisterRow> rows, List<ChainMark> marks) {}

    private static Read read(byte[] gzip) throws IOException, MalformedRegisterException {
        try (RegisterReader reader = RegisterReader.open(new ByteArrayInputStream(gzip))) {
            List<RegisterRow> rows = new ArrayList<>();
            for (Optional<RegisterRow> row = reader.nextRow(); row.isPresent(); row = reader.nextRow()) {
                rows.add(row.get());
            }
            List<ChainMark> marks = new ArrayList<>();
            for (Optional<ChainMark> mark = reader.nextMark(); mark.isPresent(); mark = reader.nextMark()) {
                marks.add(mark.get());
            }
            return new Read(reader.head(), rows, marks);
        }
    }

    @Test
    void theLinesAreTheseForEver() throws IOException {
        assertThat(text(written()).lines().toList())
                .startsWith(
                        "{\"v\":1,\"type\":\"tiezheng-register\",\"id\":\"" + ID + "\",\"at\":\"2026-11-22T03:40:00Z\","
                                + "\"origin\":\"archive.example/log\",\"entries\":12,\"events\":1001,\"eventHash\":\""
                                + HASH
                                + "\"}",
                        "{\"row\":7,\"id\":\"" + ID + "\",\"sha256\":\"" + HASH
                                + "\",\"title\":\"茶\u2028\\\"叶\\\"\\n𠮷\",\"held\":\"false\"}")
                .endsWith(
                        "{\"event\":1000,\"hash\":\"" + HASH + "\",\"chain\":\"" + "b".repeat(64) + "\"}",
                        "{\"event\":1001,\"hash\":\"" + HASH + "\",\"chain\":\"" + HASH + "\"}",
                        "{\"rows\":2,\"marks\":2}");
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        Read read = read(written());
        assertThat(read.head()).isEqualTo(HEAD);
        assertThat(read.rows()).hasSize(2).first().isEqualTo(ROW);
        assertThat(read.marks()).hasSize(2).first().isEqualTo(MARK);
    }

    /** Each is one fault in the text. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"v\":1|{\"v\":2",
                "\"entries\":12|\"entries\":012",
                "\"entries\":12|\"entries\":\"12\"",
                "03:40:00Z|03:40:00.5Z",
                "\"row\":7|\"row\": 7",
                "\"row\":7|\"row\":0",
                "\"row\":7|\"row\":99",
                "\"held\":\"false\"|\"held\":false",
                "\"held\":\"false\"|\"held\":\"false\",\"other\":\"1\"",
                "\"held\":\"false\"|\"held\":[\"false\"]",
                "\"held\"|\"sha256\"",
                "\"event\":1001|\"event\":999",
                "\"event\":1001|\"event\":99999999999999999999",
                "\"chain\":\"b|\"chain\":\"B",
                "{\"rows\":2|{\"rows\":3",
                "\"marks\":2}|\"marks\":2}x",
                "{\"row\":9|[\"row\",9",
            })
    void anotherSpellingIsNoRegister(String from, String to) throws IOException {
        String whole = text(written());
        assertThat(whole).contains(from);
        byte[] other = gzip(whole.replace(from, to));
        assertThatThrownBy(() -> read(other)).isInstanceOf(MalformedRegisterException.class);
    }

    @Test
    void aRegisterThatWasCutOrGoesOnIsNone() throws IOException {
        byte[] whole = written();
        for (int length = 0; length < whole.length; length += 7) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).as("%s bytes", length).isInstanceOf(MalformedRegisterException.class);
        }
        String text = text(whole);
        assertThatThrownBy(() -> read(gzip(text + "\n"))).isInstanceOf(MalformedRegisterException.class);
        assertThatThrownBy(() -> read(gzip(text.substring(0, text.indexOf("{\"rows\"")))))
                .isInstanceOf(MalformedRegisterException.class);
        assertThatThrownBy(() -> read(gzip("x".repeat(RegisterLines.MAX_BYTES + 1))))
                .isInstanceOf(MalformedRegisterException.class)
                .hasMessageContaining("a line of more than");
    }
}
