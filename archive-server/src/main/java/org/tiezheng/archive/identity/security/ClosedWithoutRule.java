package org.tiezheng.archive.identity.security;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/** Refuses endpoints of ours that say nothing about who may use them: forgetting the rule closes, never opens. */
final class ClosedWithoutRule implements HandlerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(ClosedWithoutRule.class);

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        // The error page is shown to whoever met the error.
        if (request.getDispatcherType() != DispatcherType.ERROR
                && handler instanceof HandlerMethod method
                && isOurs(method)
                && !hasRule(method)) {
            LOG.error("{} has no @PreAuthorize: closed to everybody", method);
            throw new AccessDeniedException("no rule");
        }
        return true;
    }

    static boolean isOurs(HandlerMethod method) {
        return method.getBeanType().getName().startsWith("org.tiezheng.");
    }

    static boolean hasRule(HandlerMethod method) {
        return AnnotatedElementUtils.hasAnnotation(method.getMethod(), PreAuthorize.class)
                || AnnotatedElementUtils.hasAnnotation(method.getBeanType(), PreAuthorize.class);
    }
}
