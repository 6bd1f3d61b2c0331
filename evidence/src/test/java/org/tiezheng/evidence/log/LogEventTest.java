package org.tiezheng.evidence.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent.Kind;
import org.tiezheng.evidence.log.LogEvent.Member;

class LogEventTest {
    private static final UUID ID = UUID.fromString("5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01");
    private static final Digest SHA256 = Digest.sha256("0".repeat(64));
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant UNTIL = Instant.parse("2036-11-22T12:00:00Z");

    private static LogEvent example(Kind kind) {
        if (kind == Kind.OBJECTS) {
            return LogEvent.objects(
                    ID,
                    UNTIL,
                    List.of(new Member("mimetype", SHA256, 31), new Member("wacz/capture.wacz", SHA256, 842)),
                    NOON);
        }
        boolean locked = kind == Kind.RETENTION
                || kind == Kind.RECORDS
                || kind == Kind.RENEWAL
                || kind == Kind.REPORT
                || kind == Kind.REGISTER;
        return kind.isOfObject()
                ? LogEvent.ofObject(kind, ID, SHA256, 4711, locked ? UNTIL : null, NOON)
                : LogEvent.of(kind, ID, SHA256, locked ? UNTIL : null, NOON);
    }

    private static byte[] bytes(String line) {
        return line.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void theLinesAreTheseForEver() {
        assertThat(example(Kind.DISCARD))
                .hasToString("{\"v\":1,\"kind\":\"discard\",\"id\":\"" + ID + "\",\"sha256\":\"" + SHA256.hex()
                        + "\",\"size\":4711,\"t\":\"2026-11-22T12:00:00Z\"}");
        assertThat(example(Kind.RETENTION))
                .hasToString("{\"v\":1,\"kind\":\"retention\",\"id\":\"" + ID + "\",\"sha256\":\"" + SHA256.hex()
                        + "\",\"until\":\"2036-11-22T12:00:00Z\",\"t\":\"2026-11-22T12:00:00Z\"}");
        assertThat(example(Kind.OBJECTS))
                .hasToString("{\"v\":1,\"kind\":\"objects\",\"id\":\"" + ID
                        + "\",\"until\":\"2036-11-22T12:00:00Z\",\"members\":[{\"name\":\"mimetype\",\"sha256\":\""
                        + SHA256.hex() + "\",\"size\":31},{\"name\":\"wacz/capture.wacz\",\"sha256\":\"" + SHA256.hex()
                        + "\",\"size\":842}],\"t\":\"2026-11-22T12:00:00Z\"}");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyKindIsReadAsItWasWritten(Kind kind) throws Exception {
        LogEvent event = example(kind);
        assertThat(LogEntries.parse(event.toBytes())).isEqualTo(event);
        assertThat(event.kind().word()).matches("[a-z]+");
    }

    /** One byte changed, put in or taken out: another event that is written so, or none; never another exception. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyLineWithOneFaultIsAnotherEventOrNone(Kind kind) throws Exception {
        byte[] line = example(kind).toBytes();
        for (int at = 0; at < line.length; at++) {
            for (int c : new int[] {'"', '0', '9', ',', '}', ' ', 'A', 0, 0xff}) {
                byte[] changed = line.clone();
                changed[at] = (byte) c;
                byte[] longer = Arrays.copyOf(line, line.length + 1);
                System.arraycopy(line, at, longer, at + 1, line.length - at);
                longer[at] = (byte) c;
                readsTheSameOrNot(changed);
                readsTheSameOrNot(longer);
            }
            byte[] shorter = Arrays.copyOf(line, line.length - 1);
            System.arraycopy(line, at + 1, shorter, at, line.length - at - 1);
            readsTheSameOrNot(shorter);
        }
    }

    private static void readsTheSameOrNot(byte[] entry) {
        try {
            assertThat(LogEntries.parse(entry).toBytes()).isEqualTo(entry);
        } catch (MalformedLogException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"v\":1,\"kind\":\"",
                "{\"v\":1,\"kind\":\"party\",\"id\":\"5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01\",\"t\":\"2026-11-22T12:00:00Z\"}",
                "{\"v\":1,\"kind\":\"key\",\"id\":\"5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01\",\"t\":\"2026-11-22T12:00:00Z\"}",
                "{\"v\":1,\"kind\":\"objects\",\"id\":\"5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01\",\"until\":\"2026-11-22T12:00:00Z\","
                        + "\"members\":[],\"t\":\"2026-11-22T12:00:00Z\"}",
                "{\"v\":1,\"kind\":\"objects\",\"id\":\"5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01\",\"until\":\"+292278994-08-17T07:12:55Z\","
                        + "\"t\":\"2026-11-22T12:00:00Z\"}"
            })
    void whatIsNoEventIsRefused(String line) {
        assertThatThrownBy(() -> LogEntries.parse(bytes(line))).isInstanceOf(MalformedLogException.class);
    }

    @Test
    void anotherSpellingOfTheSameIsRefused() {
        String line = example(Kind.OBJECTS).toString();
        for (String other : List.of(
                line.replace("5f0e", "5F0E"),
                line.replace(":31}", ":031}"),
                line.replace("12:00:00Z\"}", "12:00:00.5Z\"}"),
                line.replace("\"members\"", "\"sm3\""),
                line.replace(",\"t\"", ", \"t\""),
                line.replace("mimetype", "../mimetype"),
                line + "\n")) {
            assertThat(other).isNotEqualTo(line);
            assertThatThrownBy(() -> LogEntries.parse(bytes(other)))
                    .as(other)
                    .isInstanceOf(MalformedLogException.class);
        }
    }

    @Test
    void anyBytesAreRefusedWithOneException() {
        Random random = new Random(4);
        for (int i = 0; i < 2000; i++) {
            byte[] any = new byte[random.nextInt(300)];
            random.nextBytes(any);
            readsTheSameOrNot(any);
        }
        readsTheSameOrNot(new byte[LogTree.MAX_ENTRY_BYTES + 1]);
    }

    @Test
    void aKindHasWhatItNeedsAndNothingElse() {
        assertThatThrownBy(() -> LogEvent.of(Kind.DISCARD, ID, SHA256, null, NOON))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogEvent.ofObject(Kind.HOLD, ID, SHA256, 1, null, NOON))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogEvent.of(Kind.RETENTION, ID, SHA256, null, NOON))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogEvent.of(Kind.KEY, ID, SHA256, UNTIL, NOON))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogEvent.of(Kind.HOLD, ID, Digest.sm3("0".repeat(64)), null, NOON))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogEvent.objects(ID, UNTIL, List.of(), NOON))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** An entry's length has two bytes: more objects than fit are refused, not cut. */
    @Test
    void moreObjectsThanFitAreRefused() throws Exception {
        List<Member> members = new ArrayList<>(Collections.nCopies(400, new Member("a", SHA256, 1)));
        LogEvent many = LogEvent.objects(ID, UNTIL, members, NOON);
        assertThat(LogEntries.parse(many.toBytes())).isEqualTo(many);
        members.addAll(members);
        assertThatThrownBy(() -> LogEvent.objects(ID, UNTIL, members, NOON))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Member> members(int count, int nameLength) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = "annex/" + i;
            members.add(new Member(name + "x".repeat(nameLength - name.length()), SHA256, 100_000 + i));
        }
        return members;
    }

    @Test
    void asManyEntriesAsAreNeededNameTheObjectsInOrder() throws Exception {
        for (int nameLength : new int[] {20, 77, 255}) {
            List<Member> members = members(2000, nameLength);
            List<LogEvent> parts = LogEvent.objectsOf(ID, UNTIL, members, NOON);
            List<Member> together = new ArrayList<>();
            for (int i = 0; i < parts.size(); i++) {
                LogEvent part = (LogEvent) LogEntries.parse(parts.get(i).toBytes());
                assertThat(part).isEqualTo(parts.get(i));
                assertThat(part.part()).isEqualTo(new LogEvent.Part(i + 1, parts.size()));
                assertThat(part.until()).isEqualTo(UNTIL);
                // As full as can be: fewer entries would not do.
                if (i < parts.size() - 1) {
                    assertThat(part.toBytes().length).isGreaterThan(LogTree.MAX_ENTRY_BYTES - nameLength - 130);
                }
                together.addAll(part.members());
            }
            assertThat(together).isEqualTo(members);
        }
        List<Member> few = members(100, 20);
        assertThat(LogEvent.objectsOf(ID, UNTIL, few, NOON)).containsExactly(LogEvent.objects(ID, UNTIL, few, NOON));
        assertThatThrownBy(() -> LogEvent.objectsOf(ID, UNTIL, List.of(), NOON))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPartIsWrittenAndReadInOneWay() {
        LogEvent part = LogEvent.objectsOf(ID, UNTIL, members(1000, 255), NOON).get(1);
        String line = part.toString();
        assertThat(line)
                .startsWith(
                        "{\"v\":1,\"kind\":\"objects\",\"id\":\"" + ID
                                + "\",\"until\":\"2036-11-22T12:00:00Z\",\"part\":2,\"parts\":6,\"members\":[{\"name\":\"annex/");
        for (String other : List.of(
                line.replace("\"part\":2", "\"part\":0"),
                line.replace("\"part\":2", "\"part\":7"),
                line.replace("\"part\":2", "\"part\":02"),
                line.replace("\"part\":2", "\"part\":99999999999"),
                line.replace("\"part\":2,\"parts\":6", "\"part\":1,\"parts\":1"),
                line.replace("\"part\":2,\"parts\":6", "\"parts\":6,\"part\":2"),
                line.replace("\"part\":2,", ""),
                line.replace(",\"parts\":6", ""),
                line.replace("\"parts\":6", "\"parts\":10000"),
                example(Kind.RETENTION).toString().replace(",\"t\"", ",\"part\":1,\"parts\":2,\"t\""))) {
            assertThatThrownBy(() -> LogEntries.parse(bytes(other)))
                    .as(other.substring(0, 160))
                    .isInstanceOf(MalformedLogException.class);
        }
    }
}
