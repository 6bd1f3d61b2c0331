package org.tiezheng.archive.identity;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a person does in the archive. One person may hold several roles, but not every pair: see {@link #conflict}.
 *
 * <p>Source: {@code domain.md} B5, separation of duties.
 */
public enum Role {
    /** Captures, confirms as first or second officer, views. */
    INSPECTOR,
    /** Confirms what another officer captured; may capture too. */
    SECOND_OFFICER,
    /** Views, verifies and downloads evidence he was not an officer of. */
    LEGAL_REVIEWER,
    /** Views and approves. */
    RESPONSIBLE_LEADER,
    /** Views, keeps, sets and lifts legal holds. */
    ARCHIVIST,
    /** Reads everything, administrators' acts included, and changes nothing. */
    AUDITOR,
    /** Accounts, agents, stores and settings; sees no evidence. */
    SYSTEM_ADMINISTRATOR;

    private static final Map<Role, Set<Role>> NEVER_WITH = Map.of(
            SYSTEM_ADMINISTRATOR, EnumSet.complementOf(EnumSet.of(SYSTEM_ADMINISTRATOR)),
            AUDITOR, EnumSet.complementOf(EnumSet.of(AUDITOR)),
            LEGAL_REVIEWER, EnumSet.of(ARCHIVIST));

    /** Name of the authority Spring Security knows this role by: {@code hasRole('INSPECTOR')} asks for it. */
    public String authority() {
        return "ROLE_" + name();
    }

    /** Two of {@code roles} that one person may not hold together, if there are such. */
    public static Optional<Conflict> conflict(Collection<Role> roles) {
        for (Role role : roles) {
            for (Role other : roles) {
                if (NEVER_WITH.getOrDefault(role, Set.of()).contains(other)) {
                    return Optional.of(new Conflict(role, other));
                }
            }
        }
        return Optional.empty();
    }

    /** Two roles that separation of duties keeps apart. */
    public record Conflict(Role one, Role other) {}
}
