package org.tiezheng.evidence;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One thing a check saw.
 *
 * @param code which check
 * @param verdict VALID: checked and right; INVALID: the bytes were read and are wrong; INDETERMINATE:
 *     could not be checked, so nothing is known
 * @param subject what was looked at: a member path ({@code wacz/capture.wacz},
 *     {@code wacz/capture.wacz!archive/data.warc.gz} inside the inner WACZ), or {@code package}
 * @param details values for the reader, in order: {@code listed}, {@code computed}, {@code reason} and
 *     the like; texts in them are English and short, and come from us, never from the package unescaped
 */
public record Finding(Code code, Verdict verdict, String subject, Map<String, String> details) {

    public Finding {
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    public static Finding valid(Code code, String subject) {
        return new Finding(code, Verdict.VALID, subject, Map.of());
    }

    public static Finding invalid(Code code, String subject, String reason) {
        return new Finding(code, Verdict.INVALID, subject, Map.of("reason", reason));
    }

    /** Nothing is known: say in {@code reason} what stood in the way. */
    public static Finding indeterminate(Code code, String subject, String reason) {
        return new Finding(code, Verdict.INDETERMINATE, subject, Map.of("reason", reason));
    }

    /** The same finding with one more detail, after the others. */
    public Finding with(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(details);
        more.put(key, value);
        return new Finding(code, verdict, subject, more);
    }

    /** {@code M03 INVALID wacz/capture.wacz listed=… computed=…}: code first, so that grep works. */
    @Override
    public String toString() {
        return details.entrySet().stream()
                .map(e -> " " + e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining("", code + " " + verdict + " " + subject, ""));
    }
}
