package org.tiezheng.auditor.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiezheng.verifier.cli.Messages;

/**
 * Subjects and reasons of findings in the reader's language. They are recorded in English; one that has the form of a text {@code
 * subject.*} or {@code reason.*} of the English bundle is said with that of the other language, any other as it was recorded.
 */
final class FindingTexts {
    private static final String BUNDLE = "org.tiezheng.auditor.audit.messages";
    private static final Pattern PLACE = Pattern.compile("\\{[0-9]\\}");
    /** Longer ones are hostile; they are not worth the search. */
    private static final int MAX_LENGTH = 600;

    private final Messages messages;
    private final List<Form> subjects;
    private final List<Form> reasons;

    /** An English text with places, which stand in the order of their numbers. */
    private record Form(String key, int letters, Pattern pattern) {
        static Form of(String key, String text) {
            StringBuilder pattern = new StringBuilder();
            int letters = 0;
            for (String literal : PLACE.split(text, -1)) {
                pattern.append(pattern.isEmpty() ? "" : "(.*?)").append(Pattern.quote(literal));
                letters += literal.length();
            }
            return new Form(key, letters, Pattern.compile(pattern.toString(), Pattern.DOTALL));
        }
    }

    /** @param messages of the language to speak */
    FindingTexts(Messages messages) {
        this.messages = messages;
        Messages english = new Messages(BUNDLE, Messages.Language.EN);
        this.subjects = forms(english, "subject.");
        this.reasons = forms(english, "reason.");
    }

    /** Those that say most come first. */
    private static List<Form> forms(Messages english, String prefix) {
        List<Form> forms = new ArrayList<>();
        for (String key : english.bundle().keySet()) {
            if (key.startsWith(prefix)) {
                forms.add(Form.of(key, english.get(key)));
            }
        }
        forms.sort(Comparator.comparingInt(Form::letters).reversed().thenComparing(Form::key));
        return List.copyOf(forms);
    }

    String subject(String recorded) {
        return say(recorded, subjects, false);
    }

    String reason(String recorded) {
        return say(recorded, reasons, true);
    }

    /** @param named whether what stands first may be a name of ours, as "version 3" */
    private String say(String recorded, List<Form> forms, boolean named) {
        if (recorded.length() > MAX_LENGTH) {
            return recorded;
        }
        for (Form form : forms) {
            Matcher matcher = form.pattern().matcher(recorded);
            if (matcher.matches()) {
                Object[] values = new Object[matcher.groupCount()];
                for (int i = 0; i < values.length; i++) {
                    String value = matcher.group(i + 1);
                    values[i] = named && i == 0 && matcher.start(1) == 0 ? say(value, forms, false) : value;
                }
                return messages.get(form.key(), values);
            }
        }
        return recorded;
    }
}
