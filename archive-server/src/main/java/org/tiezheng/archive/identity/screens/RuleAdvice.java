package org.tiezheng.archive.identity.screens;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.servlet.ModelAndView;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.web.Languages;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.archive.web.ProblemReport;
import org.tiezheng.archive.web.ProblemWriter;

/** Answers a broken rule that no form has caught: 404 for what does not exist, else 409, with its words. */
@ControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class RuleAdvice {
    private final ProblemWriter writer;
    private final Words words;

    RuleAdvice(ProblemWriter writer, Words words) {
        this.writer = writer;
        this.words = words;
    }

    @ExceptionHandler(RuleBrokenException.class)
    @Nullable
    ModelAndView handle(RuleBrokenException broken, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        boolean missing = switch (broken.rule()) {
            case UNKNOWN_ACCOUNT, UNKNOWN_TOKEN, UNKNOWN_SESSION -> true;
            default -> false;
        };
        Problem problem = Problem.of(
                        missing ? HttpStatus.NOT_FOUND : HttpStatus.CONFLICT,
                        "identity-rule",
                        words.of(broken),
                        broken.rule().name())
                .because(broken);
        if (ProblemWriter.wantsJson(request)) {
            writer.writeJson(problem, request, response);
            return null;
        }
        ProblemReport report = writer.report(problem, request, Languages.of(request));
        return new ModelAndView("error/problem", java.util.Map.of("problem", report), problem.status());
    }
}
