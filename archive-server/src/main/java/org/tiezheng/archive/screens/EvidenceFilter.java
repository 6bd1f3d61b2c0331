package org.tiezheng.archive.screens;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.web.Format;
import org.tiezheng.evidence.Verdict;

/**
 * What the reader of the evidence list asked for, as the address has it: what a saved search keeps, what the form shows again,
 * and what the catalogue is asked.
 *
 * @param values by name, only those that are not empty, in the order of {@link #NAMES}
 * @param problems names whose value cannot be used, with the code of the reason; the catalogue is then not asked
 * @param query what to ask
 */
public record EvidenceFilter(Map<String, String> values, Map<String, String> problems, EvidenceQuery query) {
    /** All conditions the list knows; days are days in Beijing, both included. */
    static final List<String> NAMES = List.of(
            "q",
            "url",
            "clue",
            "case",
            "fact",
            "shop",
            "platform",
            "officer",
            "from",
            "to",
            "verdict",
            "completeness",
            "confirmed",
            "review",
            "held",
            "code",
            "filed");

    static final List<String> COMPLETENESS =
            List.of("COMPLETE", "PARTIAL", "BLOCKED", "LOGIN_REQUIRED", "EMPTY", "FAILED");

    private static final int MAX_LENGTH = 200;
    private static final Set<String> YES_NO = Set.of("yes", "no");

    /** @param parameters of the request; unknown names are not looked at */
    static EvidenceFilter parse(Map<String, String> parameters) {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> problems = new LinkedHashMap<>();
        for (String name : NAMES) {
            String given = parameters.get(name);
            String value = given == null ? "" : given.strip();
            if (value.isEmpty()) {
                continue;
            }
            values.put(name, value);
            if (value.length() > MAX_LENGTH || value.indexOf('\0') >= 0) {
                problems.put(name, "invalid");
            }
        }
        Instant from = day(values, problems, "from", 0);
        Instant to = day(values, problems, "to", 1);
        Verdict verdict = null;
        if (values.containsKey("verdict")) {
            verdict = Arrays.stream(Verdict.values())
                    .filter(one -> one.name().equals(values.get("verdict")))
                    .findFirst()
                    .orElse(null);
            if (verdict == null) {
                problems.put("verdict", "invalid");
            }
        }
        if (values.containsKey("completeness") && !COMPLETENESS.contains(values.get("completeness"))) {
            problems.put("completeness", "invalid");
        }
        EvidenceQuery query = new EvidenceQuery(
                        values.get("q"),
                        values.get("clue"),
                        values.get("case"),
                        values.get("fact"),
                        values.get("shop"),
                        values.get("platform"),
                        values.get("url"),
                        values.get("officer"),
                        from,
                        to,
                        verdict,
                        values.get("completeness"),
                        yesNo(values, problems, "confirmed"),
                        yesNo(values, problems, "review"))
                .filing(values.get("code"), yesNo(values, problems, "filed"))
                .held(yesNo(values, problems, "held"));
        return new EvidenceFilter(values, problems, query);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** For an address, without the question mark; the same conditions always give the same text. */
    String queryString() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static @Nullable Instant day(
            Map<String, String> values, Map<String, String> problems, String name, int plusDays) {
        String text = values.get(name);
        if (text == null) {
            return null;
        }
        try {
            LocalDate day = LocalDate.parse(text);
            // The database knows no further ones, and no capture is from there.
            if (day.getYear() >= 1970 && day.getYear() < 10_000) {
                return day.plusDays(plusDays).atStartOfDay(Format.BEIJING).toInstant();
            }
        } catch (DateTimeParseException e) {
            // Said below.
        }
        problems.put(name, "date");
        return null;
    }

    private static @Nullable Boolean yesNo(Map<String, String> values, Map<String, String> problems, String name) {
        String text = values.get(name);
        if (text == null) {
            return null;
        }
        if (!YES_NO.contains(text)) {
            problems.put(name, "invalid");
            return null;
        }
        return text.equals("yes");
    }
}
