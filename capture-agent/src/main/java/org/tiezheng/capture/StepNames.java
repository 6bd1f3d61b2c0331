package org.tiezheng.capture;

import java.util.Set;

/** Names of the steps, as capture.json has them; docs/capture.md says what each does. */
final class StepNames {
    static final String CLOCK_BEFORE = "clock-before";
    static final String ENVIRONMENT = "environment";
    static final String NOT_BEFORE = "not-before";
    static final String RELAY = "relay";
    static final String BROWSER = "browser";
    static final String VIDEO_START = "video-start";
    static final String NAVIGATE = "navigate";
    static final String LOAD = "load";
    static final String SETTLE = "settle";
    static final String VIEWPORT = "viewport";
    static final String BEHAVIOURS = "behaviours";
    static final String DOM = "dom";
    static final String MHTML = "mhtml";
    static final String TEXT = "text";
    static final String SCREENSHOT = "screenshot";
    static final String PDF = "pdf";
    static final String FACTS = "facts";
    static final String VIDEO_STOP = "video-stop";
    static final String DOWNLOADS = "downloads";
    static final String CLOCK_AFTER = "clock-after";
    static final String CLOSE_BROWSER = "close-browser";
    static final String CLOSE_RELAY = "close-relay";
    static final String PCAPNG = "pcapng";
    static final String DERIVE = "derive";

    // Shown to the user, not on record: capture.json is finished by then.
    static final String WACZ = "wacz";
    static final String SEAL = "seal";

    /** Their failure says something about the surroundings and is an incident; the page is no less complete for it. */
    static final Set<String> SURROUNDINGS =
            Set.of(CLOCK_BEFORE, CLOCK_AFTER, ENVIRONMENT, NOT_BEFORE, CLOSE_BROWSER, CLOSE_RELAY);

    /** Nothing is missing if these were not wanted. */
    static final Set<String> OPTIONAL = Set.of(VIDEO_START, VIDEO_STOP);

    private StepNames() {}
}
