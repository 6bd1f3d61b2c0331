package org.tiezheng.capture.browser.cdp;

import java.io.IOException;

/** A DevTools call did not give a result. The subclasses say why; this class itself means a malformed or oversized answer. */
public class CdpException extends IOException {
    private static final long serialVersionUID = 1L;

    public CdpException(String message) {
        super(message);
    }

    public CdpException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Chromium answered with an error. Asking again the same way is useless. */
    public static final class Refused extends CdpException {
        private static final long serialVersionUID = 1L;

        public Refused(String message) {
            super(message);
        }
    }

    /** No answer in time: typically a page whose script holds the renderer's main thread. */
    public static final class TimedOut extends CdpException {
        private static final long serialVersionUID = 1L;

        public TimedOut(String message) {
            super(message);
        }
    }

    /** The session ended or its renderer crashed while the call was under way. */
    public static final class SessionGone extends CdpException {
        private static final long serialVersionUID = 1L;

        public SessionGone(String message) {
            super(message);
        }
    }

    /** The connection to the browser is lost: the browser died or was closed. Every later call fails the same way. */
    public static final class ConnectionLost extends CdpException {
        private static final long serialVersionUID = 1L;

        public ConnectionLost(String message) {
            super(message);
        }
    }
}
