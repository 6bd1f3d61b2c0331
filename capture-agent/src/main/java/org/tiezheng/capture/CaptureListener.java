package org.tiezheng.capture;

import java.util.function.Consumer;

/** Hears how one capture goes on. Nothing it does or fails to do changes the capture. */
interface CaptureListener extends StepRunner.Listener {
    /** Where the figures come from, from now on. May be asked by any thread, at any time. */
    default void traffic(Progress.TrafficSource source) {}

    /**
     * Whether pictures of the window are wanted. If so, they come as JPEG to {@link #picture()} whenever the page has
     * changed: the frames of the screen video if there is one, otherwise at most one a second.
     */
    default boolean wantsPictures() {
        return false;
    }

    /** Takes a picture, on the thread of the browser's events: it must return at once. */
    default Consumer<byte[]> picture() {
        return jpeg -> {};
    }
}
