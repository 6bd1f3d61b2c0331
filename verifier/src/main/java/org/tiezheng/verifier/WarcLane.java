package org.tiezheng.verifier;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.trust.Texts;

/**
 * Reads every record of every {@code archive/*.warc.gz}, one file after the other: form, block digest and, if asked,
 * payload digest (W07), and the index lines that point to it (W06). One gzip member is one record.
 *
 * <p>The payload is a part of the block, and the block digest covers all of it: a payload digest that is wrong beside a
 * right block digest is a fault of the recorder, not an alteration. So it is compared only when the derivation is repeated.
 */
final class WarcLane implements SinglePass.Lane {
    private static final int BUFFER_BYTES = 1 << 17;
    /** A header holds an address, and a browser's longest address has 2 MiB. */
    private static final int MAX_HEADER_BYTES = 1 << 22;

    private static final byte[] HEADER_END = {'\r', '\n', '\r', '\n'};

    private final List<Warc> warcs;
    private final CdxIndex index;
    private final boolean payloads;
    private final Findings findings;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private String subject = "";
    private String memberName = "";

    /**
     * A WARC in the file.
     *
     * @param subject member as findings name it
     * @param memberName file name as the index writes it
     * @param start offset of the member's first byte in the file
     * @param end offset behind its last byte
     */
    record Warc(String subject, String memberName, long start, long end) {}

    /**
     * @param warcs that do not overlap, in any order
     * @param payloads whether to compare payload digests too
     */
    WarcLane(List<Warc> warcs, CdxIndex index, boolean payloads, Findings findings) {
        this.warcs =
                warcs.stream().sorted(Comparator.comparingLong(Warc::start)).toList();
        this.index = index;
        this.payloads = payloads;
        this.findings = findings;
    }

    @Override
    public void run(SinglePass.Blocks blocks) throws InterruptedException {
        for (Warc warc : warcs) {
            subject = warc.subject();
            memberName = warc.memberName();
            findings.checked(Code.W07, subject);
            try (InputStream in = blocks.range(warc.start(), warc.end());
                    GzipMembers members = new GzipMembers(in)) {
                while (members.next()) {
                    record(members);
                }
                index.warcRead(memberName);
            } catch (InterruptedIOException e) {
                throw new InterruptedException("given up");
            } catch (IOException | MalformedRecordException e) {
                findings.invalid(Code.W07, subject, String.valueOf(e.getMessage()));
            }
        }
    }

    /** Reads one record. What makes the rest unreadable is thrown; what is wrong with the record alone is a finding. */
    private void record(GzipMembers member) throws IOException, MalformedRecordException {
        long offset = member.start();
        int filled = 0;
        int headerEnd = -1;
        byte[] head = buffer;
        while (headerEnd < 0) {
            if (filled == head.length) {
                if (filled >= MAX_HEADER_BYTES) {
                    throw new MalformedRecordException("record header at offset " + offset + " is too long");
                }
                head = java.util.Arrays.copyOf(head, filled * 2);
            }
            int count = member.read(head, filled, head.length - filled);
            if (count < 0) {
                throw new MalformedRecordException("record at offset " + offset + " ends inside its header");
            }
            int searchFrom = Math.max(0, filled - HEADER_END.length);
            filled += count;
            headerEnd = indexOfHeaderEnd(head, searchFrom, filled);
        }
        WarcHeader header = WarcHeader.parse(head, headerEnd);
        long blockBytes = header.contentLength()
                .orElseThrow(
                        () -> new MalformedRecordException("record at offset " + offset + " has no Content-Length"));
        MessageDigest block = Digest.Algorithm.SHA256.start();
        HttpPayload payload = header.holdsHttp() ? new HttpPayload(payloads) : null;
        Tail tail = new Tail();
        long left = feed(head, headerEnd + HEADER_END.length, filled, blockBytes, block, payload, tail);
        for (int count = member.read(buffer, 0, buffer.length);
                count >= 0;
                count = member.read(buffer, 0, buffer.length)) {
            left = feed(buffer, 0, count, left, block, payload, tail);
        }
        if (left > 0 || !tail.isRight()) {
            bad(header, offset, "the record is not exactly as long as its Content-Length says");
            return;
        }
        Digest blockDigest = Digest.ofBytes(Digest.Algorithm.SHA256, block.digest());
        @Nullable Digest payloadDigest = payload == null ? blockDigest : payload.digest();
        digests(header, offset, blockDigest, payloadDigest, payload);
        OptionalInt status = payload == null ? OptionalInt.empty() : payload.status();
        index.record(memberName, offset, member.end() - offset, header, status);
    }

    private static long feed(
            byte[] bytes, int from, int to, long left, MessageDigest block, @Nullable HttpPayload payload, Tail tail) {
        int ofBlock = (int) Math.min(left, to - from);
        block.update(bytes, from, ofBlock);
        if (payload != null) {
            payload.update(bytes, from, ofBlock);
        }
        tail.update(bytes, from + ofBlock, to);
        return left - ofBlock;
    }

    private void digests(
            WarcHeader header, long offset, Digest block, @Nullable Digest payload, @Nullable HttpPayload http) {
        Optional<String> listedBlock = header.field("warc-block-digest");
        if (listedBlock.isEmpty()) {
            bad(header, offset, "the record has no WARC-Block-Digest");
        } else {
            compare(header, offset, "block", listedBlock.get(), block);
        }
        Optional<String> listedPayload = header.field("warc-payload-digest");
        if (listedPayload.isPresent()) {
            if (http != null && !http.hasHead()) {
                bad(header, offset, "the record has a payload digest but its HTTP message has no end of head");
            } else if (payload != null) {
                compare(header, offset, "payload", listedPayload.get(), payload);
            }
        } else if (header.type().equals("response") && http != null && http.hasHead()) {
            bad(header, offset, "the response has no WARC-Payload-Digest");
        }
    }

    private void compare(WarcHeader header, long offset, String what, String listed, Digest computed) {
        if (!listed.equals(computed.toString())) {
            findings.add(finding(header, offset, "the " + what + " digest differs")
                    .with("listed", Texts.printable(listed))
                    .with("computed", computed.toString()));
        }
    }

    private void bad(WarcHeader header, long offset, String reason) {
        findings.add(finding(header, offset, reason));
    }

    private Finding finding(WarcHeader header, long offset, String reason) {
        return Finding.invalid(Code.W07, subject, reason)
                .with("offset", Long.toString(offset))
                .with("record", Texts.printable(header.field("warc-record-id").orElse("")));
    }

    private static int indexOfHeaderEnd(byte[] bytes, int from, int to) {
        for (int i = from; i + HEADER_END.length <= to; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** A record ends in exactly CR LF CR LF behind its block. */
    private static final class Tail {
        private long seen;
        private boolean right = true;

        void update(byte[] bytes, int from, int to) {
            for (int i = from; i < to; i++, seen++) {
                right &= seen < HEADER_END.length && bytes[i] == HEADER_END[(int) Math.min(seen, 3)];
            }
        }

        boolean isRight() {
            return right && seen == HEADER_END.length;
        }
    }
}
