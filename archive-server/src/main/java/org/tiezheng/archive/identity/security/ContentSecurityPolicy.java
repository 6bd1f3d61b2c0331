package org.tiezheng.archive.identity.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.security.web.header.HeaderWriter;

/**
 * {@code Content-Security-Policy} of our pages: scripts, styles and everything else from this origin only, nothing
 * inline, no eval, frames from the replay's origin only.
 */
final class ContentSecurityPolicy implements HeaderWriter {
    private static final String HEADER = "Content-Security-Policy";
    private static final Pattern ORIGIN = Pattern.compile("https?://[A-Za-z0-9.\\[\\]:-]+");

    private final List<FrameSource> frames;
    private final Optional<String> formTarget;

    /** @param formTarget origin a form's answer may redirect to beside ours: the identity provider's, for signing out */
    ContentSecurityPolicy(List<FrameSource> frames, Optional<String> formTarget) {
        this.frames = List.copyOf(frames);
        this.formTarget = formTarget;
    }

    @Override
    public void writeHeaders(HttpServletRequest request, HttpServletResponse response) {
        if (response.containsHeader(HEADER)) {
            // Somebody answered with a stricter one of his own: captured HTML shown as text, for example.
            return;
        }
        List<String> origins = frames.stream()
                .flatMap(source -> source.origin(request).stream())
                // An origin that follows the Host header must not be able to bring a directive with it.
                .filter(origin -> ORIGIN.matcher(origin).matches())
                .toList();
        response.setHeader(
                HEADER,
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
                        + " connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src "
                        + (origins.isEmpty() ? "'none'" : String.join(" ", origins))
                        + "; object-src 'none'; base-uri 'none'; form-action 'self'"
                        + formTarget.map(origin -> " " + origin).orElse("")
                        + "; frame-ancestors 'none'");
    }
}
