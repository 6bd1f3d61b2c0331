package org.tiezheng.archive.identity;

import java.util.List;

/**
 * What was asked for goes against a rule of this package, and nothing was changed. The texts for people are in the
 * message bundle: {@code identity.rule.<rule>}, with {@link #arguments()}.
 */
public final class RuleBrokenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Rule rule;
    private final transient List<Object> arguments;

    public RuleBrokenException(Rule rule, Object... arguments) {
        super(rule + (arguments.length == 0 ? "" : " " + List.of(arguments)));
        this.rule = rule;
        this.arguments = List.of(arguments);
    }

    public Rule rule() {
        return rule;
    }

    /** For the text: the roles in conflict, the faults of a password and the like. */
    public List<Object> arguments() {
        return arguments;
    }

    /** The rules. */
    public enum Rule {
        UNKNOWN_ACCOUNT,
        USERNAME_FORM,
        USERNAME_TAKEN,
        NAME_FORM,
        ROLES_CONFLICT,
        OWN_ACCOUNT,
        LAST_ADMINISTRATOR,
        NOT_LOCAL,
        WRONG_PASSWORD,
        PASSWORD_FAULTS,
        CERTIFICATE_FORM,
        CERTIFICATE_TAKEN,
        CERTIFICATE_DATES,
        CODE_WRONG,
        SECOND_FACTOR_SET,
        SECOND_FACTOR_REQUIRED,
        TOKEN_NAME,
        TOKEN_SCOPES,
        TOKEN_LIFE,
        TOO_MANY_TOKENS,
        UNKNOWN_TOKEN,
        UNKNOWN_SESSION
    }
}
