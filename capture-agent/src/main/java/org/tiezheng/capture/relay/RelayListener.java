package org.tiezheng.capture.relay;

/** Hears of events as they happen, on the relay's own thread: return at once, never block, never throw. */
public interface RelayListener {

    /** Hears nothing. */
    RelayListener NONE = new RelayListener() {};

    default void limitReached(LimitReached limit) {}

    default void denied(Denial denial) {}

    /** The recording is over; the capture must end. */
    default void failed(RelayFailure failure) {}
}
