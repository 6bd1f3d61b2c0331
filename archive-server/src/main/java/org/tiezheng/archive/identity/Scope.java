package org.tiezheng.archive.identity;

import java.util.Arrays;
import java.util.Optional;

/**
 * What an API token may be used for. A scope never gives more than the roles of the token's account; it takes away.
 */
public enum Scope {
    CAPTURES_READ("captures.read"),
    CAPTURES_WRITE("captures.write"),
    EVIDENCE_READ("evidence.read"),
    EVIDENCE_WRITE("evidence.write"),
    /** What system administrators and auditors do: accounts, tokens, stores, settings, audit. */
    ADMIN("admin"),
    /** The capture agents' protocol below {@code /api/agent}, and nothing else. */
    AGENT("agent");

    private final String text;

    Scope(String text) {
        this.text = text;
    }

    /** Text form, as users write it and the database keeps it. */
    public String text() {
        return text;
    }

    /** Name of the authority Spring Security knows this scope by. */
    public String authority() {
        return "SCOPE_" + text;
    }

    public static Optional<Scope> of(String text) {
        return Arrays.stream(values()).filter(scope -> scope.text.equals(text)).findFirst();
    }
}
