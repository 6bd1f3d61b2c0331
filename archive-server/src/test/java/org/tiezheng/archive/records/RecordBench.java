package org.tiezheng.archive.records;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.record.EvidenceRecord;
import org.tiezheng.evidence.record.EvidenceRecordChecks;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Evidence records for many packages, without database and store: {@code bench/run records}.
 *
 * <p>Arguments: work folder, then numbers of packages. For each: the tree, the batch object, all records made from it, one in a
 * thousand of them checked; then a renewal of token and tree, and all records again.
 */
public final class RecordBench {
    private static final int FILES = 9;

    private RecordBench() {}

    private static byte[] digest(TreeHash hash, int pack, int file) {
        return hash.start()
                .digest(ByteBuffer.allocate(8).putInt(pack).putInt(file).array());
    }

    private static List<byte[]> digests(TreeHash hash, int pack) {
        List<byte[]> digests = new ArrayList<>(FILES);
        for (int file = 0; file < FILES; file++) {
            digests.add(digest(hash, pack, file));
        }
        return digests;
    }

    private static UUID id(int pack) {
        return new UUID(0x4000L | (long) pack << 32, 0x8000_0000_0000_0000L | pack);
    }

    public static void main(String[] arguments) throws Exception {
        EmbeddedAuthority authority =
                EmbeddedAuthority.open(Path.of(arguments[0]).resolve("records"), Clock.systemUTC());
        System.out.println("  packages   tree   object      object    read   all records   each   largest   checked"
                + "   renewed twice: all records   each");
        for (int i = 1; i < arguments.length; i++) {
            run(authority, Integer.parseInt(arguments[i]));
        }
    }

    private static void run(EmbeddedAuthority authority, int packages) throws Exception {
        Map<UUID, byte[]> groups = new LinkedHashMap<>();
        for (int i = 0; i < packages; i++) {
            groups.put(id(i), RecordBatch.groupHash(TreeHash.SHA256, digests(TreeHash.SHA256, i)));
        }
        long t0 = System.nanoTime();
        TimestampToken token = authority.stamp(RecordBatch.root(TreeHash.SHA256, groups.values()));
        long t1 = System.nanoTime();
        RecordBatch batch = RecordBatch.first(UUID.randomUUID(), TreeHash.SHA256, groups, token);
        byte[] object = batch.toBytes();
        long t2 = System.nanoTime();
        RecordBatch read = RecordBatch.parse(object);
        long t3 = System.nanoTime();
        Rendered first = render(read, packages, authority);

        RecordBatch renewed = read.withRenewedToken(
                UUID.randomUUID(),
                Digest.of(Digest.Algorithm.SHA256, object),
                groups.keySet(),
                later(authority, read.lastToken(), read.renewalImprint()));
        Map<UUID, byte[]> next = new LinkedHashMap<>();
        for (int i = 0; i < packages; i++) {
            next.put(id(i), renewed.renewedGroup(id(i), TreeHash.SHA512, of(i)));
        }
        RecordBatch twice = renewed.withNewChain(
                UUID.randomUUID(),
                Digest.of(Digest.Algorithm.SHA256, renewed.toBytes()),
                TreeHash.SHA512,
                next,
                later(authority, renewed.lastToken(), RecordBatch.root(TreeHash.SHA512, next.values())));
        Rendered second = render(twice, packages, authority);
        System.out.println(String.format(
                Locale.ROOT,
                "  %8d %4d ms %5d ms %8d kB %4d ms %9d ms %6d B %7d B %9d %26d ms %7d B",
                packages,
                (t1 - t0) / 1_000_000,
                (t2 - t1) / 1_000_000,
                object.length / 1000,
                (t3 - t2) / 1_000_000,
                first.millis(),
                first.bytes() / packages,
                first.largest(),
                first.checked() + second.checked(),
                second.millis(),
                second.bytes() / packages));
    }

    /** Tokens of one chain must ascend in time: the embedded authority counts milliseconds. */
    private static TimestampToken later(
            EmbeddedAuthority authority, TimestampToken than, org.tiezheng.evidence.time.Imprint imprint)
            throws Exception {
        TimestampToken token = authority.stamp(imprint);
        while (!token.genTime().isAfter(than.genTime())) {
            Thread.sleep(1);
            token = authority.stamp(imprint);
        }
        return token;
    }

    private static RecordBatch.Digests of(int pack) {
        return hash -> Optional.of(digests(hash, pack));
    }

    private record Rendered(long millis, long bytes, int largest, int checked) {}

    private static Rendered render(RecordBatch batch, int packages, EmbeddedAuthority authority) throws Exception {
        TrustAnchors anchors = authority.anchors();
        List<byte[]> some = new ArrayList<>();
        long bytes = 0;
        int largest = 0;
        long begun = System.nanoTime();
        for (int i = 0; i < packages; i++) {
            byte[] record = batch.evidenceRecord(id(i), of(i));
            bytes += record.length;
            largest = Math.max(largest, record.length);
            if (i % 1000 == 0) {
                some.add(record);
            }
        }
        long millis = (System.nanoTime() - begun) / 1_000_000;
        for (int n = 0; n < some.size(); n++) {
            check(EvidenceRecord.parse(some.get(n)), n * 1000, anchors);
        }
        return new Rendered(millis, bytes, largest, some.size());
    }

    private static void check(EvidenceRecord record, int pack, TrustAnchors anchors) {
        List<Finding> findings = new EvidenceRecordChecks(
                        anchors, Clock.systemUTC().instant())
                .check(
                        record,
                        hash -> {
                            Map<String, byte[]> named = new LinkedHashMap<>();
                            List<byte[]> digests = digests(hash, pack);
                            for (int file = 0; file < FILES; file++) {
                                named.put("file" + file, digests.get(file));
                            }
                            return Optional.of(named);
                        },
                        "record " + pack)
                .findings();
        if (findings.stream().anyMatch(finding -> finding.verdict() != Verdict.VALID)) {
            throw new IllegalStateException("not VALID: " + findings);
        }
    }
}
