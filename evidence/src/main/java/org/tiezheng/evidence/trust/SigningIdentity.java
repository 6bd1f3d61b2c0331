package org.tiezheng.evidence.trust;

import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;

/** A private key with what a verifier needs to believe it. Does not print the key. */
public final class SigningIdentity {
    private final PrivateKey key;
    private final List<X509Certificate> chain;
    private final Supplier<List<X509CRL>> crls;

    /**
     * @param key EC P-256 or larger
     * @param chain certificate of the key first, its issuer next, and so on
     * @param crls current revocation lists of the issuers in {@code chain}; asked once for each signature
     */
    public SigningIdentity(PrivateKey key, List<X509Certificate> chain, Supplier<List<X509CRL>> crls) {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a signer needs its certificate");
        }
        this.key = key;
        this.chain = List.copyOf(chain);
        this.crls = crls;
    }

    public PrivateKey key() {
        return key;
    }

    public X509Certificate certificate() {
        return chain.get(0);
    }

    public List<X509Certificate> chain() {
        return chain;
    }

    public List<X509CRL> crls() {
        return crls.get();
    }

    @Override
    public String toString() {
        return Texts.of(certificate().getSubjectX500Principal());
    }
}
