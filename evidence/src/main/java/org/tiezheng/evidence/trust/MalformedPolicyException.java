package org.tiezheng.evidence.trust;

/** Text that is no algorithm policy. The message names the line. Trying again is useless. */
public final class MalformedPolicyException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedPolicyException(String message) {
        super(message);
    }
}
