package org.tiezheng.verifier;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.AsicNames.Kind;
import org.tiezheng.evidence.asic.SumsFile;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.zip.Member;

/**
 * Proofs of a transparency log: L01, L03 and L05 always, L02, L04 and L06 if the user says which log he trusts.
 *
 * <p>Without that nothing is known of the checkpoint, and a note says so: anybody can make a tree with this package in it.
 */
final class LogChecks {
    /** A witness that saw the entry much later proves only that later time. */
    private static final Duration LATE = Duration.ofHours(1);

    private final ReadMembers outer;
    private final @Nullable LogTrust trust;
    private final Findings findings;
    private boolean late;
    private @Nullable LogLeaf leaf;

    LogChecks(ReadMembers outer, @Nullable LogTrust trust, Findings findings) {
        this.outer = outer;
        this.trust = trust;
        this.findings = findings;
    }

    /** @param packageId {@code id} of capture.json; null if it could not be read */
    void check(@Nullable String packageId) throws IOException {
        for (Member member : outer.members()) {
            if (Kind.of(member.name()).filter(k -> k == Kind.LOG_PROOF).isPresent()) {
                check(member, packageId);
            }
        }
    }

    private void check(Member member, @Nullable String packageId) throws IOException {
        String subject = outer.subject(member);
        findings.checked(Code.L01, subject);
        Optional<byte[]> file = outer.zip().readSmall(member, LogProof.MAX_BYTES);
        if (file.isEmpty()) {
            findings.invalid(Code.L01, subject, "larger than " + LogProof.MAX_BYTES + " bytes");
            return;
        }
        try {
            LogProof proof = LogProof.parse(file.get());
            LogLeaf entry = LogLeaf.parse(proof.entry());
            findings.checked(Code.L03, subject);
            if (!proof.proves()) {
                findings.invalid(Code.L03, subject, "the entry is not in the checkpoint's tree");
            }
            leaf(entry, packageId, subject);
            leaf = entry;
            if (trust != null) {
                checkpoint(proof.checkpoint(), trust.policy(), entry.time(), subject);
                copy(proof.checkpoint(), trust, subject);
            }
        } catch (MalformedLogException e) {
            findings.invalid(Code.L01, subject, String.valueOf(e.getMessage()));
        }
    }

    private void leaf(LogLeaf entry, @Nullable String packageId, String subject) throws IOException {
        findings.checked(Code.L05, subject);
        if (packageId != null && !entry.id().toString().equals(packageId)) {
            findings.invalid(Code.L05, subject, "the entry is of another package");
        }
        Member wacz = outer.first(AsicNames.WACZ).orElse(null);
        if (wacz == null) {
            return;
        }
        if (!entry.sha256().equals(outer.sha256(wacz)) || entry.sizeBytes() != wacz.sizeBytes()) {
            findings.add(Finding.invalid(Code.L05, subject, "the entry has another digest or size")
                    .with("listed", entry.sha256().toString())
                    .with("computed", outer.sha256(wacz).toString()));
        }
        Optional<Digest> sm3 = listedSm3();
        if (sm3.isPresent() && !sm3.get().equals(entry.sm3())) {
            findings.invalid(Code.L05, subject, "the entry has another SM3 digest than SM3SUMS");
        }
    }

    /** The sealed one; whether it is that of the bytes is M08, with {@code --sm3}. */
    private Optional<Digest> listedSm3() throws IOException {
        Member member = outer.first(AsicNames.SM3SUMS).orElse(null);
        if (member == null) {
            return Optional.empty();
        }
        return outer.zip()
                .readSmall(member, ManifestChecks.MAX_SMALL_BYTES)
                .flatMap(text -> SumsFile.parse(Digest.Algorithm.SM3, text, AsicNames.SM3SUMS)
                        .toOptional())
                .map(sums -> sums.sums().get(AsicNames.WACZ));
    }

    private void checkpoint(Checkpoint checkpoint, LogPolicy policy, Instant entryTime, String subject) {
        findings.checked(Code.L02, subject);
        findings.checked(Code.L04, subject);
        findings.checked(Code.L07, subject);
        if (policy.logOf(checkpoint).isEmpty()) {
            boolean known =
                    policy.logs().stream().anyMatch(log -> log.key().name().equals(checkpoint.origin()));
            findings.add(
                    known
                            ? Finding.invalid(Code.L02, subject, "the log's signature is missing or wrong")
                            : Finding.indeterminate(Code.L02, subject, "the policy does not know this log"));
        }
        if (!policy.isWitnessed(checkpoint)) {
            findings.indeterminate(Code.L04, subject, "not enough witnesses of the policy cosigned");
        }
        late |= policy.witnesses().values().stream()
                .map(witness -> checkpoint.cosignedAt(witness.key()))
                .flatMap(Optional::stream)
                .anyMatch(time -> time.isAfter(entryTime.plus(LATE)));
    }

    /** The user's own copy of the log must begin with the very tree of the checkpoint. */
    private void copy(Checkpoint checkpoint, LogTrust trusted, String subject) {
        LogTrust.Copy copy = trusted.copy();
        if (copy == null || !copy.checkpoint().origin().equals(checkpoint.origin())) {
            return;
        }
        findings.checked(Code.L06, subject);
        if (trusted.policy().logOf(copy.checkpoint()).isEmpty()) {
            findings.indeterminate(Code.L06, subject, "the checkpoint of the copy is not signed by that log");
        } else if (copy.checkpoint().size() < checkpoint.size()) {
            findings.indeterminate(Code.L06, subject, "the copy is older than the package's checkpoint");
        } else {
            try {
                if (!copy.tree().root().equals(copy.checkpoint().root())) {
                    findings.invalid(Code.L06, subject, "the tiles of the copy are not those of its checkpoint");
                } else if (!copy.tree().root(checkpoint.size()).equals(checkpoint.root())) {
                    findings.invalid(Code.L06, subject, "the log had another tree of that size: it was rewritten");
                }
            } catch (IOException e) {
                findings.indeterminate(Code.L06, subject, "a tile of the copy cannot be read");
            }
        }
    }

    /** Time of the entry, if there is a proof; of several the last. */
    @Nullable
    Instant leafTime() {
        return leaf == null ? null : leaf.time();
    }

    /** Whether a witness of the policy saw an entry more than an hour after its time: L07, a warning. */
    boolean isLate() {
        return late;
    }
}
