package org.tiezheng.evidence.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes are of the format or malformed, never another exception; what is read is written the same. */
class LogFuzzTest {
    private interface Reader {
        byte[] rewritten(byte[] bytes) throws MalformedLogException;
    }

    private static void check(byte[] bytes, Reader reader) {
        try {
            assertThat(reader.rewritten(bytes)).isEqualTo(bytes);
        } catch (MalformedLogException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = "1m")
    void proof(byte[] bytes) {
        check(bytes, b -> LogProof.parse(b).toBytes());
    }

    @FuzzTest(maxDuration = "1m")
    void checkpoint(byte[] bytes) {
        check(bytes, b -> Checkpoint.parse(b).toBytes());
    }

    @FuzzTest(maxDuration = "1m")
    void leaf(byte[] bytes) {
        check(bytes, b -> LogLeaf.parse(b).toBytes());
    }

    @FuzzTest(maxDuration = "1m")
    void entry(byte[] bytes) {
        check(bytes, b -> LogEntries.parse(b).toBytes());
    }

    @FuzzTest(maxDuration = "1m")
    void addCheckpoint(byte[] bytes) {
        check(bytes, b -> AddCheckpoint.parse(b).toBytes());
    }

    @FuzzTest(maxDuration = "1m")
    void answerOfAWitness(byte[] bytes) {
        check(bytes, b -> {
            StringBuilder text = new StringBuilder();
            AddCheckpoint.answer(b).forEach(line -> text.append(line.text()));
            return text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        });
    }

    @FuzzTest(maxDuration = "1m")
    void policy(byte[] bytes) {
        check(bytes, b -> {
            assertThat(LogPolicy.parse(b).logs()).isNotNull();
            return b;
        });
    }

    @FuzzTest(maxDuration = "1m")
    void bundle(byte[] bytes) {
        check(bytes, b -> {
            long sum = LogTree.entries(b).stream().mapToLong(e -> 2 + e.length).sum();
            assertThat(sum).isEqualTo(b.length);
            return b;
        });
    }
}
