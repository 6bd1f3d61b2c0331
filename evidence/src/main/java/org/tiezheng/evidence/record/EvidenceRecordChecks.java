package org.tiezheng.evidence.record;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.record.EvidenceRecord.ArchiveTimeStamp;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Whether to believe an evidence record: codes R01 to R07.
 *
 * <p>Every archive time-stamp of every chain is checked, the first one against the data. Looking at the last chain alone
 * would accept an old record of other data with a hash-tree renewal that names today's forgery (attack A3).
 *
 * <p>Offline; anchors and time come from the caller. Source: RFC 4998 sections 4.3 and 5.3; docs/format.md, "Verifier codes".
 */
public final class EvidenceRecordChecks {
    private final TrustAnchors anchors;
    private final Instant validationTime;
    private final AlgorithmPolicy policy;

    /** With the standard policy. */
    public EvidenceRecordChecks(TrustAnchors anchors, Instant validationTime) {
        this(anchors, validationTime, AlgorithmPolicy.standard());
    }

    /** @param validationTime "now": what the last token of a record is judged by; earlier ones by the token after them */
    public EvidenceRecordChecks(TrustAnchors anchors, Instant validationTime, AlgorithmPolicy policy) {
        this.anchors = anchors;
        this.validationTime = validationTime;
        this.policy = policy;
    }

    /** Digests of the files of a group. */
    @FunctionalInterface
    public interface Group {
        /** Digests by file name, in any order; empty if they are not known under that algorithm. */
        Optional<Map<String, byte[]>> digests(TreeHash hash);
    }

    /**
     * What came of it.
     *
     * @param findings for each code that was checked, VALID ones too
     * @param provedAt genTime of the first token if every finding is VALID: the group existed then. Else null
     */
    public record Result(List<Finding> findings, @Nullable Instant provedAt) {
        public Result {
            findings = List.copyOf(findings);
        }
    }

    /** @param subject for the findings: member path of the record */
    public Result check(EvidenceRecord record, Group group, String subject) {
        Run run = new Run(record, group, subject);
        run.check();
        boolean valid = run.findings.stream().allMatch(f -> f.verdict() == Verdict.VALID);
        return new Result(run.findings, valid ? record.tokens().get(0).genTime() : null);
    }

    private final class Run {
        private final EvidenceRecord record;
        private final Group group;
        private final String subject;
        private final List<Finding> findings = new ArrayList<>();

        Run(EvidenceRecord record, Group group, String subject) {
            this.record = record;
            this.group = group;
            this.subject = subject;
        }

        void check() {
            for (Code code : new Code[] {Code.R01, Code.R02, Code.R04, Code.R06, Code.R07}) {
                findings.add(Finding.valid(code, subject));
            }
            List<List<ArchiveTimeStamp>> chains = record.chains();
            for (int c = 0; c < chains.size(); c++) {
                List<ArchiveTimeStamp> chain = chains.get(c);
                for (int s = 0; s < chain.size(); s++) {
                    String where = "chain " + (c + 1) + ", time-stamp " + (s + 1);
                    if (s == 0) {
                        first(chain.get(0), c, where);
                    } else {
                        renewed(chain.get(s - 1), chain.get(s), where);
                    }
                }
            }
            tokens();
        }

        /** The first archive time-stamp of a chain covers the data. */
        private void first(ArchiveTimeStamp stamp, int chain, String where) {
            Code missing = chain == 0 ? Code.R01 : Code.R05;
            if (chain > 0) {
                findings.add(Finding.valid(Code.R05, subject));
            }
            TreeHash hash = stamp.hash();
            Map<String, byte[]> digests =
                    hash == null ? null : group.digests(hash).orElse(null);
            if (hash == null || digests == null) {
                findings.add(Finding.indeterminate(
                        missing, subject, where + ": digest algorithm " + stamp.hashOid() + " is not known here"));
                return;
            }
            byte[] before = chain == 0 ? new byte[0] : hash.of(record.firstChainsDer(chain));
            List<byte[]> leaves = new ArrayList<>();
            digests.forEach((name, digest) -> {
                byte[] leaf = chain == 0 ? digest : hash.of(digest, before);
                leaves.add(leaf);
                if (!covers(stamp, leaf)) {
                    findings.add(Finding.invalid(missing, subject, where + " does not cover a file of the group")
                            .with("file", name)
                            .with("computed", HexFormat.of().formatHex(leaf)));
                }
            });
            if (!stamp.reducedHashtree().isEmpty()) {
                long extra = stamp.reducedHashtree().get(0).stream()
                        .filter(value -> leaves.stream().noneMatch(leaf -> MessageDigest.isEqual(leaf, value)))
                        .count();
                if (extra > 0) {
                    findings.add(Finding.invalid(
                            Code.R07, subject, where + " covers " + extra + " objects that are not in the group"));
                }
            }
            tree(stamp, hash, leaves.size() == 1 ? leaves.get(0) : hash.node(leaves), where);
        }

