package org.tiezheng.archive.evidencepage;

import java.io.IOException;
import java.util.Optional;

/** The root certificates this server trusts, as text for a reader to compare with what he has from elsewhere. */
public interface TrustPem {
    /** Certificates in PEM; empty if the server trusts none. */
    Optional<String> pem() throws IOException;
}
