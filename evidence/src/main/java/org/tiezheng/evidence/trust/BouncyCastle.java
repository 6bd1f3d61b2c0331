package org.tiezheng.evidence.trust;

import java.security.Provider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Bouncy Castle as an object to pass along. It is never registered in the JVM: ahead of the JDK's own providers it
 * would make SHA-256 eight times slower for everyone (docs/seal.md, "Speed").
 */
public final class BouncyCastle {
    /** Safe for use by several threads. */
    public static final Provider PROVIDER = new BouncyCastleProvider();

    private BouncyCastle() {}
}
