package org.tiezheng.capture;

/** Something the user can put right before anything is started. The text is in the user's language and complete. */
final class UserError extends Exception {
    private static final long serialVersionUID = 1;

    UserError(String text) {
        super(text);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
