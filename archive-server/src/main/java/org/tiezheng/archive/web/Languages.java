package org.tiezheng.archive.web;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.LocaleResolver;

/**
 * Language of a request: {@code ?lang=zh|en}, else the cookie a former {@code ?lang=} left, else Accept-Language, else
 * Chinese. Anything but the two languages is as if it were not there.
 */
public final class Languages implements LocaleResolver, HandlerInterceptor {
    public static final Locale CHINESE = Locale.SIMPLIFIED_CHINESE;
    private static final String NAME = "lang";

    /** Usable in filters too, where no dispatcher has run yet. */
    public static Locale of(HttpServletRequest request) {
        Locale asked = parse(request.getParameter(NAME));
        if (asked != null) {
            return asked;
        }
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                Locale kept = cookie.getName().equals(NAME) ? parse(cookie.getValue()) : null;
                if (kept != null) {
                    return kept;
                }
            }
        }
        if (request.getHeader(HttpHeaders.ACCEPT_LANGUAGE) != null) {
            for (Locale locale : Collections.list(request.getLocales())) {
                Locale known = parse(locale.getLanguage());
                if (known != null) {
                    return known;
                }
            }
        }
        return CHINESE;
    }

    private static @Nullable Locale parse(@Nullable String text) {
        if ("zh".equals(text)) {
            return CHINESE;
        }
        return "en".equals(text) ? Locale.ENGLISH : null;
    }

    @Override
    public Locale resolveLocale(HttpServletRequest request) {
        return of(request);
    }

    @Override
    public void setLocale(HttpServletRequest request, @Nullable HttpServletResponse response, @Nullable Locale locale) {
        throw new UnsupportedOperationException("the language is a parameter of the address");
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        Locale asked = parse(request.getParameter(NAME));
        if (asked != null) {
            ResponseCookie cookie = ResponseCookie.from(NAME, asked.getLanguage())
                    .path("/")
                    .maxAge(Duration.ofDays(365))
                    .httpOnly(true)
                    .sameSite("Lax")
                    .build();
            response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
        }
        return true;
    }
}
