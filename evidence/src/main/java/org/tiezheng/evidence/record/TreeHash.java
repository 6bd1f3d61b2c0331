package org.tiezheng.evidence.record;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.jcajce.provider.digest.SM3;

/** Digest algorithms of hash trees. Source: FIPS 180-4, FIPS 202, GB/T 32905-2016; OIDs of RFC 5754 and NIST CSOR. */
public enum TreeHash {
    SHA256("SHA-256", "2.16.840.1.101.3.4.2.1", 32),
    SHA384("SHA-384", "2.16.840.1.101.3.4.2.2", 48),
    SHA512("SHA-512", "2.16.840.1.101.3.4.2.3", 64),
    SHA3_256("SHA3-256", "2.16.840.1.101.3.4.2.8", 32),
    SHA3_512("SHA3-512", "2.16.840.1.101.3.4.2.10", 64),
    SM3("SM3", "1.2.156.10197.1.401", 32);

    private final String jdkName;
    private final String oid;
    private final int sizeBytes;

    TreeHash(String jdkName, String oid, int sizeBytes) {
        this.jdkName = jdkName;
        this.oid = oid;
        this.sizeBytes = sizeBytes;
    }

    public static Optional<TreeHash> of(String oid) {
        return Arrays.stream(values()).filter(h -> h.oid.equals(oid)).findFirst();
    }

    public String oid() {
        return oid;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    AlgorithmIdentifier identifier() {
        return new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid));
    }

    public MessageDigest start() {
        if (this == SM3) {
            return new SM3.Digest();
        }
        try {
            return MessageDigest.getInstance(jdkName);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK from 17 on has " + jdkName, e);
        }
    }

    byte[] of(byte[]... parts) {
        MessageDigest digest = start();
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }

    /** One node from {@code values}: the value itself if it is alone, else the digest of all in ascending order. */
    byte[] node(List<byte[]> values) {
        if (values.size() == 1) {
            return values.get(0);
        }
        MessageDigest digest = start();
        values.stream().sorted(Arrays::compareUnsigned).forEach(digest::update);
        return digest.digest();
    }
}
