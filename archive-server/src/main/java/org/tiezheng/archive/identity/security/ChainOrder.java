package org.tiezheng.archive.identity.security;

/** Order of the security filter chains; the first whose matcher fits answers the request. */
public final class ChainOrder {
    /** Health checks: anybody. */
    public static final int HEALTH = 1;

    /** The replay port: static content, stateless. Defined by the package of the replay. */
    public static final int REPLAY = 10;

    /** {@code /api/**}: token or session, problem+json. */
    public static final int API = 20;

    /** Everything else: session, sign-in page. */
    public static final int SCREENS = 30;

    private ChainOrder() {}
}
