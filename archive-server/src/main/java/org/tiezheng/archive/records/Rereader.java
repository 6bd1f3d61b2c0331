package org.tiezheng.archive.records;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.time.TokenLife;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.storage.ContentMismatchException;
import org.tiezheng.storage.ObjectMissingException;
import org.tiezheng.storage.ObjectStore;

/**
 * Reads a package's objects again, each by its version, for digests under another algorithm. The digest that was recorded when it
 * was archived is compared first: of bytes that are not the archived ones no digest leaves this class.
 */
final class Rereader {
    private static final int BUFFER_BYTES = 1 << 18;

    private final RecordTable table;
    private final EvidenceCatalogue catalogue;
    private final ObjectStore store;
    private final Trust trust;

    Rereader(RecordTable table, EvidenceCatalogue catalogue, ObjectStore store, Trust trust) {
        this.table = table;
        this.catalogue = catalogue;
        this.store = store;
        this.trust = trust;
    }

    /**
     * What came of a package.
     *
     * @param digests by member, under the new algorithm; empty unless READ
     * @param reason which object is bad, and how; null if none
     */
    record Reading(
            RecordTable.Outcome outcome,
            Map<String, byte[]> digests,
            long bytes,
            @Nullable String reason) {}

    /** @throws IOException if the store did not answer: nothing is known, try again */
    Reading read(UUID evidence, TreeHash hash) throws IOException {
        Evidence found = catalogue.find(evidence).orElse(null);
        List<RecordTable.GroupObject> group = table.groups(List.of(evidence)).getOrDefault(evidence, List.of());
        if (found == null || found.disposedAt() != null || group.isEmpty()) {
            return new Reading(RecordTable.Outcome.GONE, Map.of(), 0, null);
        }
        Map<String, byte[]> digests = new LinkedHashMap<>();
        long bytes = 0;
        for (RecordTable.GroupObject object : group) {
            MessageDigest recorded = Digest.Algorithm.SHA256.start();
            MessageDigest wanted = hash.start();
            try (InputStream in = store.get(object.version(), 0, object.sizeBytes())) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    recorded.update(buffer, 0, n);
                    wanted.update(buffer, 0, n);
                    bytes += n;
                }
            } catch (ObjectMissingException | ContentMismatchException | java.io.EOFException e) {
                return bad(object, bytes, e.getClass().getSimpleName());
            }
            if (!MessageDigest.isEqual(recorded.digest(), HexFormat.of().parseHex(object.sha256()))) {
                return bad(object, bytes, "other bytes than were archived");
            }
            digests.put(object.member(), wanted.digest());
        }
        return new Reading(RecordTable.Outcome.READ, digests, bytes, null);
    }

    private static Reading bad(RecordTable.GroupObject object, long bytes, String how) {
        return new Reading(
                RecordTable.Outcome.BAD, Map.of(), bytes, object.member() + " " + object.version() + ": " + how);
    }

    TrustAnchors anchors() throws IOException {
        return trust.anchors();
    }

    /** Changes when a root comes on the list or goes off it. */
    String roots(TrustAnchors more) throws IOException {
        MessageDigest all = Digest.Algorithm.SHA256.start();
        anchors().and(more).certificates().stream()
                .map(Rereader::encoded)
                .sorted(Arrays::compareUnsigned)
                .forEach(all::update);
        return HexFormat.of().formatHex(all.digest());
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a parsed certificate has its encoding", e);
        }
    }

    /** When the policy ends the first algorithm a token stands on; of a token whose root is on no list any more, at once. */
    Instant algorithmsEnd(TimestampToken token, TrustAnchors more, AlgorithmPolicy policy) throws IOException {
        return TokenLife.of(token, anchors().and(more), policy)
                .map(TokenLife::algorithms)
                .orElse(Instant.MIN);
    }
}
