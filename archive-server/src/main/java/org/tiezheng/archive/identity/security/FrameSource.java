package org.tiezheng.archive.identity.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** Says which other origin pages may show in a frame: the replay's. The package of the replay gives the bean. */
public interface FrameSource {
    /** {@code scheme://host[:port]}, nothing else; empty: no frames. */
    Optional<String> origin(HttpServletRequest request);
}
