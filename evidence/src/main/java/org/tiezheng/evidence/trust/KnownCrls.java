package org.tiezheng.evidence.trust;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tiezheng.evidence.Digest;

/**
 * CRLs whose signature was found good before, so that the same CRL in a hundred thousand packages is verified once. Only that is
 * remembered; what the CRL says is read each time. Thread-safe; holds the last {@value #MOST}.
 */
final class KnownCrls {
    private static final int MOST = 256;

    private final Map<String, Boolean> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    };

    /** @throws GeneralSecurityException if the CRL is not signed with this key, or cannot be verified */
    void requireSignedBy(PublicKey key, X509CRL crl) throws GeneralSecurityException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        digest.update(crl.getEncoded());
        byte[] ofCrl = digest.digest();
        digest.update(key.getEncoded());
        String pair = HexFormat.of().formatHex(ofCrl) + HexFormat.of().formatHex(digest.digest());
        synchronized (known) {
            if (known.containsKey(pair)) {
                // As used, so that it stays.
                boolean unused = known.get(pair);
                return;
            }
        }
        crl.verify(key, BouncyCastle.PROVIDER);
        synchronized (known) {
            known.put(pair, true);
        }
    }
}
