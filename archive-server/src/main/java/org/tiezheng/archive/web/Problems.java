package org.tiezheng.archive.web;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.converter.HttpMessageConversionException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.validation.BindException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.ModelAndView;

/**
 * Turns whatever a controller or the container throws into a {@link Problem} and answers with it: JSON for programs, a page
 * in plain words for people. No stack trace ever leaves the server; the log has it under the number that is shown.
 */
@ControllerAdvice
@Controller
@Order(Ordered.LOWEST_PRECEDENCE)
public class Problems implements ErrorController {
    private final ProblemWriter writer;

    public Problems(ProblemWriter writer) {
        this.writer = writer;
    }

    /** Null: the answer is written. */
    @ExceptionHandler(Exception.class)
    @Nullable
    ModelAndView handle(Exception failure, HttpServletRequest request, HttpServletResponse response) throws Exception {
        // Spring Security's filter sends these to the sign-in page or to our refusal.
        if (failure instanceof AccessDeniedException || failure instanceof AuthenticationException) {
            throw failure;
        }
        // The reader has gone away; nobody is left to tell.
        if (failure instanceof AsyncRequestNotUsableException) {
            return null;
        }
        if (response.isCommitted()) {
            writer.report(problemOf(failure), request, Languages.of(request));
            // Breaks the connection: a half answer must not look whole.
            throw new IOException("answer broken off", failure);
        }
        return answer(problemOf(failure), request, response);
    }

    /** What the container or a filter answered with a bare status. */
    @RequestMapping("${server.error.path:/error}")
    @Nullable
    ModelAndView error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        Object failure = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
        Problem problem = problemOf(HttpStatusCode.valueOf(status instanceof Integer code && code >= 400 ? code : 404));
        if (problem.status().is5xxServerError() && failure instanceof Throwable cause) {
            problem = problem.because(cause);
        }
        return answer(problem, request, response);
    }

    /** The page or JSON of one problem; null if it is written. */
    @Nullable
    public ModelAndView answer(Problem problem, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (ProblemWriter.wantsJson(request)) {
            writer.writeJson(problem, request, response);
            return null;
        }
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (problem.retryAfterSeconds() > 0) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Integer.toString(problem.retryAfterSeconds()));
        }
        ProblemReport report = writer.report(problem, request, Languages.of(request));
        return new ModelAndView("error/problem", Map.of("problem", report), problem.status());
    }

    private static Problem problemOf(Exception failure) {
        if (failure instanceof Problem problem) {
            return problem;
        }
        if (failure instanceof MaxUploadSizeExceededException) {
            return Problem.of(HttpStatus.CONTENT_TOO_LARGE, "too-large");
        }
        if (failure instanceof MethodArgumentNotValidException invalid) {
            return Problem.invalid(invalid.getFieldErrors().stream()
                    .map(error -> new Problem.FieldError(error.getField(), "invalid", java.util.List.of()))
                    .toList());
        }
        // A body that is no JSON of its type; a path or parameter that is no number, no id.
        if (failure instanceof ErrorResponse answer) {
            return problemOf(answer.getStatusCode()).because(failure);
        }
        if (failure instanceof MethodArgumentTypeMismatchException mismatch) {
            // A part of the path that is no number names nothing; a parameter can be corrected.
            return mismatch.getParameter().hasParameterAnnotation(PathVariable.class)
                    ? Problem.notFound(String.valueOf(mismatch.getValue()))
                    : Problem.invalid(mismatch.getName(), "invalid");
        }
        if (failure instanceof HttpMessageConversionException
                || failure instanceof MultipartException
                || failure instanceof TypeMismatchException
                || failure instanceof BindException) {
            return Problem.of(HttpStatus.BAD_REQUEST, "bad-request").because(failure);
        }
        if (failure instanceof DataAccessResourceFailureException
                || failure instanceof CannotCreateTransactionException
                || failure instanceof QueryTimeoutException) {
            return Problem.of(HttpStatus.SERVICE_UNAVAILABLE, "database").because(failure);
        }
        return Problem.of(HttpStatus.INTERNAL_SERVER_ERROR, "internal").because(failure);
    }

    private static Problem problemOf(HttpStatusCode code) {
        HttpStatus status = HttpStatus.resolve(code.value());
        if (status == null) {
            status = code.is5xxServerError() ? HttpStatus.INTERNAL_SERVER_ERROR : HttpStatus.BAD_REQUEST;
        }
        return Problem.of(
                status,
                switch (status) {
                    case UNAUTHORIZED -> "unauthorized";
                    case FORBIDDEN -> "forbidden";
                    case NOT_FOUND -> "no-page";
                    case METHOD_NOT_ALLOWED -> "method";
                    case CONFLICT -> "conflict";
                    case CONTENT_TOO_LARGE -> "too-large";
                    case UNSUPPORTED_MEDIA_TYPE, NOT_ACCEPTABLE -> "media-type";
                    case TOO_MANY_REQUESTS -> "too-many";
                    case SERVICE_UNAVAILABLE -> "unavailable";
                    default -> status.is5xxServerError() ? "internal" : "bad-request";
                });
    }
}
