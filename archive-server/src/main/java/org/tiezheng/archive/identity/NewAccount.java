package org.tiezheng.archive.identity;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator says about somebody new.
 *
 * @param username see {@link Account#username()}; upper case is folded
 * @param password null: a one-time password is made; otherwise the person's own, which must keep the rules
 */
public record NewAccount(
        String username,
        String displayName,
        Set<Role> roles,
        @Nullable String password) {
    public NewAccount {
        roles = Set.copyOf(roles);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "NewAccount[" + username + ", " + roles + "]";
    }
}
