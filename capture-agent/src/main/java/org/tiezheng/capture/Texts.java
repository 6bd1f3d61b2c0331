package org.tiezheng.capture;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.ResourceBundle;

/** Texts for users, from {@code messages_zh_CN.properties} and {@code messages_en.properties}. */
final class Texts {
    private final ResourceBundle bundle;
    private final Locale locale;

    private Texts(Locale locale) {
        this.locale = locale;
        this.bundle = ResourceBundle.getBundle(
                "org.tiezheng.capture.messages",
                locale,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** @param language {@code en}; anything else is Chinese */
    static Texts of(String language) {
        return new Texts(language.equals("en") ? Locale.ENGLISH : Locale.SIMPLIFIED_CHINESE);
    }

    /** As the launcher chooses: TIEZHENG_LANG, else the locale of the terminal if English, else Chinese. */
    static Texts ofEnvironment(Map<String, String> environment) {
        String wanted = environment.getOrDefault("TIEZHENG_LANG", "");
        if (!wanted.isEmpty()) {
            return of(wanted);
        }
        for (String name : new String[] {"LC_ALL", "LC_MESSAGES", "LANG"}) {
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                return of(value.startsWith("en") ? "en" : "zh");
            }
        }
        return of("zh");
    }

    Locale locale() {
        return locale;
    }

    ResourceBundle bundle() {
        return bundle;
    }

    /** @throws MissingResourceException if there is no such text: a programming error */
    String get(String key, Object... values) {
        return new MessageFormat(bundle.getString(key), locale).format(values);
    }

    /** The text of {@code key}, or {@code otherwise} if there is none: for words that come from elsewhere. */
    String getOr(String key, String otherwise) {
        return bundle.containsKey(key) ? get(key) : otherwise;
    }

    String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        if (bytes < 1024 * 1024) {
            return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
        }
        if (bytes < 1024L * 1024 * 1024) {
            return String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024));
        }
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (1024.0 * 1024 * 1024));
    }
}
