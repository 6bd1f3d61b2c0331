package org.tiezheng.evidence.wire;

/** Which way bytes of a conversation went. */
public enum Direction {
    /** From the browser to the server. */
    CLIENT_TO_SERVER,
    /** From the server to the browser. */
    SERVER_TO_CLIENT;

    public Direction opposite() {
        return this == CLIENT_TO_SERVER ? SERVER_TO_CLIENT : CLIENT_TO_SERVER;
    }
}
