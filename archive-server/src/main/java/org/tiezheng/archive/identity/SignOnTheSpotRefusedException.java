package org.tiezheng.archive.identity;

/** The second person could not be let in; the texts are in the message bundle, {@code identity.refusal.<refusal>}. */
public final class SignOnTheSpotRefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final SignInOutcome.Refusal refusal;

    SignOnTheSpotRefusedException(SignInOutcome.Refusal refusal) {
        super(refusal.name());
        this.refusal = refusal;
    }

    public SignInOutcome.Refusal refusal() {
        return refusal;
    }
}
