package org.tiezheng.archive.audit;

import org.jspecify.annotations.Nullable;

/**
 * Who acts: a person, a program with a token, or the server itself.
 *
 * @param id of the account or token; {@code system:COMPONENT} for the server
 * @param name as shown
 * @param role the role under which the act was allowed
 * @param certNo number of the officer's certificate
 * @param clientIp address the request came from
 * @param sessionId something that names the session without being usable as it: a digest, never the cookie
 */
public record Actor(
        String id,
        String name,
        String role,
        @Nullable String certNo,
        @Nullable String clientIp,
        @Nullable String sessionId) {
    /** The server itself, in one of its components: {@code Actor.system("ingest")}. */
    public static Actor system(String component) {
        return new Actor("system:" + component, "system", "SYSTEM", null, null, null);
    }
}
