package org.tiezheng.evidence.record;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.tsp.ArchiveTimeStamp;
import org.bouncycastle.asn1.tsp.ArchiveTimeStampChain;
import org.bouncycastle.asn1.tsp.ArchiveTimeStampSequence;
import org.bouncycastle.asn1.tsp.PartialHashtree;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * Makes evidence records and renews them. Nothing is checked here: check what comes out before it is kept.
 *
 * <pre>
 * MerkleBatch batch = new MerkleBatch(TreeHash.SHA256, groups);
 * byte[] ers = EvidenceRecordWriter.first(batch, i, tokenOver(batch.root()));
 * byte[] later = EvidenceRecordWriter.withRenewedToken(record, List.of(), tokenOver(EvidenceRecordWriter.renewalLeaf(record)));
 * </pre>
 *
 * <p>Source: RFC 4998 sections 4.2 and 5.2.
 */
public final class EvidenceRecordWriter {
    private EvidenceRecordWriter() {}

    /** The record of group {@code group}, with {@code token} over the root of {@code batch}. DER. */
    public static byte[] first(MerkleBatch batch, int group, TimestampToken token) {
        return first(batch.hash(), batch.reducedHashtree(group), token);
    }

    /** @param reducedHashtree from the group's digests up to what {@code token} is over */
    static byte[] first(TreeHash hash, List<List<byte[]>> reducedHashtree, TimestampToken token) {
        ArchiveTimeStamp stamp = stamp(hash, reducedHashtree, token);
        return der(new org.bouncycastle.asn1.tsp.EvidenceRecord(
                new AlgorithmIdentifier[] {hash.identifier()},
                null,
                null,
                new ArchiveTimeStampSequence(new ArchiveTimeStampChain(stamp))));
    }

    /** What the token of a time-stamp renewal is over: the last token, under the algorithm of the last chain. */
    public static byte[] renewalLeaf(EvidenceRecord record) {
        List<EvidenceRecord.ArchiveTimeStamp> chain =
                record.chains().get(record.chains().size() - 1);
        return hashOf(record).of(chain.get(chain.size() - 1).tokenDer());
    }

    /** Algorithm of the last chain. */
    public static TreeHash hashOf(EvidenceRecord record) {
        TreeHash hash = record.chains().get(record.chains().size() - 1).get(0).hash();
        if (hash == null) {
            throw new IllegalArgumentException("the record's last chain has a digest algorithm we do not know");
        }
        return hash;
    }

    /**
     * Time-stamp renewal: before the TSA's certificate or key ends.
     *
     * @param reducedHashtree from {@link #renewalLeaf} up to what {@code token} is over
     */
    public static byte[] withRenewedToken(
            EvidenceRecord record, List<List<byte[]>> reducedHashtree, TimestampToken token) {
        return der(record.asn1().addArchiveTimeStamp(stamp(hashOf(record), reducedHashtree, token), false));
    }

    /**
     * What the objects of a group become in a hash-tree renewal: H(H(data) || H(all chains so far)).
     *
     * @param digests of the data under the new algorithm {@code hash}
     */
    public static List<byte[]> renewalLeaves(EvidenceRecord record, TreeHash hash, List<byte[]> digests) {
        byte[] chains = hash.of(record.firstChainsDer(record.chains().size()));
        return digests.stream().map(digest -> hash.of(digest, chains)).toList();
    }

    /** Hash-tree renewal: before the digest algorithm ends. {@code batch} is over {@link #renewalLeaves} of its groups. */
    public static byte[] withNewChain(EvidenceRecord record, MerkleBatch batch, int group, TimestampToken token) {
        return withNewChain(record, batch.hash(), batch.reducedHashtree(group), token);
    }

    /** @param reducedHashtree from the group's {@link #renewalLeaves} up to what {@code token} is over */
    static byte[] withNewChain(
            EvidenceRecord record, TreeHash hash, List<List<byte[]>> reducedHashtree, TimestampToken token) {
        return der(record.asn1().addArchiveTimeStamp(stamp(hash, reducedHashtree, token), true));
    }

    private static ArchiveTimeStamp stamp(TreeHash hash, List<List<byte[]>> tree, TimestampToken token) {
        List<PartialHashtree> levels = new ArrayList<>();
        tree.forEach(level -> levels.add(new PartialHashtree(level.toArray(new byte[0][]))));
        try {
            // The record is DER as a whole, so the token in it is too; what is signed in it is DER already.
            ContentInfo content = ContentInfo.getInstance(ASN1Primitive.fromByteArray(token.der()));
            return new ArchiveTimeStamp(
                    hash.identifier(), levels.isEmpty() ? null : levels.toArray(new PartialHashtree[0]), content);
        } catch (IOException e) {
            throw new IllegalStateException("was parsed from these bytes", e);
        }
    }

    private static byte[] der(org.bouncycastle.asn1.tsp.EvidenceRecord record) {
        try {
            return record.getEncoded(ASN1Encoding.DER);
        } catch (IOException e) {
            throw new IllegalStateException("encodes into memory", e);
        }
    }
}
