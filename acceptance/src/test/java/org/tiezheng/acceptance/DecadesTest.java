package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import eu.europa.esig.dss.enumerations.Indication;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.FutureAuthority;
import org.tiezheng.evidence.time.MovedClock;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.FuturePolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.CanonicalZipWriter;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/**
 * A package sealed in 2026, judged in 2066 by EU DSS and by our verifier: authorities whose certificates end, SHA-256 not acceptable
 * from 2040 on, roots that are taken off lists. The same code makes the batches and the records as in the server.
 */
class DecadesTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Instant IN_2066 = Instant.parse("2066-11-21T08:00:00Z");
    private static final LocalDate SHA256_ENDS = LocalDate.of(2040, 1, 1);

    @TempDir
    Path folder;

    private final MovedClock clock = new MovedClock(SEALED);
    private final List<FutureAuthority> authorities = new ArrayList<>();
    private final UUID id = UUID.randomUUID();
    private EmbeddedAuthority embedded;
    private Map<String, byte[]> members;
    private int made;

    @BeforeEach
    void seal() throws Exception {
        Path wacz = folder.resolve("capture.wacz");
        Digests digests;
        try (DigestingOutputStream out = new DigestingOutputStream(Files.newOutputStream(wacz))) {
            out.write("neither DSS nor this test looks into the WACZ".getBytes(StandardCharsets.UTF_8));
            digests = out.digests();
        }
        embedded = EmbeddedAuthority.open(folder.resolve("data"), clock);
        Path sealed = new Sealer(embedded.signer(), List.of(embedded), clock)
                .seal(wacz, digests, id.toString(), folder)
                .path();
        members = new LinkedHashMap<>();
        try (FileChannel channel = FileChannel.open(sealed)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            for (Member member : zip.members()) {
                members.put(member.name(), zip.readSmall(member, 1 << 20).orElseThrow());
            }
        }
    }

    private FutureAuthority authority(String hash, int from) {
        FutureAuthority authority = FutureAuthority.from(from, 10, "of " + from, hash, clock);
        authorities.add(authority);
        return authority;
    }

    private TrustAnchors anchors() {
        TrustAnchors all = embedded.anchors();
        for (FutureAuthority authority : authorities) {
            all = all.and(authority.anchors());
        }
        return all;
    }

    private void in(int year) {
        clock.set(Instant.parse(year + "-06-01T00:00:00Z"));
    }

    private Optional<List<byte[]>> digests(TreeHash hash) {
        List<byte[]> digests = new ArrayList<>();
        members.forEach((name, content) -> {
            if (AsicNames.isInRecordGroup(name)) {
                digests.add(hash.start().digest(content));
            }
        });
        return Optional.of(digests);
    }

    /** The package among six strangers. */
    private RecordBatch first(FutureAuthority by) throws Exception {
        clock.forward(Duration.ofHours(1));
        Map<UUID, byte[]> groups = new LinkedHashMap<>();
        groups.put(
                id,
                RecordBatch.groupHash(TreeHash.SHA256, digests(TreeHash.SHA256).orElseThrow()));
        for (int i = 0; i < 6; i++) {
            groups.put(UUID.randomUUID(), TreeHash.SHA256.start().digest(new byte[] {(byte) i}));
        }
        return RecordBatch.first(
                UUID.randomUUID(),
                TreeHash.SHA256,
                groups,
                by.stamp(RecordBatch.root(TreeHash.SHA256, groups.values())));
    }

    private static Digest sha256(RecordBatch batch) {
        return Digest.of(Digest.Algorithm.SHA256, batch.toBytes());
    }

    private RecordBatch renewed(RecordBatch batch, FutureAuthority old, FutureAuthority by) throws Exception {
        RecordBatch now = batch.withLastToken(old.withCrlsOfNow(batch.lastToken()));
        return now.withRenewedToken(
                UUID.randomUUID(), sha256(batch), new HashSet<>(batch.members()), by.stamp(now.renewalImprint()));
    }

    private RecordBatch rehashed(RecordBatch batch, FutureAuthority old, FutureAuthority by) throws Exception {
        RecordBatch now = batch.withLastToken(old.withCrlsOfNow(batch.lastToken()));
        // The strangers stay behind: nobody here has their files.
        Map<UUID, byte[]> groups = Map.of(id, now.renewedGroup(id, TreeHash.SHA512, this::digests));
        return now.withNewChain(
                UUID.randomUUID(),
                sha256(batch),
                TreeHash.SHA512,
                groups,
                by.stamp(RecordBatch.root(TreeHash.SHA512, groups.values())));
    }

    /** The package as it is exported: with manifest and record in their place. */
    private Path export(RecordBatch batch) throws Exception {
        List<AsicManifest.Entry> group = new ArrayList<>();
        members.forEach((name, content) -> {
            if (AsicNames.isInRecordGroup(name)) {
                group.add(new AsicManifest.Entry(name, Digest.of(Digest.Algorithm.SHA256, content)));
            }
        });
        Map<String, byte[]> all = new LinkedHashMap<>(members);
        all.put(
                AsicNames.evidenceRecordManifest(1),
                AsicManifest.forEvidenceRecord(1, group).toXml());
        all.put(AsicNames.evidenceRecord(1), RecordBatch.parse(batch.toBytes()).evidenceRecord(id, this::digests));
        Path file = folder.resolve("export" + ++made + ".asice");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            CanonicalZipWriter zip = new CanonicalZipWriter(out);
            List<String> names = new ArrayList<>(all.keySet());
            names.sort(AsicNames.ORDER);
            for (String name : names) {
                Digests unused = zip.add(name, all.get(name));
            }
            zip.finish();
        }
        return file;
    }

    /** Findings about seal and record; the WACZ of this test is none. */
    private List<Finding> ours(Path file, TrustAnchors anchors, Instant time) throws Exception {
        return new Verifier(anchors, time, new VerifierOptions(false, false))
                        .with(AlgorithmPolicy.parse(
                                FuturePolicy.sha256Ends(SHA256_ENDS).getBytes(StandardCharsets.US_ASCII)))
                        .verify(file)
                        .findings()
                        .stream()
                        .filter(finding -> "TSRM".indexOf(finding.code().name().charAt(0)) >= 0)
                        .toList();
    }

    private static Verdict worst(List<Finding> findings) {
        return Verdict.worstOf(findings);
    }

    @Test
    void aPackageOf2026PassesIn2066() throws Exception {
        FutureAuthority one = authority("SHA256", 2026);
        FutureAuthority two = authority("SHA256", 2030);
        FutureAuthority three = authority("SHA512", 2036);
        FutureAuthority four = authority("SHA512", 2044);
        FutureAuthority five = authority("SHA512", 2052);
        FutureAuthority six = authority("SHA512", 2060);

        RecordBatch batch = first(one);
        Dss.Verdict at = Dss.judge(export(batch), anchors(), clock.instant(), SHA256_ENDS);
        assertThat(at.records()).as(at.toString()).containsExactly(Indication.PASSED);
        in(2035);
        batch = renewed(batch, one, two);
        in(2039);
        batch = rehashed(batch, two, three);
        in(2045);
        batch = renewed(batch, three, four);
        in(2053);
        batch = renewed(batch, four, five);
        in(2061);
        batch = renewed(batch, five, six);

        Path file = export(batch);
        List<Finding> findings = ours(file, anchors(), IN_2066);
        assertThat(findings).isNotEmpty().allMatch(finding -> finding.verdict() == Verdict.VALID);
        assertThat(findings).anyMatch(finding -> finding.code() == Code.R05);
        Dss.Verdict verdict = Dss.judge(file, anchors(), IN_2066, SHA256_ENDS);
        assertThat(verdict.records()).as(verdict.toString()).containsExactly(Indication.PASSED);
        assertThat(verdict.signature()).as(verdict.toString()).isEqualTo(Indication.TOTAL_PASSED);

        // Without the roots of the first decades nothing is known, to either judge.
        TrustAnchors late = five.anchors().and(six.anchors());
        assertThat(worst(ours(file, late, IN_2066))).isEqualTo(Verdict.INDETERMINATE);
        assertThat(Dss.judge(file, late, IN_2066, SHA256_ENDS).signature()).isEqualTo(Indication.INDETERMINATE);
    }

    @Test
    void withoutRenewalsItPassesNoMore() throws Exception {
        RecordBatch batch = first(authority("SHA256", 2026));
        Path file = export(batch);

        assertThat(worst(ours(file, anchors(), IN_2066))).isEqualTo(Verdict.INDETERMINATE);
        Dss.Verdict verdict = Dss.judge(file, anchors(), IN_2066, SHA256_ENDS);
        assertThat(verdict.records()).as(verdict.toString()).doesNotContain(Indication.PASSED);
        assertThat(verdict.signature()).as(verdict.toString()).isNotEqualTo(Indication.TOTAL_PASSED);
    }

    @Test
    void aTokenRenewedAfterItsCertificateEndedPassesNoMore() throws Exception {
        FutureAuthority one = authority("SHA256", 2026);
        FutureAuthority late = authority("SHA512", 2036);
        RecordBatch batch = first(one);
        in(2037);
        Path file = export(renewed(batch, one, late));

        assertThat(worst(ours(file, anchors(), clock.instant()))).isEqualTo(Verdict.INVALID);
        Dss.Verdict verdict = Dss.judge(file, anchors(), clock.instant().plus(Duration.ofDays(1)), SHA256_ENDS);
        assertThat(verdict.signature()).as(verdict.toString()).isNotEqualTo(Indication.TOTAL_PASSED);
    }

    @Test
    void aTreeRenewedAfterItsAlgorithmEndedPassesNoMore() throws Exception {
        FutureAuthority one = authority("SHA256", 2026);
        FutureAuthority two = authority("SHA256", 2034);
        FutureAuthority late = authority("SHA512", 2041);
        RecordBatch batch = first(one);
        in(2035);
        batch = renewed(batch, one, two);
        in(2042);
        Path file = export(rehashed(batch, two, late));

        assertThat(worst(ours(file, anchors(), clock.instant()))).isEqualTo(Verdict.INVALID);
        Dss.Verdict verdict = Dss.judge(file, anchors(), clock.instant().plus(Duration.ofDays(1)), SHA256_ENDS);
        assertThat(verdict.signature()).as(verdict.toString()).isNotEqualTo(Indication.TOTAL_PASSED);
    }
}
