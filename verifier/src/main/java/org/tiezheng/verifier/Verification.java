package org.tiezheng.verifier;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.AsicNames.Kind;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLimits;

/** One verification of one file: opens both zips, reads the bytes once, then asks every check. Used once, by one thread. */
final class Verification {
    private static final Set<Code> ZIP_CODES =
            EnumSet.of(Code.Z01, Code.Z02, Code.Z03, Code.Z04, Code.Z05, Code.Z06, Code.Z09);

    private final FileChannel channel;
    private final String fileName;
    private final TrustAnchors anchors;
    private final @Nullable LogTrust log;
    private final AlgorithmPolicy policy;
    private final VerifierOptions options;
    private final Findings findings = new Findings();
    private final Set<Note> notes = EnumSet.noneOf(Note.class);
    private final List<String> notSealed = new ArrayList<>();
    private final Instant validationTime;
    private SealChecks seal;

    private @Nullable Digest waczSha256;
    private @Nullable Digest waczSm3;
    private @Nullable CaptureJson capture;
    private List<Facts.Token> recordTokens = List.of();
    private boolean recordsEmbedded;

    Verification(
            FileChannel channel,
            String fileName,
            TrustAnchors anchors,
            @Nullable LogTrust log,
            AlgorithmPolicy policy,
            Instant validationTime,
            VerifierOptions options) {
        this.channel = channel;
        this.fileName = fileName;
        this.anchors = anchors;
        this.log = log;
        this.policy = policy;
        this.options = options;
        this.validationTime = validationTime;
        this.seal = new SealChecks(anchors, validationTime, policy, findings);
    }

    Report run(Verifier.Progress progress) throws IOException {
        long size = channel.size();
        CanonicalZipReader zip = CanonicalZipReader.read(channel);
        ReadMembers outer = new ReadMembers(zip, "");
        zipFindings(zip, "package");
        notes(outer);
        // Without the end record a reader guesses which bytes are the directory, and may take the inner one for it.
        if (findings.has(Code.Z01) || outer.members().isEmpty()) {
            notes.add(Note.STOPPED_AT_CONTAINER);
            if (!findings.has(Code.Z01)) {
                findings.invalid(Code.Z07, "package", "holds no file");
            }
            return report(size);
        }
        mimetype(outer);
        order(outer);
        ManifestChecks manifests = new ManifestChecks(outer, options.sm3(), findings);
        manifests.readManifests();
        RecordChecks records = new RecordChecks(outer, anchors, validationTime, policy, findings);
        records.read();

        List<SinglePass.Lane> lanes = new ArrayList<>();
        lanes.add(outer.sha256Lane());
        ReadMembers inner = inner(outer);
        WaczChecks wacz = null;
        if (inner != null) {
            wacz = new WaczChecks(inner, options.sm3(), options.deep(), findings);
            lanes.add(inner.sha256Lane());
            lanes.add(wacz.warcLane());
        }
        if (options.sm3()) {
            lanes.add(outer.sm3Lane());
            if (inner != null) {
                lanes.add(inner.sm3Lane());
            }
        }
        lanes.addAll(records.lanes());
        SinglePass.run(channel, size, lanes, read -> progress.read(read, size));

        outer.collect(findings);
        outer.first(AsicNames.WACZ).ifPresent(member -> {
            waczSha256 = outer.sha256(member);
            waczSm3 = options.sm3() ? outer.sm3(member) : null;
        });
        manifests.check();
        records.check();
        recordTokens = records.tokens();
        recordsEmbedded = records.embedded();
        if (records.provedAt() != null) {
            // Tokens and signature existed then: what has expired since takes nothing from them.
            seal = new SealChecks(anchors, records.provedAt(), policy, findings);
        }
        if (wacz != null && inner != null) {
            inner.collect(findings);
            wacz.check();
            capture = wacz.capture().orElse(null);
            if (options.deep()) {
                wacz.compareWithWire();
            }
            if (options.sm3() && noneOf(Code.M02, Code.M08, Code.W01, Code.W02)) {
                notes.add(Note.SM3_EQUAL);
            }
            if (options.deep() && noneOf(Code.W09, Code.W10, Code.W11, Code.W12)) {
                notes.add(Note.DERIVATION_EQUAL);
            }
        }
        LogChecks logs = new LogChecks(outer, log, findings);
        logs.check(capture == null ? null : capture.id());
        if (logs.isLate()) {
            notes.add(Note.WITNESSED_LATE);
        }
        seal.check(outer, manifests.manifests(), logs.leafTime());
        if (capture != null && capture.notBefore() != null) {
            seal.checkNotBefore(capture.notBefore(), AsicNames.WACZ + "!" + WaczChecks.CAPTURE);
        }
        return report(size);
    }

    /** Reports what is wrong with a zip. Of a zip without its end record only that is known. */
    private void zipFindings(CanonicalZipReader zip, String subject) {
        boolean headless = isHeadless(zip);
        if (!headless) {
            ZIP_CODES.forEach(code -> findings.checked(code, subject));
        }
        for (Finding finding : zip.findings()) {
            if (!headless || finding.code() == Code.Z01) {
                findings.add(finding);
            }
        }
    }

    private static boolean isHeadless(CanonicalZipReader zip) {
        return zip.findings().stream().anyMatch(f -> f.code() == Code.Z01);
    }

