package org.tiezheng.archive.replay;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.filter.OncePerRequestFilter;
import org.tiezheng.archive.catalogue.ByteRange;

/**
 * Answers everything that comes in at the replay connector and lets nothing through to the screens and the API behind it;
 * everything that comes in at the main connector passes by. Stands before all other filters: no session is made or read.
 *
 * <pre>
 * GET /view/TOKEN           our page that embeds the player; ?url=…&amp;ts=…&amp;lang=zh name the archived page to open
 * GET /view.js, /view.css   its script and style
 * GET /replay/ui.js, sw.js  ReplayWeb.page, unmodified; LICENSE.txt and SOURCE.txt beside them
 * GET /data/TOKEN.wacz      the package the token opens, with Range
 * </pre>
 *
 * Everything else is 403, also other methods, also a token that has expired.
 */
public final class ReplayFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayFilter.class);

    private static final Pattern VIEW = Pattern.compile("/view/([A-Za-z0-9_-]{43})");
    private static final Pattern DATA = Pattern.compile("/data/([A-Za-z0-9_-]{43})\\.wacz");

    /** Path on the origin to resource on the class path, below {@code /replay-origin/}. */
    private static final Map<String, String> FILES = Map.of(
            "/view.js", "view.js",
            "/view.css", "view.css",
            "/replay/ui.js", "player/ui.js",
            "/replay/sw.js", "player/sw.js",
            "/replay/LICENSE.txt", "player/LICENSE.txt",
            "/replay/SOURCE.txt", "SOURCE.txt");

    /** Of the player's files. The worker itself is bound by it; the pages it makes up carry the player's own policy. */
    private static final String PLAYER_POLICY =
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

    /** {@code sandbox}: no window may be opened and no frame above may be steered, by archived pages either. */
    private static final String VIEW_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
            + "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
            + "frame-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
            + "sandbox allow-scripts allow-same-origin allow-forms; frame-ancestors ";

    private final ReplayConnector connector;
    private final ReplayTokens tokens;
    private final ReplayContent content;

    public ReplayFilter(ReplayConnector connector, ReplayTokens tokens, ReplayContent content) {
        this.connector = connector;
        this.tokens = tokens;
        this.content = content;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (connector.received(request)) {
            answer(request, response);
        } else {
            chain.doFilter(request, response);
        }
    }

    private void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cache-Control", "no-store");
        String path = request.getRequestURI();
        boolean get = request.getMethod().equals("GET");
        if (!get && !request.getMethod().equals("HEAD")) {
            refuse(response);
            return;
        }
        Matcher data = DATA.matcher(path);
        Matcher view = VIEW.matcher(path);
        String file = FILES.get(path);
        if (data.matches()) {
            data(data.group(1), request, response, get);
        } else if (view.matches()) {
            view(view.group(1), response, get);
        } else if (path.equals("/replay/") && get) {
            // What the player's frame loads before its worker has taken over: nothing, and nothing of ours.
            response.setHeader("Content-Security-Policy", PLAYER_POLICY);
            text(response, 200, "text/html;charset=utf-8", "<!doctype html><title>…</title>");
        } else if (file != null) {
            file(file, response, get);
        } else {
            refuse(response);
        }
    }

    private static void refuse(HttpServletResponse response) throws IOException {
        response.setHeader("Content-Security-Policy", "default-src 'none'");
        text(response, 403, "text/plain;charset=utf-8", "403\n");
    }

    private static void text(HttpServletResponse response, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    private void view(String token, HttpServletResponse response, boolean get) throws IOException {
        Optional<ReplayTokens.Grant> grant = tokens.find(token);
        if (grant.isEmpty()) {
            // Not 403: who comes here has an old page open and wants to know what to do.
            response.setHeader("Content-Security-Policy", "default-src 'none'");
            text(
                    response,
                    410,
                    "text/html;charset=utf-8",
                    "<!doctype html><meta charset=utf-8><title>410</title><p>此回放链接已过期,请回到证据页重新打开。"
                            + "<p>This replay link has expired. Open it again from the evidence page.");
            return;
        }
        response.setHeader(
                "Content-Security-Policy", VIEW_POLICY + "'self' " + grant.get().embedder());
        send("view.html", "text/html;charset=utf-8", response, get);
    }

    private static void file(String name, HttpServletResponse response, boolean get) throws IOException {
        response.setHeader("Content-Security-Policy", PLAYER_POLICY);
        if (name.startsWith("player/")) {
            response.setHeader("Cache-Control", "no-cache");
        }
        String type = name.endsWith(".js")
                ? "text/javascript;charset=utf-8"
                : name.endsWith(".css") ? "text/css;charset=utf-8" : "text/plain;charset=utf-8";
        send(name, type, response, get);
    }

    private static void send(String name, String type, HttpServletResponse response, boolean get) throws IOException {
        try (InputStream in = ReplayFilter.class.getResourceAsStream("/replay-origin/" + name)) {
            if (in == null) {
                LOG.error("{} is not on the class path: the build did not fetch the player", name);
                refuse(response);
                return;
            }
            response.setContentType(type);
            if (get) {
                in.transferTo(response.getOutputStream());
            }
        }
    }

    private void data(String token, HttpServletRequest request, HttpServletResponse response, boolean get)
            throws IOException {
        Optional<ReplayTokens.Grant> grant = tokens.find(token);
        OptionalLong known = grant.isEmpty()
                ? OptionalLong.empty()
                : content.sizeOf(grant.get().evidence());
        if (grant.isEmpty() || known.isEmpty()) {
            refuse(response);
            return;
        }
        long size = known.getAsLong();
        // HEAD knows no ranges (RFC 9110, section 14.2).
        ByteRange.Answer answer = ByteRange.of(get ? request.getHeader("Range") : null, size);
        ByteRange range = answer.range();
        response.setHeader("Accept-Ranges", "bytes");
        response.setHeader("Content-Security-Policy", "default-src 'none'");
        response.setContentType("application/wacz");
        response.setStatus(answer.status());
        if (range == null) {
            response.setHeader("Content-Range", "bytes */" + size);
            return;
        }
        if (answer.status() == 206) {
            response.setHeader("Content-Range", range.contentRange(size));
        }
        response.setContentLengthLong(range.length());
        if (get) {
            copy(grant.get().evidence(), range, response);
        }
    }

    /** A store that does not answer ends the connection early: the length is promised already. */
    private void copy(UUID evidence, ByteRange range, HttpServletResponse response) throws IOException {
        OutputStream out = response.getOutputStream();
        try (InputStream in = content.open(evidence, range.offset(), range.length())) {
            in.transferTo(out);
        }
    }
}
