package org.tiezheng.verifier.cli;

import java.util.Locale;
import java.util.ResourceBundle;
import org.tiezheng.evidence.Code;

/** Texts for the user in one language. Places {@code {0}}, {@code {1}} … are filled in as they are, without quoting rules. */
final class Messages {
    private static final String BUNDLE = "org.tiezheng.verifier.cli.messages";

    private final ResourceBundle bundle;

    /** Languages of this program, the default first. */
    enum Language {
        ZH("zh", Locale.SIMPLIFIED_CHINESE),
        EN("en", Locale.ENGLISH);

        private final String option;
        private final Locale locale;

        Language(String option, Locale locale) {
            this.option = option;
            this.locale = locale;
        }

        String option() {
            return option;
        }
    }

    Messages(Language language) {
        bundle = ResourceBundle.getBundle(
                BUNDLE,
                language.locale,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** @throws java.util.MissingResourceException if a text is missing, which a test rules out */
    String get(String key, Object... values) {
        String text = bundle.getString(key);
        if (values.length == 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            boolean place = i + 2 < text.length() && text.charAt(i) == '{' && text.charAt(i + 2) == '}';
            int number = place ? text.charAt(i + 1) - '0' : -1;
            if (number >= 0 && number < values.length) {
                out.append(values[number]);
                i += 2;
            } else {
                out.append(text.charAt(i));
            }
        }
        return out.toString();
    }

    ResourceBundle bundle() {
        return bundle;
    }

    /** @param part {@code title}, {@code meaning}, {@code consequence} or {@code action} */
    String code(Code code, String part) {
        return get("code." + code + "." + part);
    }
}
