package org.tiezheng.archive.settings;

/** A setting that no component knows. */
final class UnknownSettingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownSettingException(String message) {
        super(message);
    }
}
