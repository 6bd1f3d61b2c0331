package org.tiezheng.archive.web;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * Something the caller must be told, in words the caller understands: thrown anywhere below a controller, answered as
 * {@code application/problem+json} (RFC 9457) below {@code /api} and as a page elsewhere.
 *
 * <p>The code names the words, in any area's bundle: {@code problem.<code>} is the title (what failed), and, where given,
 * {@code .detail} (more, with the arguments) and {@code .todo} (what to do). {@code problem.<code>.safe} says whether
 * evidence is affected; without it the page says that stored evidence is not.
 *
 * <pre>throw Problem.of(HttpStatus.CONFLICT, "job.finished", jobId);</pre>
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final HttpStatus status;
    private final String code;
    private final transient List<Object> arguments;
    private final transient List<FieldError> fields;
    private final int retryAfterSeconds;

    private Problem(
            HttpStatus status,
            String code,
            List<Object> arguments,
            List<FieldError> fields,
            int retryAfterSeconds,
            @Nullable Throwable cause) {
        super(code + arguments, cause);
        this.status = status;
        this.code = code;
        this.arguments = arguments;
        this.fields = fields;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /**
     * One field of a form or a JSON body that cannot be accepted.
     *
     * @param field name as sent
     * @param code of its words, {@code problem.field.<code>}
     */
    public record FieldError(String field, String code, List<Object> arguments) {
        public FieldError {
            arguments = List.copyOf(arguments);
        }
    }

    /** @param code lower-case words with dots and hyphens; part of the interface, so it never changes its meaning */
    public static Problem of(HttpStatus status, String code, Object... arguments) {
        return new Problem(status, code, List.of(arguments), List.of(), 0, null);
    }

    /** 404 with the common words "does not exist, or is not visible to you". */
    public static Problem notFound(String what) {
        return of(HttpStatus.NOT_FOUND, "not-found", what);
    }

    /** 400 with a message at each field. */
    public static Problem invalid(List<FieldError> fields) {
        return new Problem(HttpStatus.BAD_REQUEST, "invalid", List.of(), List.copyOf(fields), 0, null);
    }

    /** 400 with a message at one field. */
    public static Problem invalid(String field, String code, Object... arguments) {
        return invalid(List.of(new FieldError(field, code, List.of(arguments))));
    }

    public Problem because(Throwable cause) {
        return new Problem(status, code, arguments, fields, retryAfterSeconds, cause);
    }

    /** With a Retry-After header. */
    public Problem retryAfter(int seconds) {
        return new Problem(status, code, arguments, fields, seconds, getCause());
    }

    public Problem with(FieldError field) {
        List<FieldError> all = new ArrayList<>(fields);
        all.add(field);
        return new Problem(status, code, arguments, List.copyOf(all), retryAfterSeconds, getCause());
    }

    public HttpStatus status() {
        return status;
    }

    public String code() {
        return code;
    }

    public List<Object> arguments() {
        return arguments;
    }

    public List<FieldError> fields() {
        return fields;
    }

    /** Zero: no such header. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
