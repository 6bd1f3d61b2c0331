package org.tiezheng.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.Completeness;
import tools.jackson.core.JacksonException;

/**
 * Rules by which a page is suspected to be a refusal, a CAPTCHA or a login page. They are data ({@code
 * completeness-rules.json}); a hit names its rule, so that a reader can judge the suspicion.
 */
final class PageRules {
    private final List<Rule> rules;

    private PageRules(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * One rule. It hits when all conditions it has hold; within a list, one element is enough. Texts are compared without
     * regard to case, with runs of blanks as one.
     *
     * @param id stable
     * @param verdict BLOCKED or LOGIN_REQUIRED
     * @param status of the main document
     * @param title phrases in the title
     * @param text phrases in the visible text
     * @param textAtMost longest visible text, in characters: a shop page may mention a CAPTCHA, a CAPTCHA page says little else
     * @param url regular expression found in the final address
     * @param redirected whether the page must (or must not) have been reached over another address
     * @param passwordField whether the page must (or must not) show a password field
     * @param why what a hit suggests, English
     */
    record Rule(
            String id,
            Completeness.Verdict verdict,
            @Nullable List<Integer> status,
            @Nullable List<String> title,
            @Nullable List<String> text,
            @Nullable Integer textAtMost,
            @Nullable String url,
            @Nullable Boolean redirected,
            @Nullable Boolean passwordField,
            String why) {}

    private record RuleFile(String version, String comment, List<Rule> rules) {}

    /** A rule and what it saw. */
    record Hit(Rule rule, String seen) {}

    /** The rules of this jar. */
    static PageRules load() {
        try (InputStream in = PageRules.class.getResourceAsStream("completeness-rules.json")) {
            if (in == null) {
                throw new IllegalStateException("completeness-rules.json is missing in this jar");
            }
            return parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException("completeness-rules.json of this jar", e);
        }
    }

    /** @throws IOException if the file has an unknown key, a rule without condition, or a verdict that is no suspicion */
    static PageRules parse(InputStream in) throws IOException {
        RuleFile file;
        try {
            file = CaptureJson.mapper().readValue(in, RuleFile.class);
        } catch (JacksonException e) {
            throw new IOException("rules: " + e.getMessage(), e);
        }
        for (Rule rule : file.rules()) {
            if (rule.verdict() != Completeness.Verdict.BLOCKED
                    && rule.verdict() != Completeness.Verdict.LOGIN_REQUIRED) {
                throw new IOException("rule " + rule.id() + ": verdict " + rule.verdict());
            }
            if (rule.status() == null
                    && rule.title() == null
                    && rule.text() == null
                    && rule.url() == null
                    && rule.passwordField() == null) {
                throw new IOException("rule " + rule.id() + " has no condition");
            }
            try {
                Pattern.compile(rule.url() == null ? "" : rule.url());
            } catch (PatternSyntaxException e) {
                throw new IOException("rule " + rule.id() + ": " + e.getMessage(), e);
            }
        }
        return new PageRules(List.copyOf(file.rules()));
    }

    List<Hit> hits(@Nullable Integer status, SeenPage page) {
        List<Hit> hits = new ArrayList<>();
        for (Rule rule : rules) {
            hit(rule, status, page).ifPresent(seen -> hits.add(new Hit(rule, seen)));
        }
        return hits;
    }

    private static Optional<String> hit(Rule rule, @Nullable Integer status, SeenPage page) {
        List<String> seen = new ArrayList<>();
        if (rule.status() != null) {
            if (status == null || !rule.status().contains(status)) {
                return Optional.empty();
            }
            seen.add("HTTP status " + status);
        }
        if (rule.title() != null) {
            Optional<String> phrase = phrase(rule.title(), page.title());
            if (phrase.isEmpty()) {
                return Optional.empty();
            }
            seen.add("title has \"" + phrase.get() + "\"");
        }
        if (rule.text() != null) {
            Optional<String> phrase = phrase(rule.text(), page.text());
            if (phrase.isEmpty()) {
                return Optional.empty();
            }
            seen.add("text has \"" + phrase.get() + "\"");
        }
        if (rule.url() != null) {
            String url = page.finalUrl();
            if (url == null
                    || !Pattern.compile(rule.url(), Pattern.CASE_INSENSITIVE)
                            .matcher(url)
                            .find()) {
                return Optional.empty();
            }
            seen.add("address matches " + rule.url());
        }
        if (rule.textAtMost() != null) {
            if (page.textLength() > rule.textAtMost()) {
                return Optional.empty();
            }
            seen.add(page.textLength() + " characters of text");
        }
        if (rule.redirected() != null) {
            if (page.redirected() != rule.redirected()) {
                return Optional.empty();
            }
            seen.add(page.redirected() ? "redirected" : "not redirected");
        }
        if (rule.passwordField() != null) {
            if (page.passwordField() != rule.passwordField()) {
                return Optional.empty();
            }
            seen.add(page.passwordField() ? "password field" : "no password field");
        }
        return Optional.of(String.join(", ", seen));
    }

    private static Optional<String> phrase(List<String> phrases, String text) {
        String plain = plain(text);
        return phrases.stream().filter(phrase -> plain.contains(plain(phrase))).findFirst();
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ").strip();
    }
}
