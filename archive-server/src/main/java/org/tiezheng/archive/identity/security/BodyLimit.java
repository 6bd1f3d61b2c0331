package org.tiezheng.archive.identity.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.archive.web.ProblemWriter;

/**
 * Refuses bodies above {@value #MAXIMUM} bytes (a list of 10,000 addresses is 2 MB) with 413. Uploads of packages have
 * limits of their own and are left alone.
 */
final class BodyLimit extends OncePerRequestFilter {
    static final long MAXIMUM = 16_000_000;

    private static final List<String> UPLOADS =
            List.of("/api/agent/uploads", "/api/v1/uploads", "/uploads", "/filing/imports", "/api/v1/filing/imports");

    private final ProblemWriter problems;

    BodyLimit(ProblemWriter problems) {
        this.problems = problems;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        return UPLOADS.stream().anyMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"));
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getContentLengthLong() > MAXIMUM) {
            if (ProblemWriter.wantsJson(request)) {
                problems.writeJson(Problem.of(HttpStatus.CONTENT_TOO_LARGE, "too-large"), request, response);
            } else {
                response.sendError(HttpStatus.CONTENT_TOO_LARGE.value());
            }
            return;
        }
        // Without a length: counted while it is read. Forms and multipart are counted by Tomcat.
        chain.doFilter(request.getContentLengthLong() < 0 ? new Counted(request) : request, response);
    }

    private static final class Counted extends HttpServletRequestWrapper {
        private @Nullable ServletInputStream in;

        Counted(HttpServletRequest request) {
            super(request);
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            ServletInputStream opened = in;
            if (opened == null) {
                opened = new CountedStream(super.getInputStream());
                in = opened;
            }
            return opened;
        }

        @Override
        public BufferedReader getReader() throws IOException {
            String encoding = getCharacterEncoding();
            return new BufferedReader(new InputStreamReader(
                    getInputStream(), encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding)));
        }
    }

    private static final class CountedStream extends ServletInputStream {
        private final ServletInputStream in;
        private long count;

        CountedStream(ServletInputStream in) {
            this.in = in;
        }

        private int counted(int read) {
            count += read;
            if (count > MAXIMUM) {
                throw Problem.of(HttpStatus.CONTENT_TOO_LARGE, "too-large");
            }
            return read;
        }

        @Override
        public int read() throws IOException {
            int next = in.read();
            counted(next < 0 ? 0 : 1);
            return next;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int read = in.read(bytes, from, length);
            counted(Math.max(0, read));
            return read;
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
