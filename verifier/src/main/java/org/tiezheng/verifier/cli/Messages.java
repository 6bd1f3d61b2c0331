package org.tiezheng.verifier.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ResourceBundle;
import org.tiezheng.evidence.Code;

/** Texts for the user in one language. Places {@code {0}}, {@code {1}} … are filled in as they are, without quoting rules. */
public final class Messages {
    /** The option that chooses the language. */
    public static final String LANG = "--lang";

    private static final String BUNDLE = "org.tiezheng.verifier.cli.messages";

    private final ResourceBundle bundle;

    /** Languages of this program, the default first. */
    public enum Language {
        ZH("zh", Locale.SIMPLIFIED_CHINESE),
        EN("en", Locale.ENGLISH);

        private final String option;
        private final Locale locale;

        Language(String option, Locale locale) {
            this.option = option;
            this.locale = locale;
        }

        public String option() {
            return option;
        }

        /**
         * The one a command line asks for with {@code --lang}, before it is parsed, since its errors have to be told in that
         * language too; {@link #ZH} if it does not ask, empty if it asks for one there is not.
         */
        public static Optional<Language> of(List<String> args) {
            String wanted = asked(args).orElse(ZH.option);
            return Arrays.stream(values())
                    .filter(one -> one.option.equals(wanted))
                    .findFirst();
        }

        /** What stands behind {@code --lang}. */
        public static Optional<String> asked(List<String> args) {
            for (int i = 0; i < args.size(); i++) {
                String arg = args.get(i);
                if (arg.startsWith(LANG + "=")) {
                    return Optional.of(arg.substring(LANG.length() + 1));
                }
                if (arg.equals(LANG) && i + 1 < args.size()) {
                    return Optional.of(args.get(i + 1));
                }
            }
            return Optional.empty();
        }
    }

    Messages(Language language) {
        this(BUNDLE, language);
    }

    /** @param name of a bundle that has every language */
    public Messages(String name, Language language) {
        bundle = ResourceBundle.getBundle(
                name,
                language.locale,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** @throws java.util.MissingResourceException if a text is missing, which a test rules out */
    public String get(String key, Object... values) {
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

    public ResourceBundle bundle() {
        return bundle;
    }

    /** @param part {@code title}, {@code meaning}, {@code consequence} or {@code action} */
    String code(Code code, String part) {
        return get("code." + code + "." + part);
    }
}
