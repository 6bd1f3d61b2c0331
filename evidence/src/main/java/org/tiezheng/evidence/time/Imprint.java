package org.tiezheng.evidence.time;

import java.util.HexFormat;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.tiezheng.evidence.Digest;

/**
 * What a token is to be over: a digest with its algorithm.
 *
 * @param oid of the digest algorithm, dotted
 */
public record Imprint(String oid, byte[] value) {
    private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9][0-9]*)){1,32}");

    public Imprint {
        if (!OID.matcher(oid).matches()) {
            throw new IllegalArgumentException("not an OID: " + oid);
        }
        if (value.length < 20 || value.length > 64) {
            throw new IllegalArgumentException("not a digest: " + value.length + " bytes");
        }
        value = value.clone();
    }

    public static Imprint of(Digest sha256) {
        if (sha256.algorithm() != Digest.Algorithm.SHA256) {
            throw new IllegalArgumentException("SHA-256 is needed, got " + sha256);
        }
        return new Imprint(NISTObjectIdentifiers.id_sha256.getId(), sha256.bytes());
    }

    boolean isSha256() {
        return oid.equals(NISTObjectIdentifiers.id_sha256.getId());
    }

    /** A copy. */
    @Override
    public byte[] value() {
        return value.clone();
    }

    @Override
    public String toString() {
        return oid + ":" + HexFormat.of().formatHex(value);
    }
}
