package org.tiezheng.archive.web;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;

/**
 * A problem in one language, ready to be shown.
 *
 * @param number names this occurrence; the log has it beside the cause
 * @param safe whether evidence is affected, in a sentence
 * @param fields message by field
 */
public record ProblemReport(
        int status,
        String code,
        String number,
        String title,
        @Nullable String detail,
        String safe,
        @Nullable String todo,
        Map<String, String> fields) {

    static ProblemReport of(Problem problem, String number, MessageSource messages, Locale locale) {
        Object[] arguments = problem.arguments().toArray();
        String key = "problem." + problem.code();
        String title = messages.getMessage(key, arguments, null, locale);
        Map<String, String> fields = new LinkedHashMap<>();
        for (Problem.FieldError field : problem.fields()) {
            String text = messages.getMessage(
                    "problem.field." + field.code(), field.arguments().toArray(), null, locale);
            fields.put(field.field(), text == null ? field.code() : text);
        }
        return new ProblemReport(
                problem.status().value(),
                problem.code(),
                number,
                // A code without words is a mistake of ours; the reader still learns the kind of failure.
                title == null
                        ? required(
                                messages,
                                "problem.status." + group(problem.status().value()),
                                locale)
                        : title,
                messages.getMessage(key + ".detail", arguments, null, locale),
                orElse(
                        messages.getMessage(key + ".safe", arguments, null, locale),
                        required(messages, "problem.safe", locale)),
                messages.getMessage(key + ".todo", arguments, null, locale),
                fields);
    }

    /** RFC 9457 members, then ours. The type is stable and no address: nothing is to be fetched from it. */
    Map<String, Object> toJson(String instance) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", "urn:tiezheng:problem:" + code);
        json.put("title", title);
        json.put("status", status);
        if (detail != null) {
            json.put("detail", detail);
        }
        json.put("instance", instance);
        json.put("code", code);
        json.put("number", number);
        json.put("evidence", safe);
        if (todo != null) {
            json.put("todo", todo);
        }
        if (!fields.isEmpty()) {
            List<Map<String, String>> errors = new ArrayList<>();
            fields.forEach((field, message) -> errors.add(Map.of("field", field, "message", message)));
            json.put("errors", errors);
        }
        return json;
    }

    private static String group(int status) {
        return status >= 500 ? "500" : "400";
    }

    private static String required(MessageSource messages, String key, Locale locale) {
        return messages.getMessage(key, null, locale);
    }

    private static String orElse(@Nullable String text, String other) {
        return text == null ? other : text;
    }
}
