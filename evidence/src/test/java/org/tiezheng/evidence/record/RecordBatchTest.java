package org.tiezheng.evidence.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.FutureAuthority;
import org.tiezheng.evidence.time.Imprint;
import org.tiezheng.evidence.time.MovedClock;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.FuturePolicy;
import org.tiezheng.evidence.trust.TrustAnchors;

/** One batch through forty years: first token, renewals, another algorithm; and what is too late or left behind. */
class RecordBatchTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Instant END = Instant.parse("2066-11-21T08:00:00Z");

    private final MovedClock clock = new MovedClock(SEALED);
    private final FutureAuthority first = authority("one", "SHA256", 2026);
    private final Map<UUID, List<byte[]>> files = new LinkedHashMap<>();

    RecordBatchTest() {
        for (int i = 0; i < 7; i++) {
            List<byte[]> content = new ArrayList<>();
            for (int j = 0; j < 9; j++) {
                content.add(new byte[] {(byte) i, (byte) j});
            }
            files.put(new UUID(0x8000_0000_0000_0000L * (i % 2) + i, i), content);
        }
    }

    private FutureAuthority authority(String name, String hash, int from) {
        return FutureAuthority.from(from, 10, name, hash, clock);
    }

    /** SHA-256 ends in 2040. */
    private static AlgorithmPolicy policy() throws Exception {
        return AlgorithmPolicy.parse(
                FuturePolicy.sha256Ends(LocalDate.of(2040, 1, 1)).getBytes(StandardCharsets.US_ASCII));
    }

    private void at(int year) {
        clock.set(Instant.parse(year + "-06-01T00:00:00Z"));
    }

    private List<byte[]> digests(UUID id, TreeHash hash) {
        return files.get(id).stream().map(hash::of).toList();
    }

    private RecordBatch.Digests of(UUID id) {
        return hash -> Optional.of(digests(id, hash));
    }

    private RecordBatch start() throws Exception {
        Map<UUID, byte[]> groups = new LinkedHashMap<>();
        files.keySet()
                .forEach(id -> groups.put(id, RecordBatch.groupHash(TreeHash.SHA256, digests(id, TreeHash.SHA256))));
        TimestampToken token = first.stamp(RecordBatch.root(TreeHash.SHA256, groups.values()));
        return reread(RecordBatch.first(UUID.randomUUID(), TreeHash.SHA256, groups, token));
    }

    private static RecordBatch reread(RecordBatch batch) throws Exception {
        byte[] text = batch.toBytes();
        RecordBatch read = RecordBatch.parse(text);
        assertThat(read.toBytes()).isEqualTo(text);
        assertThat(read.faults()).isEmpty();
        return read;
    }

    private static Digest sha256(RecordBatch batch) {
        return Digest.of(Digest.Algorithm.SHA256, batch.toBytes());
    }

    private RecordBatch renew(RecordBatch batch, FutureAuthority old, FutureAuthority by) throws Exception {
        RecordBatch fresh = batch.withLastToken(old.withCrlsOfNow(batch.lastToken()));
        TimestampToken token = by.stamp(fresh.renewalImprint());
        return reread(fresh.withRenewedToken(UUID.randomUUID(), sha256(batch), new HashSet<>(batch.members()), token));
    }

    private RecordBatch rehash(RecordBatch batch, FutureAuthority old, FutureAuthority by, Set<UUID> bad)
            throws Exception {
        RecordBatch fresh = batch.withLastToken(old.withCrlsOfNow(batch.lastToken()));
        Map<UUID, byte[]> groups = new LinkedHashMap<>();
        for (UUID id : batch.members()) {
            if (!bad.contains(id)) {
                groups.put(id, fresh.renewedGroup(id, TreeHash.SHA512, of(id)));
            }
        }
        Imprint root = RecordBatch.root(TreeHash.SHA512, groups.values());
        return reread(fresh.withNewChain(UUID.randomUUID(), sha256(batch), TreeHash.SHA512, groups, by.stamp(root)));
    }

    private List<Finding> judge(RecordBatch batch, UUID id, TrustAnchors anchors, Instant when) throws Exception {
        EvidenceRecord record = EvidenceRecord.parse(batch.evidenceRecord(id, of(id)));
        EvidenceRecordChecks.Group group = hash -> {
            Map<String, byte[]> named = new LinkedHashMap<>();
            List<byte[]> digests = digests(id, hash);
            for (int i = 0; i < digests.size(); i++) {
                named.put("file" + i, digests.get(i));
            }
            return Optional.of(named);
        };
        return new EvidenceRecordChecks(anchors, when, policy())
                .check(record, group, "ers")
                .findings();
    }

    private Verdict verdict(RecordBatch batch, UUID id, TrustAnchors anchors, Instant when) throws Exception {
        return Verdict.worstOf(judge(batch, id, anchors, when));
    }

    @Test
    void aPackageOf2026StillVerifiesIn2066() throws Exception {
        FutureAuthority second = authority("two", "SHA256", 2030);
        FutureAuthority third = authority("three", "SHA512", 2038);
        FutureAuthority fourth = authority("four", "SHA512", 2046);
        FutureAuthority fifth = authority("five", "SHA512", 2054);
        FutureAuthority sixth = authority("six", "SHA512", 2062);
        TrustAnchors all =
                TrustAnchors.of(first.root(), second.root(), third.root(), fourth.root(), fifth.root(), sixth.root());

        RecordBatch batch = start();
        at(2035);
        batch = renew(batch, first, second);
        at(2039);
        batch = rehash(batch, second, third, Set.of());
        at(2047);
        batch = renew(batch, third, fourth);
        at(2055);
        batch = renew(batch, fourth, fifth);
        at(2063);
        batch = renew(batch, fifth, sixth);

        for (UUID id : files.keySet()) {
            assertThat(judge(batch, id, all, END)).allMatch(f -> f.verdict() == Verdict.VALID);
        }
        UUID any = files.keySet().iterator().next();
        // The roots of the first decades were taken off the list: nothing is known, and nothing is claimed.
        TrustAnchors retired = TrustAnchors.of(fourth.root(), fifth.root(), sixth.root());
        assertThat(verdict(batch, any, retired, END)).isEqualTo(Verdict.INDETERMINATE);
        // The last token speaks for itself as long as its certificate.
        assertThat(verdict(batch, any, all, Instant.parse("2073-01-01T00:00:00Z")))
                .isEqualTo(Verdict.INDETERMINATE);
    }

    @Test
    void aRenewalThatCameTooLateProvesNothing() throws Exception {
        FutureAuthority second = authority("two", "SHA256", 2036);
        FutureAuthority third = authority("three", "SHA512", 2040);
        TrustAnchors all = TrustAnchors.of(first.root(), second.root(), third.root());
        UUID any = files.keySet().iterator().next();

        RecordBatch afterTheCertificate = start();
        at(2037);
        afterTheCertificate = renew(afterTheCertificate, first, second);
        assertThat(judge(afterTheCertificate, any, all, clock.instant()))
                .anyMatch(f -> f.code() == Code.R04 && f.verdict() == Verdict.INVALID);

        clock.set(SEALED);
        RecordBatch afterTheAlgorithm = start();
        clock.set(Instant.parse("2035-12-01T00:00:00Z"));
        FutureAuthority between = authority("between", "SHA256", 2035);
        afterTheAlgorithm = renew(afterTheAlgorithm, first, between);
        at(2041);
        afterTheAlgorithm = rehash(afterTheAlgorithm, between, third, Set.of());
        assertThat(judge(
                        afterTheAlgorithm,
                        any,
                        TrustAnchors.of(first.root(), between.root(), third.root()),
                        clock.instant()))
                .anyMatch(f -> f.code() == Code.R04 && f.verdict() == Verdict.INVALID);
    }

    @Test
    void theCrlOfTheRenewalTellsOfAKeyThatWasCompromised() throws Exception {
        FutureAuthority second = authority("two", "SHA256", 2030);
        RecordBatch batch = start();
        UUID any = files.keySet().iterator().next();
        at(2035);
        TrustAnchors all = TrustAnchors.of(first.root(), second.root());
        assertThat(verdict(renew(batch, first, second), any, all, clock.instant()))
                .isEqualTo(Verdict.VALID);

        first.revoke(Instant.parse("2034-01-01T00:00:00Z"));

        assertThat(verdict(renew(batch, first, second), any, all, clock.instant()))
                .isEqualTo(Verdict.INVALID);
    }

    @Test
    void aPackageThatIsLeftBehindKeepsItsOldRecordAndTheOthersNeedItNot() throws Exception {
        FutureAuthority third = authority("three", "SHA512", 2030);
        TrustAnchors all = TrustAnchors.of(first.root(), third.root());
        UUID bad = files.keySet().iterator().next();
        RecordBatch old = start();
        at(2031);

        RecordBatch rehashed = rehash(old, first, third, Set.of(bad));
        at(2032);
        RecordBatch renewed = renew(rehashed, third, third);

        assertThat(renewed.members()).doesNotContain(bad).hasSize(files.size() - 1);
        assertThatThrownBy(() -> renewed.evidenceRecord(bad, of(bad))).isInstanceOf(IllegalArgumentException.class);
        assertThat(verdict(old, bad, all, clock.instant())).isEqualTo(Verdict.VALID);
        for (UUID id : renewed.members()) {
            assertThat(verdict(renewed, id, all, clock.instant())).isEqualTo(Verdict.VALID);
        }
        // Repaired later, it is renewed alone from the object it stayed with.
        Set<UUID> gone = new HashSet<>(files.keySet());
        gone.remove(bad);
        RecordBatch later = rehash(old, first, third, gone);
        assertThat(later.members()).containsExactly(bad);
        assertThat(verdict(later, bad, all, clock.instant())).isEqualTo(Verdict.VALID);
    }

    @Test
    void otherFilesGiveNoRecord() throws Exception {
        RecordBatch batch = start();
        UUID any = files.keySet().iterator().next();
        files.get(any).set(3, new byte[] {99});

        assertThatThrownBy(() -> batch.evidenceRecord(any, of(any))).isInstanceOf(GroupMismatchException.class);
        assertThatThrownBy(() -> batch.evidenceRecord(any, hash -> Optional.empty()))
                .isInstanceOf(GroupMismatchException.class);
    }

    @Test
    void aTokenOverSomethingElseIsFound() throws Exception {
        RecordBatch batch = start();
        TimestampToken other = first.stamp(new Imprint(TreeHash.SHA256.oid(), new byte[32]));

        assertThat(RecordBatch.parse(batch.withRenewedToken(
                                        UUID.randomUUID(), sha256(batch), Set.copyOf(batch.members()), other)
                                .toBytes())
                        .faults())
                .singleElement()
                .asString()
                .contains("token 2");
    }

    @Test
    void onlyTheOneTextIsRead() throws Exception {
        FutureAuthority third = authority("three", "SHA512", 2026);
        UUID bad = files.keySet().iterator().next();
        String text = new String(rehash(start(), first, third, Set.of(bad)).toBytes(), StandardCharsets.US_ASCII);
        String member = text.substring(text.indexOf("\n+ ") + 1, text.indexOf('\n', text.indexOf("\n+ ") + 1) + 1);
        List<String> others = List.of(
                "",
                text.substring(0, text.length() - 1),
                text + "\n",
                text.replace("\n", "\r\n"),
                text.replace(" 1\nid", " 2\nid"),
                text.replace("members 7", "members 07"),
                text.replace("members 7", "members 8"),
                text.replace("members 7", "members 6"),
                text.replace("members 7", "members 9999999"),
                text.replace(member, ""),
                text.replace(member, member + member),
                text.replace(member, member.toUpperCase(java.util.Locale.ROOT)),
                text.replace(member, member.replace(' ', '\t')),
                text.replace("\n- ", "\n+ "),
                text.replaceFirst("\n\\+ ", "\n* "),
                text.replaceFirst("parent [0-9a-f]+", "parent x"),
                text.replace("chain 2.16.840.1.101.3.4.2.3", "chain 1.2.3"),
                text.replaceFirst("token M", "token  M"),
                text.replaceFirst("\ntoken [^\n]*", ""),
                text.replaceAll("(?s)chain.*\nmembers", "members"));
        for (String other : others) {
            assertThat(other).isNotEqualTo(text);
            assertThatThrownBy(() -> RecordBatch.parse(other.getBytes(StandardCharsets.US_ASCII)))
                    .as(other.substring(0, Math.min(80, other.length())))
                    .isInstanceOf(MalformedRecordBatchException.class);
        }
        assertThat(RecordBatch.parse(text.getBytes(StandardCharsets.US_ASCII)).members())
                .hasSize(6);
    }

    /** Any bytes are a batch object or malformed, never another exception; what is read is written the same. */
    @FuzzTest(maxDuration = "1m")
    void anyBytes(byte[] bytes) {
        try {
            assertThat(RecordBatch.parse(bytes).toBytes()).isEqualTo(bytes);
        } catch (MalformedRecordBatchException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    @Test
    void oneChangedByteIsMalformedOrAnotherBatch() throws Exception {
        byte[] text = start().toBytes();
        int malformed = 0;
        for (int at = 0; at < text.length; at += 3) {
            byte[] changed = text.clone();
            changed[at] ^= 1;
            try {
                assertThat(RecordBatch.parse(changed).toBytes()).isEqualTo(changed);
            } catch (MalformedRecordBatchException expected) {
                malformed++;
            }
        }
        assertThat(malformed).isPositive();
    }
}
