package org.tiezheng.verifier;

import java.io.IOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Parsed;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.AsicNames.Kind;
import org.tiezheng.evidence.record.EvidenceRecord;
import org.tiezheng.evidence.record.EvidenceRecordChecks;
import org.tiezheng.evidence.record.MalformedEvidenceRecordException;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.zip.Member;

/**
 * Evidence records and their manifests: R01 to R08, and of the manifests M02, M03, M05, M06.
 *
 * <p>The group of a record is exactly the files its manifest lists. Records are read before the pass, since a renewed one
 * needs the files' digests under other algorithms than SHA-256; checked after it.
 */
final class RecordChecks {
    private final ReadMembers outer;
    private final TrustAnchors anchors;
    private final Instant validationTime;
    private final AlgorithmPolicy policy;
    private final Findings findings;
    private final List<Listed> records = new ArrayList<>();
    private final Map<TreeHash, Map<String, MessageDigest>> running = new EnumMap<>(TreeHash.class);
    private final Map<TreeHash, Map<String, byte[]>> digests = new EnumMap<>(TreeHash.class);
    private final List<Facts.Token> tokens = new ArrayList<>();
    private boolean embedded;
    private @Nullable Instant provedAt;

    /** A record that could be read, with the manifest that names it. */
    private record Listed(Member member, AsicManifest manifest, EvidenceRecord evidence) {}

    RecordChecks(
            ReadMembers outer,
            TrustAnchors anchors,
            Instant validationTime,
            AlgorithmPolicy policy,
            Findings findings) {
        this.outer = outer;
        this.anchors = anchors;
        this.validationTime = validationTime;
        this.policy = policy;
        this.findings = findings;
    }

    /** Reads manifests and records: M05, M06, M07, R08. */
    void read() throws IOException {
        Map<String, String> namedBy = new HashMap<>();
        for (Member member : outer.members()) {
            if (isOf(member, Kind.EVIDENCE_RECORD_MANIFEST)) {
                readManifest(member, namedBy);
            }
        }
        for (Member member : outer.members()) {
            if (isOf(member, Kind.EVIDENCE_RECORD) && !namedBy.containsKey(member.name()) && !findings.has(Code.M05)) {
                // A manifest that cannot be read may be the one that names it.
                findings.invalid(Code.M07, outer.subject(member), "no manifest names it");
            }
        }
    }

    private static boolean isOf(Member member, Kind kind) {
        return Kind.of(member.name()).filter(k -> k == kind).isPresent();
    }

    private void readManifest(Member member, Map<String, String> namedBy) throws IOException {
        String subject = outer.subject(member);
        Optional<byte[]> xml = outer.zip().readSmall(member, ManifestChecks.MAX_SMALL_BYTES);
        if (xml.isEmpty()) {
            findings.invalid(Code.M05, subject, "larger than " + ManifestChecks.MAX_SMALL_BYTES + " bytes");
            return;
        }
        Parsed<AsicManifest> parsed = AsicManifest.parse(xml.get(), subject);
        findings.addAll(parsed.findings());
        AsicManifest manifest = parsed.value();
        if (manifest == null) {
            return;
        }
        String reference = manifest.reference();
        Member record = outer.first(reference).orElse(null);
        String earlier = namedBy.putIfAbsent(reference, subject);
        if (earlier != null) {
            findings.add(Finding.invalid(Code.M06, subject, "another manifest names the same file")
                    .with("file", outer.subject(reference))
                    .with("manifest", earlier));
        } else if (Kind.of(reference).filter(k -> k == Kind.EVIDENCE_RECORD).isEmpty()) {
            findings.invalid(Code.M06, subject, "does not name an evidence record");
        } else if (record == null) {
            findings.add(Finding.invalid(Code.M06, subject, "the file it names is missing")
                    .with("file", outer.subject(reference)));
        } else {
            readRecord(record, manifest);
        }
    }

    private void readRecord(Member member, AsicManifest manifest) throws IOException {
        String subject = outer.subject(member);
        findings.checked(Code.R08, subject);
        Optional<byte[]> der = outer.zip().readSmall(member, EvidenceRecord.MAX_BYTES);
        if (der.isEmpty()) {
            findings.invalid(Code.R08, subject, "larger than " + EvidenceRecord.MAX_BYTES + " bytes");
            return;
        }
        try {
            records.add(new Listed(member, manifest, EvidenceRecord.parse(der.get())));
        } catch (MalformedEvidenceRecordException e) {
            findings.invalid(Code.R08, subject, String.valueOf(e.getMessage()));
        }
    }

