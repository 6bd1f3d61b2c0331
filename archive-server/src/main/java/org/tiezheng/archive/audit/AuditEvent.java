package org.tiezheng.archive.audit;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One act, to be written down.
 *
 * @param action dotted lower case, the object first: {@code evidence.view}, {@code account.login}
 * @param objectType {@code evidence}, {@code job}, {@code account}, {@code store}, {@code setting}, {@code case}
 * @param objectId of the object; what the person typed if there is no such object
 * @param objectDigest SHA-256 of the object, where it has one
 * @param reason why, in words: given by a person, or why it was refused or failed
 * @param approvalRef the approval this act was allowed by
 */
public record AuditEvent(
        Actor actor,
        String action,
        String objectType,
        String objectId,
        @Nullable String objectDigest,
        Result result,
        @Nullable String reason,
        @Nullable String approvalRef) {
    private static final Pattern ACTION = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");
    private static final Pattern TYPE = Pattern.compile("[a-z][a-z-]*");

    /** How the act ended. */
    public enum Result {
        OK,
        /** Not allowed. */
        REFUSED,
        /** Allowed, but did not succeed. */
        FAILED
    }

    /** @throws IllegalArgumentException if action or object type are not of their form */
    public AuditEvent {
        if (!ACTION.matcher(action).matches()) {
            throw new IllegalArgumentException("an action is written like evidence.view, not \"" + action + "\"");
        }
        if (!TYPE.matcher(objectType).matches()) {
            throw new IllegalArgumentException("an object type is one lower-case word, not \"" + objectType + "\"");
        }
    }

    /** An act that succeeded. */
    public static AuditEvent ok(Actor actor, String action, String objectType, String objectId) {
        return new AuditEvent(actor, action, objectType, objectId, null, Result.OK, null, null);
    }

    /** An act that was not allowed. */
    public static AuditEvent refused(Actor actor, String action, String objectType, String objectId, String reason) {
        return new AuditEvent(actor, action, objectType, objectId, null, Result.REFUSED, reason, null);
    }
}
