package org.tiezheng.evidence.record;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.tsp.ArchiveTimeStampChain;
import org.bouncycastle.asn1.tsp.PartialHashtree;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.Asn1Shape;

/**
 * An evidence record as it was read: chains of archive time-stamps, the oldest first.
 *
 * <p>Inside a chain each archive time-stamp covers the token before it (time-stamp renewal); a new chain covers the data
 * again, under another digest algorithm, together with all chains before (hash-tree renewal). Parsing says nothing about
 * whether to believe it: {@link EvidenceRecordChecks} does.
 *
 * <p>Source: RFC 4998 sections 3.1, 4.1 and 5.1. Immutable.
 */
public final class EvidenceRecord {
    /** A real one has 2 to 10 kB; each renewal adds about 2 kB. */
    public static final int MAX_BYTES = 1 << 20;

    private static final int MAX_CHAINS = 32;
    private static final int MAX_TIMESTAMPS = 128;
    /** A tree of 2^64 leaves. */
    private static final int MAX_LEVELS = 64;

    private static final int MAX_VALUES = 1024;

    private final org.bouncycastle.asn1.tsp.EvidenceRecord asn1;
    private final List<List<ArchiveTimeStamp>> chains;
    private final List<byte[]> chainDer;

    /**
     * One archive time-stamp.
     *
     * @param hash algorithm of the tree; null if it is none we know
     * @param hashOid its OID
     * @param reducedHashtree from the leaves to the root, values as they stand; empty if the token is over the one leaf
     * @param token over the root
     * @param tokenDer the token's bytes: what a renewal covers
     */
    record ArchiveTimeStamp(
            @Nullable TreeHash hash,
            String hashOid,
            List<List<byte[]>> reducedHashtree,
            TimestampToken token,
            byte[] tokenDer) {

        /** The root that the reduced hash tree leads to; {@code leaf} if there is no tree. */
        byte[] root(TreeHash with, byte[] leaf) {
            byte[] root = leaf;
            for (int level = 0; level < reducedHashtree.size(); level++) {
                List<byte[]> values = new ArrayList<>(reducedHashtree.get(level));
                if (level > 0) {
                    values.add(root);
                }
                root = with.node(values);
            }
            return root;
        }
    }

    private EvidenceRecord(
            org.bouncycastle.asn1.tsp.EvidenceRecord asn1, List<List<ArchiveTimeStamp>> chains, List<byte[]> chainDer) {
        this.asn1 = asn1;
        this.chains = chains;
        this.chainDer = chainDer;
    }

    /**
     * @throws MalformedEvidenceRecordException if {@code der} is not exactly one evidence record in DER within the limits;
     *     never an unchecked exception
     */
    public static EvidenceRecord parse(byte[] der) throws MalformedEvidenceRecordException {
        if (der.length > MAX_BYTES) {
            throw new MalformedEvidenceRecordException("larger than " + MAX_BYTES + " bytes");
        }
        try {
            Asn1Shape.check(der);
            org.bouncycastle.asn1.tsp.EvidenceRecord asn1 = org.bouncycastle.asn1.tsp.EvidenceRecord.getInstance(der);
            // A renewal hashes these bytes: two encodings of one record would be two truths.
            if (!Arrays.equals(asn1.getEncoded(ASN1Encoding.DER), der)) {
                throw new MalformedEvidenceRecordException("not DER");
            }
            ArchiveTimeStampChain[] parts = asn1.getArchiveTimeStampSequence().getArchiveTimeStampChains();
            if (parts.length == 0 || parts.length > MAX_CHAINS) {
                throw new MalformedEvidenceRecordException(parts.length + " chains");
            }
            List<List<ArchiveTimeStamp>> chains = new ArrayList<>();
            List<byte[]> chainDer = new ArrayList<>();
            for (ArchiveTimeStampChain part : parts) {
                chains.add(chain(part));
                chainDer.add(part.getEncoded(ASN1Encoding.DER));
            }
            return new EvidenceRecord(asn1, List.copyOf(chains), List.copyOf(chainDer));
        } catch (IOException | RuntimeException e) {
            // Bouncy Castle reports malformed ASN.1 with IllegalArgumentException, ClassCastException and others.
            throw new MalformedEvidenceRecordException(
                    "malformed: " + e.getClass().getSimpleName(), e);
        }
    }

