package org.tiezheng.archive.identity;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Where a sign-in comes from.
 *
 * @param ip as the connection says, or a configured proxy in front
 * @param userAgent as the browser calls itself: for its owner to recognise, proof of nothing; at most 300 characters
 */
public record Client(@Nullable String ip, @Nullable String userAgent) {
    private static final int AGENT_LENGTH = 300;

    public Client {
        if (userAgent != null) {
            String printable = userAgent.replaceAll("\\p{Cntrl}", " ");
            userAgent = printable.substring(0, Math.min(printable.length(), AGENT_LENGTH));
        }
    }

    public static Client of(HttpServletRequest request) {
        return new Client(request.getRemoteAddr(), request.getHeader("User-Agent"));
    }
}
