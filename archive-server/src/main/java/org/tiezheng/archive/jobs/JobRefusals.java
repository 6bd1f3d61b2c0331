package org.tiezheng.archive.jobs;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.servlet.ModelAndView;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.archive.web.Problems;

/** Says a {@link JobRefused} in the words of {@code problem.jobs.*}. */
@ControllerAdvice
@Order(0)
class JobRefusals {
    private final Problems problems;

    JobRefusals(Problems problems) {
        this.problems = problems;
    }

    /** Null: the answer is written. */
    @ExceptionHandler(JobRefused.class)
    @Nullable
    ModelAndView refused(JobRefused refused, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        return problems.answer(problem(refused), request, response);
    }

    static Problem problem(JobRefused refused) {
        return Problem.of(HttpStatus.valueOf(refused.code().status()), code(refused), refused.detail());
    }

    static String code(JobRefused refused) {
        return "jobs." + refused.code().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
