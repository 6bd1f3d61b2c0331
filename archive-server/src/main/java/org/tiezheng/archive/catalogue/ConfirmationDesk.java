package org.tiezheng.archive.catalogue;

import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.identity.SignOnTheSpotRefusedException;
import org.tiezheng.archive.web.Problem;

/** A confirmation as a request brings it: by whoever is signed in, or by a second person on the spot. */
public final class ConfirmationDesk {
    private ConfirmationDesk() {}

    /**
     * Confirms.
     *
     * @param actor whose session it is
     * @param username of the second officer, who types it and his password on this screen; null or blank if the session's own
     *     person confirms
     * @throws Problem 403 if the person could not be let in, 409 if a rule forbids the confirmation
     */
    public static Evidence confirm(
            Confirmations confirmations,
            Identity identity,
            UUID evidence,
            Actor actor,
            @Nullable String username,
            @Nullable String password,
            @Nullable String code) {
        String second = username == null ? "" : username.strip();
        boolean onTheSpot = !second.isEmpty();
        try {
            Actor officer = onTheSpot ? identity.signOnTheSpot(second, password == null ? "" : password, code) : actor;
            return confirmations.confirm(
                    evidence, officer, onTheSpot ? Confirmations.Method.ON_THE_SPOT : Confirmations.Method.OWN_SESSION);
        } catch (SignOnTheSpotRefusedException refused) {
            throw Problem.of(
                            HttpStatus.FORBIDDEN,
                            "catalogue.spot",
                            refused.refusal().name())
                    .because(refused);
        } catch (Confirmations.ConfirmationRefusedException refused) {
            throw Problem.of(
                            refused.refusal() == Confirmations.Refusal.NO_SUCH_EVIDENCE
                                    ? HttpStatus.NOT_FOUND
                                    : HttpStatus.CONFLICT,
                            "catalogue.confirm."
                                    + refused.refusal()
                                            .name()
                                            .toLowerCase(Locale.ROOT)
                                            .replace('_', '-'))
                    .because(refused);
        }
    }
}
