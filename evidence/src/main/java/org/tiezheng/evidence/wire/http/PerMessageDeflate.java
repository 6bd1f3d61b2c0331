package org.tiezheng.evidence.wire.http;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server's answer on WebSocket compression (RFC 7692).
 *
 * @param clientTakesOver whether the client's compressor keeps its window from one message to the next
 * @param serverTakesOver the same of the server's
 */
record PerMessageDeflate(boolean clientTakesOver, boolean serverTakesOver) {

    /** @param extensions value of Sec-WebSocket-Extensions in the response; null if there was none. @return null if not agreed on */
    static @Nullable PerMessageDeflate negotiated(@Nullable String extensions) {
        if (extensions == null) {
            return null;
        }
        for (String extension : extensions.split(",", -1)) {
            List<String> parts = Stream.of(extension.split(";", -1))
                    .map(part -> Text.lowerCase(part.strip()))
                    .toList();
            if (parts.get(0).equals("permessage-deflate")) {
                return new PerMessageDeflate(
                        !parts.contains("client_no_context_takeover"), !parts.contains("server_no_context_takeover"));
            }
        }
        return null;
    }
}
