package org.tiezheng.archive.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.MessageSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import tools.jackson.databind.ObjectMapper;

/**
 * Gives a problem its number, writes the cause into the log and the answer into the response. For code outside of
 * controllers (filters, entry points); controllers throw {@link Problem}. Safe for use by many threads.
 */
public final class ProblemWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemWriter.class);
    /** Without letters that are read as digits. */
    private static final String ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    private static final int NUMBER_LENGTH = 8;

    private final Random random = new SecureRandom();
    private final MessageSource messages;
    private final ObjectMapper json;

    public ProblemWriter(MessageSource messages, ObjectMapper json) {
        this.messages = messages;
        this.json = json;
    }

    /** Whether the caller is a program: below {@code /api}, or a script of ours that says so. */
    public static boolean wantsJson(HttpServletRequest request) {
        // The address that failed, if this is the container's error page.
        Object failed = request.getAttribute("jakarta.servlet.error.request_uri");
        String path = failed instanceof String uri ? uri : request.getRequestURI();
        path = path.substring(Math.min(path.length(), request.getContextPath().length()));
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return path.startsWith("/api/")
                || path.equals("/api")
                || request.getHeader("HX-Request") != null
                || (accept != null && accept.contains("json") && !accept.contains("html"));
    }

    /** Numbers the problem and logs it: its stack only if it is our failure. */
    public ProblemReport report(Problem problem, HttpServletRequest request, Locale locale) {
        StringBuilder number = new StringBuilder("E-");
        for (int i = 0; i < NUMBER_LENGTH; i++) {
            number.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        // No query: it may hold personal data.
        if (problem.status().is5xxServerError()) {
            LOG.error(
                    "{} {} {} {} {}",
                    number,
                    problem.status().value(),
                    problem.code(),
                    request.getMethod(),
                    request.getRequestURI(),
                    problem.getCause() == null ? problem : problem.getCause());
        } else {
            LOG.info(
                    "{} {} {} {} {}",
                    number,
                    problem.status().value(),
                    problem.code(),
                    request.getMethod(),
                    request.getRequestURI());
        }
        return ProblemReport.of(problem, number.toString(), messages, locale);
    }

    /** Answers with problem+json; does nothing to a response that is under way already. */
    public void writeJson(Problem problem, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ProblemReport report = report(problem, request, Languages.of(request));
        if (response.isCommitted()) {
            return;
        }
        response.resetBuffer();
        response.setStatus(report.status());
        if (problem.retryAfterSeconds() > 0) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Integer.toString(problem.retryAfterSeconds()));
        }
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        Map<String, Object> body = report.toJson(request.getRequestURI());
        byte[] bytes = json.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
