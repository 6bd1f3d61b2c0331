package org.tiezheng.archive.identity.screens;

import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.stereotype.Component;
import org.tiezheng.archive.identity.PasswordRules;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.RuleBrokenException;

/** Broken rules in the reader's language. */
@Component
class Words {
    private final MessageSource messages;

    Words(MessageSource messages) {
        this.messages = messages;
    }

    String of(RuleBrokenException broken) {
        Locale locale = LocaleContextHolder.getLocale();
        if (broken.rule() == RuleBrokenException.Rule.PASSWORD_FAULTS) {
            return broken.arguments().stream()
                    .filter(PasswordRules.Fault.class::isInstance)
                    .map(fault -> text("identity.password.fault." + fault, locale))
                    .collect(Collectors.joining(" "));
        }
        Object[] arguments = broken.arguments().stream()
                .map(argument -> argument instanceof Role role ? text("nav.role." + role, locale) : argument)
                .toArray();
        return text("identity.rule." + broken.rule(), locale, arguments);
    }

    private String text(String key, Locale locale, Object... arguments) {
        return Objects.requireNonNullElse(messages.getMessage(key, arguments, key, locale), key);
    }
}
