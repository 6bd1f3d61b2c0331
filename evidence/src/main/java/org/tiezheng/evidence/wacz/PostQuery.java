package org.tiezheng.evidence.wacz;

import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * How players tell two POST requests for one URL apart: method and body become part of the URL that is looked up.
 *
 * <p>Equal to warcio.js {@code postToGetUrl} for form, JSON, plain text, multipart and other bodies. Known gaps: JSON
 * with repeated keys, numbers of which Java prints a digit more than JavaScript (JDK-4511638), and bodies over {@link
 * #MAX_BODY_BYTES}, of which only the beginning is seen. Such a request is recorded all the same, only its replay may miss.
 *
 * @param method of the request
 * @param requestBody the query made of the body, at most {@link #MAX_QUERY} characters
 * @param url the URL with method and query appended
 */
record PostQuery(String method, String requestBody, String url) {
    static final int MAX_BODY_BYTES = 1 << 20;
    static final int MAX_QUERY = 4096;

    private static final Pattern PART =
            Pattern.compile("name=\"([^\"]+)\"\r\n\r\n([^\n\r\u2028\u2029]*)", Pattern.CASE_INSENSITIVE);

    /** Null for GET. */
    static @Nullable PostQuery of(String method, String url, String contentType, byte[] body) {
        if (method.equals("GET")) {
            return null;
        }
        String text = new String(body, StandardCharsets.UTF_8);
        String query = switch (contentType.split(";", -1)[0]) {
            case "application/x-www-form-urlencoded" -> text;
            case "application/json" -> {
                JsonNode json = json(text);
                yield json == null ? "" : query(json);
            }
            case "text/plain" -> {
                JsonNode json = json(text);
                yield query(json == null ? Json.object() : json);
            }
            case "multipart/form-data" -> multipart(text, contentType);
            default -> "__wb_post_data=" + Base64.getEncoder().encodeToString(body);
        };
        String cut = query.substring(0, Math.min(MAX_QUERY, query.length()));
        String separator = url.indexOf('?') > 0 ? "&" : "?";
        return new PostQuery(method, cut, url + separator + "__wb_method=" + method + "&" + decodeUri(cut));
    }

    private static @Nullable JsonNode json(String text) {
        try {
            return Json.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            return null;
        }
    }

    private static String query(JsonNode json) {
        Map<String, String> params = new LinkedHashMap<>();
        collect(json, "", params, new LinkedHashMap<>());
        return encode(params);
    }

    private static void collect(JsonNode node, String key, Map<String, String> params, Map<String, Integer> repeated) {
        if (node.isObject()) {
            node.properties().forEach(child -> collect(child.getValue(), child.getKey(), params, repeated));
            return;
        }
        if (node.isArray()) {
            node.forEach(element -> collect(element, key, params, repeated));
            return;
        }
        String value = node.isNull() ? "null" : node.isNumber() ? number(node) : node.asString();
        if (!value.isEmpty()) {
            String free = key;
            if (params.containsKey(key)) {
                free = key + "." + repeated.merge(key, 2, (old, two) -> old + 1) + "_";
            }
            params.put(free, value);
        }
    }

    /** As JavaScript prints numbers: ECMAScript, Number::toString. */
    private static String number(JsonNode node) {
        double value = Double.parseDouble(node.asString());
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        BigDecimal exact = new BigDecimal(Double.toString(value));
        if (exact.signum() == 0) {
            return "0";
        }
        BigDecimal stripped = exact.stripTrailingZeros();
        int exponent = stripped.precision() - stripped.scale() - 1;
        if (exponent >= -6 && exponent < 21) {
            return stripped.toPlainString();
        }
        String digits = stripped.unscaledValue().abs().toString();
        return (stripped.signum() < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + (exponent < 0 ? "e-" : "e+")
                + Math.abs(exponent);
    }

    private static String multipart(String text, String contentType) {
        String[] halves = contentType.split("boundary=", -1);
        Map<String, String> params = new LinkedHashMap<>();
        if (halves.length > 1) {
            // No regular expression with "-*" at both ends: a body of dashes would take quadratic time.
            for (String part : text.split(Pattern.quote(halves[1]), -1)) {
                Matcher matcher = PART.matcher(withoutDashes(part).strip());
                if (matcher.find()) {
                    params.put(matcher.group(1), matcher.group(2));
                }
            }
        }
        return encode(params);
    }

    private static String withoutDashes(String part) {
        int from = 0;
        int to = part.length();
        while (from < to && part.charAt(from) == '-') {
            from++;
        }
        while (to > from && part.charAt(to - 1) == '-') {
            to--;
        }
        return part.substring(from, to);
    }

    /** URLSearchParams.toString(): application/x-www-form-urlencoded. */
    private static String encode(Map<String, String> params) {
        StringBuilder query = new StringBuilder();
        params.forEach((key, value) -> {
            query.append(query.isEmpty() ? "" : "&");
            query.append(URLEncoder.encode(key, StandardCharsets.UTF_8));
            query.append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        });
        return query.toString();
    }

    /** JavaScript's decodeURI: escapes of the reserved characters stay; empty if an escape is not UTF-8. */
    private static String decodeUri(String text) {
        StringBuilder decoded = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            if (text.charAt(i) != '%') {
                decoded.append(text.charAt(i++));
                continue;
            }
            int first = escaped(text, i);
            int length = first < 0 ? 0 : first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
            byte[] bytes = new byte[length];
            for (int k = 0; k < length; k++) {
                int value = escaped(text, i + 3 * k);
                if (value < 0) {
                    return "";
                }
                bytes[k] = (byte) value;
            }
            try {
                String character = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
                if (character.isEmpty()) {
                    return "";
                }
                boolean reserved = ";/?:@&=+$,#".contains(character);
                decoded.append(reserved ? text.substring(i, i + 3) : character);
            } catch (CharacterCodingException e) {
                return "";
            }
            i += 3 * length;
        }
        return decoded.toString();
    }

    private static int escaped(String text, int at) {
        if (at + 3 > text.length() || text.charAt(at) != '%') {
            return -1;
        }
        int high = Character.digit(text.charAt(at + 1), 16);
        int low = Character.digit(text.charAt(at + 2), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
}
