package org.tiezheng.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;

class SinglePassTest {
    /** Several blocks and a bit. */
    private static final int SIZE = 20 * SinglePass.BLOCK_BYTES + 12345;

    @TempDir
    private Path folder;

    private byte[] content = new byte[SIZE];
    private Path file = Path.of("");

    @BeforeEach
    void writeFile() throws IOException {
        new Random(1).nextBytes(content);
        file = Files.write(folder.resolve("file"), content);
    }

    @Test
    void everyLaneSeesEveryByte() throws IOException {
        List<DigestSink> sinks = new ArrayList<>();
        List<SinglePass.Lane> lanes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            DigestSink sink = new DigestSink(Digest.Algorithm.SHA256, false);
            sinks.add(sink);
            lanes.add(new RangeLane(List.of(new RangeLane.Range(0, SIZE, sink))));
        }

        run(SIZE, lanes);

        assertThat(sinks)
                .allSatisfy(s -> assertThat(s.digest()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, content)));
    }

    @Test
    void rangesMayBeEmptyTouchAndCrossBlocks() throws IOException {
        long[][] ranges = {
            {0, 0},
            {0, 5},
            {5, SinglePass.BLOCK_BYTES},
            {SinglePass.BLOCK_BYTES, SinglePass.BLOCK_BYTES + 1},
            {SinglePass.BLOCK_BYTES + 100, 5L * SinglePass.BLOCK_BYTES + 7},
            {SIZE - 1, SIZE},
            {SIZE, SIZE}
        };
        List<DigestSink> sinks = new ArrayList<>();
        List<RangeLane.Range> all = new ArrayList<>();
        for (long[] range : ranges) {
            DigestSink sink = new DigestSink(Digest.Algorithm.SHA256, true);
            sinks.add(sink);
            all.add(new RangeLane.Range(range[0], range[1], sink));
        }

        run(SIZE, List.of(new RangeLane(all)));

        for (int i = 0; i < ranges.length; i++) {
            byte[] part = Arrays.copyOfRange(content, (int) ranges[i][0], (int) ranges[i][1]);
            assertThat(sinks.get(i).digest()).as("range " + i).isEqualTo(Digest.of(Digest.Algorithm.SHA256, part));
        }
    }

    @Test
    void aStreamGivesItsRangeAndTheNextOneFollows() throws IOException {
        List<byte[]> read = new ArrayList<>();
        SinglePass.Lane lane = blocks -> {
            try (InputStream one = blocks.range(10, SinglePass.BLOCK_BYTES + 20L);
                    InputStream two = blocks.range(SinglePass.BLOCK_BYTES + 30L, SIZE)) {
                read.add(one.readAllBytes());
                read.add(two.readAllBytes());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };

        run(SIZE, List.of(lane));

        assertThat(read.get(0)).isEqualTo(Arrays.copyOfRange(content, 10, SinglePass.BLOCK_BYTES + 20));
        assertThat(read.get(1)).isEqualTo(Arrays.copyOfRange(content, SinglePass.BLOCK_BYTES + 30, SIZE));
    }

    @Test
    void aLaneThatLeavesEarlyDoesNotStopTheOthers() throws IOException {
        DigestSink sink = new DigestSink(Digest.Algorithm.SHA256, false);

        run(SIZE, List.of(blocks -> {}, new RangeLane(List.of(new RangeLane.Range(0, SIZE, sink)))));

        assertThat(sink.digest()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, content));
    }

    @Test
    void aLaneThatFailsIsNotPassedOver() {
        assertThatThrownBy(() -> run(SIZE, List.of(blocks -> {
                    throw new IllegalArgumentException("bug");
                })))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("bug");
    }

    @Test
    void aFileThatIsShorterThanItSaidIsAnError() {
        assertThatThrownBy(() -> run(SIZE + 1, List.of(blocks -> {
                    while (blocks.next() != null) {
                        // all of it
                    }
                })))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void progressEndsAtTheSize() throws IOException {
        List<Long> seen = new ArrayList<>();

        try (FileChannel channel = FileChannel.open(file)) {
            SinglePass.run(channel, SIZE, List.of(), seen::add);
        }

        assertThat(seen).isSorted().endsWith((long) SIZE);
    }

    private void run(long size, List<SinglePass.Lane> lanes) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            SinglePass.run(channel, size, lanes, read -> {});
        }
    }
}
