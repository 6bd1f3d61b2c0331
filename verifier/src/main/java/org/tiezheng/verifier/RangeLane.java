package org.tiezheng.verifier;

import java.util.Comparator;
import java.util.List;
import org.tiezheng.verifier.SinglePass.Block;
import org.tiezheng.verifier.SinglePass.Blocks;

/** Feeds ranges of the file, such as the members of a zip, each to a sink of its own. */
final class RangeLane implements SinglePass.Lane {

    /** Takes the bytes of one range in order. */
    interface Sink {
        void update(byte[] bytes, int offset, int length);
    }

    /**
     * @param start offset of the first byte in the file
     * @param end offset behind the last
     */
    record Range(long start, long end, Sink sink) {}

    private final List<Range> ranges;

    /** @throws IllegalArgumentException if ranges overlap */
    RangeLane(List<Range> ranges) {
        this.ranges =
                ranges.stream().sorted(Comparator.comparingLong(Range::start)).toList();
        for (int i = 1; i < this.ranges.size(); i++) {
            if (this.ranges.get(i).start() < this.ranges.get(i - 1).end()) {
                throw new IllegalArgumentException(
                        "ranges overlap at " + this.ranges.get(i).start());
            }
        }
    }

    @Override
    public void run(Blocks blocks) throws InterruptedException {
        int next = 0;
        for (Block block = blocks.next(); block != null && next < ranges.size(); block = blocks.next()) {
            next = feed(block, next);
        }
    }

    /** Returns the index of the first range that is not complete yet. */
    private int feed(Block block, int first) {
        long blockEnd = block.position + block.length;
        int next = first;
        while (next < ranges.size()) {
            Range range = ranges.get(next);
            long from = Math.max(range.start(), block.position);
            long to = Math.min(range.end(), blockEnd);
            if (from < to) {
                range.sink().update(block.bytes, (int) (from - block.position), (int) (to - from));
            }
            if (range.end() > blockEnd) {
                return next;
            }
            next++;
        }
        return next;
    }
}