    private void mimetype(ReadMembers outer) throws IOException {
        Member first = outer.zip().members().get(0);
        byte[] text = AsicNames.MIMETYPE_TEXT.getBytes(StandardCharsets.US_ASCII);
        findings.checked(Code.Z07, "package");
        if (!first.name().equals(AsicNames.MIMETYPE) || first.headerOffset() != 0) {
            findings.invalid(Code.Z07, "package", "the first file is not mimetype");
        } else if (!outer.zip()
                .readSmall(first, text.length)
                .filter(bytes -> Arrays.equals(bytes, text))
                .isPresent()) {
            findings.invalid(Code.Z07, AsicNames.MIMETYPE, "is not exactly " + AsicNames.MIMETYPE_TEXT);
        }
    }

    private boolean noneOf(Code... codes) {
        return Arrays.stream(codes).noneMatch(findings::has);
    }

    /**
     * Known members stand in the one order of the format. Unknown ones and second ones of a name have no place in it;
     * they are findings of their own.
     */
    private void order(ReadMembers outer) {
        String last = AsicNames.MIMETYPE;
        Set<String> seen = new HashSet<>();
        for (Member member : outer.zip().members()) {
            String name = member.name();
            if (!AsicNames.isKnown(name) || !seen.add(name)) {
                continue;
            }
            if (AsicNames.ORDER.compare(name, last) < 0) {
                findings.add(Finding.invalid(Code.Z07, outer.subject(name), "member order")
                        .with("standsAfter", outer.subject(last)));
            } else {
                last = name;
            }
        }
    }

    /** The inner WACZ; null if there is none (M02 says so) or it cannot be read as a zip (Z findings say so). */
    private @Nullable ReadMembers inner(ReadMembers outer) throws IOException {
        Member member = outer.first(AsicNames.WACZ).orElse(null);
        if (member == null) {
            return null;
        }
        CanonicalZipReader zip = outer.zip().nested(member, ZipLimits.DEFAULT);
        zipFindings(zip, AsicNames.WACZ);
        ReadMembers inner = new ReadMembers(zip, AsicNames.WACZ + "!");
        if (isHeadless(zip)) {
            return null;
        }
        if (inner.members().isEmpty() && zip.findings().isEmpty()) {
            findings.invalid(Code.W01, AsicNames.WACZ, "holds no file");
        }
        return inner.members().isEmpty() ? null : inner;
    }

    private void notes(ReadMembers outer) {
        if (anchors.isEmpty()) {
            notes.add(Note.NO_TRUST_ANCHORS);
        }
        if (!options.sm3()) {
            notes.add(Note.SM3_NOT_CHECKED);
        }
        if (!options.deep()) {
            notes.add(Note.DERIVATION_NOT_REPEATED);
        }
        if (!has(outer, Kind.EVIDENCE_RECORD) && !has(outer, Kind.EVIDENCE_RECORD_MANIFEST)) {
            notes.add(Note.EVIDENCE_RECORD_NOT_PRESENT);
        }
        if (!has(outer, Kind.LOG_PROOF)) {
            notes.add(Note.LOG_PROOF_NOT_PRESENT);
        } else if (log == null) {
            notes.add(Note.LOG_NOT_TRUSTED);
        }
        if (has(outer, Kind.SM2_TIMESTAMP)) {
            notes.add(Note.SM2_TOKEN_NOT_CHECKED);
        }
        for (Member member : outer.members()) {
            if (Kind.of(member.name()).filter(Verification::isNotSealed).isPresent()) {
                notSealed.add(member.name());
            }
        }
        if (!notSealed.isEmpty()) {
            notes.add(Note.NOT_SEALED);
        }
    }

    /** Manifests are signed or stamped; signatures, tokens, records and log proofs are checked. Nothing speaks for the rest. */
    private static boolean isNotSealed(Kind kind) {
        return switch (kind) {
            case MANIFEST, SIGNATURE, TIMESTAMP, EVIDENCE_RECORD_MANIFEST, EVIDENCE_RECORD, LOG_PROOF -> false;
            case SM2_TIMESTAMP, TRUST -> true;
        };
    }

    private static boolean has(ReadMembers members, Kind kind) {
        return members.members().stream()
                .anyMatch(m -> Kind.of(m.name()).filter(k -> k == kind).isPresent());
    }

    private Report report(long size) {
        if (seal.embedded() || recordsEmbedded) {
            notes.add(Note.EMBEDDED_AUTHORITY);
        }
        Facts.Bound after = seal.after();
        Facts.Bound before = seal.before();
        if (after != null
                && before != null
                && after.proved()
                && before.proved()
                && after.genTime().isAfter(before.genTime())) {
            findings.indeterminate(
                    Code.W13,
                    AsicNames.WACZ + "!" + WaczChecks.CAPTURE,
                    "the token of the time bracket is later than the seal: a clock is wrong");
        }
        if (capture != null
                && capture.completeness() != null
                && !capture.completeness().equals("COMPLETE")) {
            notes.add(Note.CAPTURE_NOT_COMPLETE);
        }
        Facts facts = new Facts(
                fileName,
                size,
                capture == null ? null : capture.id(),
                waczSha256,
                waczSm3,
                after,
                before,
                capture == null ? null : capture.targetUrl(),
                capture == null ? null : capture.completeness(),
                capture == null ? List.of() : capture.completenessReasons(),
                Stream.concat(seal.tokens().stream(), recordTokens.stream()).toList(),
                seal.signer(),
                seal.signatureAnchor());
        return new Report(findings.all(), facts, notes, notSealed);
    }
}
