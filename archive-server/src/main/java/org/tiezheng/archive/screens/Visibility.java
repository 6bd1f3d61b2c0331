package org.tiezheng.archive.screens;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.SignedIn;

/** What of the archive the reader's lists leave out. */
final class Visibility {
    private static final Set<Role> OTHER_READERS =
            Set.of(Role.INSPECTOR, Role.SECOND_OFFICER, Role.RESPONSIBLE_LEADER, Role.ARCHIVIST, Role.AUDITOR);

    private Visibility() {}

    /**
     * Who is a reader only as legal reviewer does not see what he was an officer of: nobody reviews his own work.
     *
     * @return the account whose captures are left out; null for none
     */
    static @Nullable String hiddenOfficer() {
        return CurrentActor.signedIn()
                .filter(reader -> reader.roles().contains(Role.LEGAL_REVIEWER))
                .filter(reader -> reader.roles().stream().noneMatch(OTHER_READERS::contains))
                .map(SignedIn::accountId)
                .map(Object::toString)
                .orElse(null);
    }
}