    private static List<ArchiveTimeStamp> chain(ArchiveTimeStampChain part)
            throws MalformedEvidenceRecordException, IOException {
        org.bouncycastle.asn1.tsp.ArchiveTimeStamp[] stamps = part.getArchiveTimestamps();
        if (stamps.length == 0 || stamps.length > MAX_TIMESTAMPS) {
            throw new MalformedEvidenceRecordException(stamps.length + " archive time-stamps in a chain");
        }
        List<ArchiveTimeStamp> chain = new ArrayList<>();
        for (org.bouncycastle.asn1.tsp.ArchiveTimeStamp stamp : stamps) {
            chain.add(stamp(stamp));
        }
        return List.copyOf(chain);
    }

    private static ArchiveTimeStamp stamp(org.bouncycastle.asn1.tsp.ArchiveTimeStamp stamp)
            throws MalformedEvidenceRecordException, IOException {
        byte[] tokenDer = stamp.getTimeStamp().getEncoded(ASN1Encoding.DER);
        TimestampToken token;
        try {
            token = TimestampToken.parse(tokenDer);
        } catch (MalformedTokenException e) {
            throw new MalformedEvidenceRecordException("a time-stamp in it is none: " + e.getMessage(), e);
        }
        AlgorithmIdentifier algorithm = stamp.getDigestAlgorithm();
        // Absent: that of the token (RFC 4998 section 4.1).
        String oid = algorithm == null
                ? token.imprintAlgorithm()
                : algorithm.getAlgorithm().getId();
        TreeHash hash = TreeHash.of(oid).orElse(null);
        List<List<byte[]>> tree = new ArrayList<>();
        PartialHashtree[] levels = stamp.getReducedHashTree();
        if (levels != null) {
            if (levels.length == 0 || levels.length > MAX_LEVELS) {
                throw new MalformedEvidenceRecordException(levels.length + " levels in a hash tree");
            }
            for (PartialHashtree level : levels) {
                tree.add(values(level, hash));
            }
        }
        return new ArchiveTimeStamp(hash, oid, List.copyOf(tree), token, tokenDer);
    }

    private static List<byte[]> values(PartialHashtree level, @Nullable TreeHash hash)
            throws MalformedEvidenceRecordException {
        byte[][] values = level.getValues();
        if (values.length == 0 || values.length > MAX_VALUES) {
            throw new MalformedEvidenceRecordException(values.length + " values in a level of a hash tree");
        }
        for (byte[] value : values) {
            // Of another length the concatenation could be cut elsewhere and mean other data.
            if (hash != null && value.length != hash.sizeBytes()) {
                throw new MalformedEvidenceRecordException(
                        "a value of " + value.length + " bytes in a tree of " + hash);
            }
        }
        return List.of(values);
    }

    /** The chains, each with its archive time-stamps; neither is empty. */
    List<List<ArchiveTimeStamp>> chains() {
        return chains;
    }

    /** DER of the sequence of the first {@code count} chains: what the next chain covers beside the data. */
    byte[] firstChainsDer(int count) {
        org.bouncycastle.asn1.ASN1EncodableVector parts = new org.bouncycastle.asn1.ASN1EncodableVector();
        try {
            for (byte[] chain : chainDer.subList(0, count)) {
                parts.add(org.bouncycastle.asn1.ASN1Primitive.fromByteArray(chain));
            }
            return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
        } catch (IOException e) {
            throw new IllegalStateException("was parsed from these bytes", e);
        }
    }

    /** The record's bytes. */
    public byte[] der() {
        try {
            return asn1.getEncoded(ASN1Encoding.DER);
        } catch (IOException e) {
            throw new IllegalStateException("was parsed from these bytes", e);
        }
    }

    org.bouncycastle.asn1.tsp.EvidenceRecord asn1() {
        return asn1;
    }

    /** All tokens, the oldest first. */
    public List<TimestampToken> tokens() {
        return chains.stream()
                .flatMap(List::stream)
                .map(ArchiveTimeStamp::token)
                .toList();
    }

    /** Algorithms in which the digests of the data are needed to check it: those of the first tree of each chain. */
    public List<TreeHash> dataHashes() {
        return chains.stream()
                .map(chain -> chain.get(0).hash())
                .filter(java.util.Objects::nonNull)
                .distinct()
                .toList();
    }
}
