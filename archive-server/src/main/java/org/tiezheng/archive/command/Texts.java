package org.tiezheng.archive.command;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;

/** Texts of the command line, from {@code texts_zh_CN.properties} and {@code texts_en.properties}. */
final class Texts {
    private final ResourceBundle bundle;
    private final Locale locale;

    private Texts(Locale locale) {
        this.locale = locale;
        this.bundle = ResourceBundle.getBundle(
                "org.tiezheng.archive.command.texts",
                locale,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** @param language {@code en}; anything else is Chinese */
    static Texts of(String language) {
        return new Texts(language.equals("en") ? Locale.ENGLISH : Locale.SIMPLIFIED_CHINESE);
    }

    /** As the launcher chooses: TIEZHENG_LANG, else the locale of the terminal if English, else Chinese. */
    static Texts ofEnvironment(Map<String, String> environment) {
        for (String name : new String[] {"TIEZHENG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                return of(value.startsWith("en") ? "en" : "zh");
            }
        }
        return of("zh");
    }

    ResourceBundle bundle() {
        return bundle;
    }

    /** @throws java.util.MissingResourceException if there is no such text: a programming error */
    String get(String key, Object... values) {
        return new MessageFormat(bundle.getString(key), locale).format(values);
    }
}