        /** A later archive time-stamp of a chain covers the token before it, under the chain's algorithm. */
        private void renewed(ArchiveTimeStamp previous, ArchiveTimeStamp stamp, String where) {
            findings.add(Finding.valid(Code.R03, subject));
            TreeHash hash = stamp.hash();
            if (!stamp.hashOid().equals(previous.hashOid())) {
                findings.add(
                        Finding.invalid(Code.R03, subject, where + " has another digest algorithm than its chain"));
            }
            if (hash == null) {
                findings.add(Finding.indeterminate(
                        Code.R03, subject, where + ": digest algorithm " + stamp.hashOid() + " is not known here"));
                return;
            }
            byte[] leaf = hash.of(previous.tokenDer());
            if (!covers(stamp, leaf)) {
                findings.add(Finding.invalid(Code.R03, subject, where + " does not cover the token before it"));
            }
            tree(stamp, hash, leaf, where);
        }

        /** Without a tree the token is over the one leaf, which {@link #tree} compares. */
        private static boolean covers(ArchiveTimeStamp stamp, byte[] leaf) {
            return stamp.reducedHashtree().isEmpty()
                    || stamp.reducedHashtree().get(0).stream().anyMatch(v -> MessageDigest.isEqual(v, leaf));
        }

        private void tree(ArchiveTimeStamp stamp, TreeHash hash, byte[] leaf, String where) {
            TimestampToken token = stamp.token();
            if (!token.imprintAlgorithm().equals(hash.oid())) {
                findings.add(Finding.invalid(
                        Code.R02, subject, where + ": the token's digest algorithm is not that of the tree"));
            } else if (!MessageDigest.isEqual(token.imprint(), stamp.root(hash, leaf))) {
                findings.add(
                        Finding.invalid(Code.R02, subject, where + ": the tree does not lead to the token's imprint"));
            }
        }

        /** Each token by the time of the one after it, the last one by now. */
        private void tokens() {
            List<TimestampToken> tokens = record.tokens();
            for (int i = 0; i < tokens.size(); i++) {
                boolean last = i == tokens.size() - 1;
                Instant next = last ? validationTime : tokens.get(i + 1).genTime();
                String where = "token " + (i + 1) + " of " + tokens.size();
                if (!last && !next.isAfter(tokens.get(i).genTime())) {
                    findings.add(
                            Finding.invalid(Code.R04, subject, where + " is not older than the one that renews it"));
                }
                for (Finding finding :
                        new TimestampChecks(anchors, next, policy).checkAllButImprint(tokens.get(i), subject)) {
                    if (finding.verdict() != Verdict.VALID) {
                        findings.add(last ? failed(finding, where) : failedBeforeRenewal(finding, where));
                    }
                }
            }
        }

        private Finding failed(Finding finding, String where) {
            String reason =
                    where + ": " + finding.code() + ", " + finding.details().getOrDefault("reason", "");
            return finding.verdict() == Verdict.INVALID
                    ? Finding.invalid(Code.R06, subject, reason)
                    : Finding.indeterminate(Code.R06, subject, reason);
        }

        /** What had ended when it was renewed proves nothing any more: the renewal came too late. */
        private Finding failedBeforeRenewal(Finding finding, String where) {
            boolean ended = finding.code() == Code.T09 || finding.code() == Code.T08;
            return ended && finding.verdict() == Verdict.INDETERMINATE
                    ? Finding.invalid(
                            Code.R04,
                            subject,
                            where + " was renewed too late: "
                                    + finding.details().getOrDefault("reason", ""))
                    : failed(finding, where);
        }
    }
}
