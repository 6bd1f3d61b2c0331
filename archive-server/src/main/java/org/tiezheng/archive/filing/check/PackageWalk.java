package org.tiezheng.archive.filing.check;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLimits;

/**
 * Reads a package once from its first byte to its last, and gives every byte to all that want it: the digest of the whole, SHA-256
 * and SM3 of every file, the virus scanner, and the first bytes that tell what a file is.
 */
final class PackageWalk {
    /** Enough to know a format by. */
    private static final int HEAD_BYTES = 4096;

    private static final int BLOCK_BYTES = 1 << 20;

    private PackageWalk() {}

    /** Told how far it is; may end the walk by throwing. */
    @FunctionalInterface
    interface Progress {
        void read(long bytes, long ofBytes);
    }

    /** Opens a scan of one file; null if it is not to be scanned. */
    @FunctionalInterface
    interface Scanner {
        Scanner NONE = name -> null;

        Clamd.@Nullable Scan begin(String name);
    }

    /**
     * One file as its bytes are.
     *
     * @param name in the package, or in capture.wacz
     * @param sm3 of a file; empty for capture.wacz itself, whose SM3 the verifier computes
     * @param head the first bytes
     * @param scan what the scanner said; null if it was not asked
     */
    record FileSeen(String name, long sizeBytes, String sha256, String sm3, byte[] head, Clamd.@Nullable Answer scan) {}

    /**
     * What was seen.
     *
     * @param sha256 of the whole
     * @param findings about the shape of both zips
     * @param outer files of the package by name, in its order
     * @param inner files of capture.wacz by name, in its order; empty if that is no zip
     */
    record Walked(
            String sha256,
            long sizeBytes,
            List<Finding> findings,
            Map<String, FileSeen> outer,
            Map<String, FileSeen> inner) {}

    private static final class Segment {
        private final String name;
        private final long start;
        private final long end;
        private final boolean isInner;
        private final MessageDigest sha256 = Digest.Algorithm.SHA256.start();
        private final @Nullable MessageDigest sm3;
        private final byte[] head;
        private int headLength;
        private Clamd.@Nullable Scan scan;
        private Clamd.@Nullable Answer answer;
        private boolean begun;

        Segment(String name, long start, long sizeBytes, boolean isInner, boolean withSm3) {
            this.name = name;
            this.start = start;
            this.end = start + sizeBytes;
            this.isInner = isInner;
            this.sm3 = withSm3 ? Digest.Algorithm.SM3.start() : null;
            this.head = new byte[(int) Math.min(HEAD_BYTES, sizeBytes)];
        }

        void begin(Scanner scanner) {
            begun = true;
            // The whole WACZ is not scanned beside its files: most scanners refuse its size.
            if (isInner || sm3 != null) {
                scan = scanner.begin(name);
            }
        }

        void take(byte[] bytes, int from, int length) {
            sha256.update(bytes, from, length);
            if (sm3 != null) {
                sm3.update(bytes, from, length);
            }
            if (headLength < head.length) {
                int count = Math.min(length, head.length - headLength);
                System.arraycopy(bytes, from, head, headLength, count);
                headLength += count;
            }
            Clamd.Scan open = scan;
            if (open != null && answer == null) {
                try {
                    open.write(bytes, from, length);
                } catch (IOException away) {
                    answer = new Clamd.Answer(Clamd.Answer.Kind.ERROR, String.valueOf(away.getMessage()));
                }
            }
        }

        FileSeen finish() throws IOException {
            Clamd.Scan open = scan;
            if (open != null) {
                try (open) {
                    if (answer == null) {
                        answer = open.finish();
                    }
                } catch (IOException away) {
                    answer = new Clamd.Answer(Clamd.Answer.Kind.ERROR, String.valueOf(away.getMessage()));
                }
                scan = null;
            }
            return new FileSeen(
                    name,
                    end - start,
                    Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest()).hex(),
                    sm3 == null
                            ? ""
                            : Digest.ofBytes(Digest.Algorithm.SM3, sm3.digest()).hex(),
                    Arrays.copyOf(head, headLength),
                    answer);
        }

        void abandon() {
            Clamd.Scan open = scan;
            scan = null;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException closed) {
                    // Nothing hangs on a connection that is given up.
                    answer = null;
                }
            }
        }
    }

    static Walked walk(FileChannel channel, Scanner scanner, Progress progress) throws IOException {
        CanonicalZipReader outer = CanonicalZipReader.read(channel);
        List<Finding> findings = new ArrayList<>(outer.findings());
        List<Segment> segments = new ArrayList<>();
        for (Member member : outer.members()) {
            boolean isWacz = member.name().equals(AsicNames.WACZ);
            segments.add(new Segment(member.name(), outer.positionOf(member), member.sizeBytes(), false, !isWacz));
        }
        Optional<Member> wacz = outer.member(AsicNames.WACZ);
        if (wacz.isPresent()) {
            CanonicalZipReader inner = outer.nested(wacz.get(), ZipLimits.DEFAULT);
            findings.addAll(inner.findings());
            for (Member member : inner.members()) {
                segments.add(new Segment(member.name(), inner.positionOf(member), member.sizeBytes(), true, true));
            }
        }
        // A file inside begins after the one it is in, so sorting by the begin puts the outer one first.
        segments.sort(
                Comparator.comparingLong((Segment segment) -> segment.start).thenComparing(segment -> segment.isInner));
        MessageDigest whole = Digest.Algorithm.SHA256.start();
        Map<Segment, FileSeen> seen = new LinkedHashMap<>();
        try {
            read(channel, segments, whole, scanner, progress, seen);
        } finally {
            segments.forEach(Segment::abandon);
        }
        Map<String, FileSeen> outerSeen = new LinkedHashMap<>();
        Map<String, FileSeen> innerSeen = new LinkedHashMap<>();
        for (Segment segment : segments) {
            FileSeen file = seen.get(segment);
            if (file != null) {
                (segment.isInner ? innerSeen : outerSeen).putIfAbsent(segment.name, file);
            }
        }
        return new Walked(
                Digest.ofBytes(Digest.Algorithm.SHA256, whole.digest()).hex(),
                channel.size(),
                findings,
                outerSeen,
                innerSeen);
    }

    private static void read(
            FileChannel channel,
            List<Segment> segments,
            MessageDigest whole,
            Scanner scanner,
            Progress progress,
            Map<Segment, FileSeen> seen)
            throws IOException {
        long size = channel.size();
        ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES);
        List<Segment> open = new ArrayList<>();
        int next = 0;
        for (long position = 0; position < size; ) {
            buffer.clear().limit((int) Math.min(BLOCK_BYTES, size - position));
            int count = channel.read(buffer, position);
            if (count < 0) {
                throw new EOFException("the package became shorter");
            }
            byte[] bytes = buffer.array();
            whole.update(bytes, 0, count);
            long end = position + count;
            while (next < segments.size() && segments.get(next).start < end) {
                open.add(segments.get(next++));
            }
            for (Segment segment : List.copyOf(open)) {
                if (!segment.begun) {
                    segment.begin(scanner);
                }
                int from = (int) Math.max(0, segment.start - position);
                int to = (int) Math.min(count, segment.end - position);
                if (to > from) {
                    segment.take(bytes, from, to - from);
                }
                if (segment.end <= end) {
                    seen.put(segment, segment.finish());
                    open.remove(segment);
                }
            }
            position = end;
            progress.read(position, size);
        }
    }
}
