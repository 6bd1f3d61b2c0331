package org.tiezheng.evidence.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.Forge;
import org.tiezheng.evidence.time.TimestampToken;

/** What the vectors cannot show: batches of every size, and bytes that are no record. */
class EvidenceRecordTest {
    private static final TreeHash HASH = TreeHash.SHA256;

    private static List<List<byte[]>> groups(int count) {
        List<List<byte[]>> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<byte[]> group = new ArrayList<>();
            for (int j = 0; j <= i % 3; j++) {
                group.add(HASH.of(new byte[] {(byte) (i >> 8), (byte) i, (byte) j}));
            }
            groups.add(group);
        }
        return groups;
    }

    @Test
    void everyGroupOfEveryBatchLeadsToTheRoot() {
        for (int count : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 100, 255, 256, 257}) {
            List<List<byte[]>> groups = groups(count);
            MerkleBatch batch = new MerkleBatch(HASH, groups);
            for (int i = 0; i < count; i++) {
                List<List<byte[]>> tree = batch.reducedHashtree(i);
                assertThat(tree.get(0)).containsExactlyInAnyOrderElementsOf(groups.get(i));
                byte[] node = HASH.node(tree.get(0));
                for (List<byte[]> siblings : tree.subList(1, tree.size())) {
                    node = HASH.node(List.of(node, siblings.get(0)));
                }
                assertThat(node).as("group %d of %d", i, count).isEqualTo(batch.root());
            }
        }
    }

    @Test
    void groupsThatAreNoneAreRefused() {
        List<List<byte[]>> none = List.of();
        List<List<byte[]>> empty = List.of(List.of());
        List<List<byte[]>> tooShort = List.of(List.of(new byte[31]));
        for (List<List<byte[]>> wrong : List.of(none, empty, tooShort)) {
            assertThatThrownBy(() -> new MerkleBatch(HASH, wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static byte[] record() throws Exception {
        MerkleBatch batch = new MerkleBatch(HASH, groups(5));
        byte[] token = new Forge().token(Digest.ofBytes(Digest.Algorithm.SHA256, batch.root()), recipe -> {
            recipe.imprint = new ASN1ObjectIdentifier(HASH.oid());
            return recipe;
        });
        return EvidenceRecordWriter.first(batch, 2, TimestampToken.parse(token));
    }

    @Test
    void aRecordIsReadAsItWasWrittenAndNotCutOrFollowedByAnything() throws Exception {
        byte[] der = record();

        assertThat(EvidenceRecord.parse(der).der()).isEqualTo(der);
        for (byte[] other : List.of(Arrays.copyOf(der, der.length - 1), Arrays.copyOf(der, der.length + 1))) {
            assertThatThrownBy(() -> EvidenceRecord.parse(other)).isInstanceOf(MalformedEvidenceRecordException.class);
        }
    }

    /** A recursive parser would end in an Error that nobody catches. */
    @Test
    void nestingIsBounded() {
        byte[] indefinite = new byte[EvidenceRecord.MAX_BYTES / 2 * 2];
        for (int i = 0; i < indefinite.length; i += 2) {
            indefinite[i] = 0x30;
            indefinite[i + 1] = (byte) 0x80;
        }
        ByteBuffer definite = ByteBuffer.allocate(EvidenceRecord.MAX_BYTES / 6 * 6);
        while (definite.hasRemaining()) {
            definite.put((byte) 0x30).put((byte) 0x84).putInt(definite.remaining() - Integer.BYTES);
        }

        for (byte[] deep : List.of(indefinite, definite.array())) {
            assertThatThrownBy(() -> EvidenceRecord.parse(deep)).isInstanceOf(MalformedEvidenceRecordException.class);
        }
    }

    /** Any bytes are a record or malformed, never another exception. */
    @FuzzTest(maxDuration = "1m")
    void anyBytes(byte[] bytes) {
        try {
            assertThat(EvidenceRecord.parse(bytes).der()).isEqualTo(bytes);
        } catch (MalformedEvidenceRecordException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    /** A record with one byte changed anywhere is malformed or still read; what it proves is the checks' business. */
    @Test
    void oneChangedByteNeverEndsInAnythingElse() throws Exception {
        byte[] der = record();
        int malformed = 0;
        for (int at = 0; at < der.length; at++) {
            byte[] changed = der.clone();
            changed[at] ^= 0x5a;
            try {
                assertThat(EvidenceRecord.parse(changed).der()).isEqualTo(changed);
            } catch (MalformedEvidenceRecordException expected) {
                malformed++;
            }
        }
        assertThat(malformed).isPositive();
    }
}