    /** Lanes for the algorithms beside SHA-256 that the records need; none for a record that was never renewed so. */
    List<SinglePass.Lane> lanes() {
        Map<TreeHash, Set<String>> needed = new EnumMap<>(TreeHash.class);
        for (Listed listed : records) {
            for (TreeHash hash : listed.evidence().dataHashes()) {
                if (hash != TreeHash.SHA256) {
                    Set<String> names = needed.computeIfAbsent(hash, h -> new LinkedHashSet<>());
                    listed.manifest().entries().forEach(e -> names.add(e.name()));
                }
            }
        }
        List<SinglePass.Lane> lanes = new ArrayList<>();
        needed.forEach((hash, names) -> {
            List<RangeLane.Range> ranges = new ArrayList<>();
            for (String name : names) {
                outer.first(name).ifPresent(member -> {
                    MessageDigest digest = hash.start();
                    running.computeIfAbsent(hash, h -> new HashMap<>()).put(name, digest);
                    long start = outer.zip().positionOf(member);
                    ranges.add(new RangeLane.Range(start, start + member.sizeBytes(), digest::update));
                });
            }
            lanes.add(new RangeLane(ranges));
        });
        return lanes;
    }

    /** After the pass: M02, M03 of the manifests, R01 to R07. */
    void check() {
        running.forEach((hash, byName) -> {
            Map<String, byte[]> done = digests.computeIfAbsent(hash, h -> new HashMap<>());
            byName.forEach((name, digest) -> done.put(name, digest.digest()));
        });
        records.forEach(this::check);
    }

    private void check(Listed listed) {
        String subject = outer.subject(listed.member());
        group(listed, subject);
        EvidenceRecordChecks.Result result = new EvidenceRecordChecks(anchors, validationTime, policy)
                .check(listed.evidence(), hash -> digestsOf(listed.manifest(), hash), subject);
        findings.addAll(result.findings());
        Instant at = result.provedAt();
        if (at != null && coversProofs(listed.manifest()) && (provedAt == null || at.isBefore(provedAt))) {
            provedAt = at;
        }
        Verdict verdict = Verdict.worstOf(result.findings());
        List<TimestampToken> all = listed.evidence().tokens();
        for (int i = 0; i < all.size(); i++) {
            TimestampToken token = all.get(i);
            boolean marked = token.authorityCertificate()
                    .filter(TrustAnchors::isEmbedded)
                    .isPresent();
            embedded |= marked;
            tokens.add(new Facts.Token(
                    subject + "#" + (i + 1), token.genTime(), token.authority(), null, marked, verdict));
        }
    }

    /** The group must hold every covered file, only sealed files and proofs, and each as it is in the package. */
    private void group(Listed listed, String subject) {
        Set<String> names = new HashSet<>();
        for (AsicManifest.Entry entry : listed.manifest().entries()) {
            names.add(entry.name());
            Member member = outer.first(entry.name()).orElse(null);
            if (member == null) {
                findings.add(Finding.invalid(Code.M02, outer.subject(entry.name()), "listed but missing")
                        .with("manifest", subject));
                continue;
            }
            if (!AsicNames.COVERED.contains(entry.name()) && !isProof(entry.name())) {
                findings.add(Finding.invalid(Code.R07, subject, "the group holds a file that has no place in it")
                        .with("file", outer.subject(member)));
            }
            Digest computed = outer.sha256(member);
            findings.checked(Code.M03, outer.subject(member));
            if (!computed.equals(entry.sha256())) {
                findings.add(Finding.invalid(Code.M03, outer.subject(member), "digest differs")
                        .with("listed", entry.sha256().toString())
                        .with("computed", computed.toString())
                        .with("manifest", subject));
            }
        }
        for (String name : AsicNames.COVERED) {
            if (!names.contains(name)) {
                findings.add(Finding.invalid(Code.R07, subject, "the group lacks a file")
                        .with("file", name));
            }
        }
    }

    private static boolean isProof(String name) {
        return Kind.of(name)
                .filter(k -> k == Kind.MANIFEST || k == Kind.SIGNATURE || k == Kind.TIMESTAMP)
                .isPresent();
    }

    /** Whether signature and tokens of the seal are in the group, so that the record carries them on. */
    private boolean coversProofs(AsicManifest manifest) {
        Set<String> names = new HashSet<>();
        manifest.entries().forEach(e -> names.add(e.name()));
        return outer.members().stream()
                .map(Member::name)
                .filter(RecordChecks::isProof)
                .allMatch(names::contains);
    }

    private Optional<Map<String, byte[]>> digestsOf(AsicManifest manifest, TreeHash hash) {
        Map<String, byte[]> found = new LinkedHashMap<>();
        for (AsicManifest.Entry entry : manifest.entries()) {
            Member member = outer.first(entry.name()).orElse(null);
            if (member == null) {
                continue;
            }
            byte[] digest = hash == TreeHash.SHA256
                    ? outer.sha256(member).bytes()
                    : digests.getOrDefault(hash, Map.of()).get(entry.name());
            if (digest == null) {
                return Optional.empty();
            }
            found.put(entry.name(), digest);
        }
        return Optional.of(found);
    }

    /**
     * When everything that seals the package is proved to have existed: what had ended later takes nothing from it. Null if
     * no record that is wholly VALID covers all of it.
     */
    @Nullable
    Instant provedAt() {
        return provedAt;
    }

    List<Facts.Token> tokens() {
        return tokens;
    }

    /** Whether a token of a record is one of an embedded authority. */
    boolean embedded() {
        return embedded;
    }
}
