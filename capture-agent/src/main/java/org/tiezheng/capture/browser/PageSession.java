package org.tiezheng.capture.browser;

import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls to one page that survive a page which does not answer: on a timeout the running script is terminated and the
 * call made once more. A crashed renderer fails at once; Chromium would let the call hang.
 */
final class PageSession {
    private static final Logger LOG = LoggerFactory.getLogger(PageSession.class);
    private static final Duration TERMINATE = Duration.ofSeconds(2);
    private static final String WORLD = "tiezheng";

    private final CdpConnection cdp;
    private final String id;
    private volatile boolean crashed;
    private final AtomicInteger scriptsEnded = new AtomicInteger();

    PageSession(CdpConnection cdp, String id) {
        this.cdp = cdp;
        this.id = id;
    }

    String id() {
        return id;
    }

    boolean crashed() {
        return crashed;
    }

    void setCrashed(boolean crashed) {
        this.crashed = crashed;
    }

    private interface Attempt {
        JsonNode run() throws CdpException;
    }

    /** One attempt, no help. */
    JsonNode plain(String method, ObjectNode params, Duration timeout) throws CdpException {
        return cdp.call(id, method, params, timeout);
    }

    JsonNode call(String method, ObjectNode params, Duration timeout) throws CdpException {
        return stubborn(method, () -> cdp.call(id, method, params, timeout));
    }

    /** Not repeated: a second attempt would write to the same stream. */
    JsonNode callToStream(
            String method,
            ObjectNode params,
            String member,
            CdpConnection.Encoding encoding,
            OutputStream out,
            Duration timeout)
            throws CdpException {
        checkAlive(method);
        return cdp.callToStream(id, method, params, member, encoding, out, timeout);
    }

    private JsonNode stubborn(String method, Attempt attempt) throws CdpException {
        checkAlive(method);
        try {
            return attempt.run();
        } catch (CdpException.TimedOut e) {
            LOG.debug("{}: terminating the page's script", method);
            terminateScript();
            checkAlive(method);
            return attempt.run();
        }
    }

    private void checkAlive(String method) throws CdpException {
        if (crashed) {
            throw new CdpException.SessionGone(method + ": the renderer has crashed");
        }
    }

    /** Stops the script that is running, if any. For pages that do not answer: what a script still had to do is lost. */
    void terminateScript() {
        scriptsEnded.incrementAndGet();
        try {
            cdp.call(id, "Runtime.terminateExecution", Json.object(), TERMINATE);
        } catch (CdpException e) {
            LOG.debug("terminateExecution: {}", e.getMessage());
        }
    }

    /** How often a page that did not answer had its script ended. */
    int scriptsEnded() {
        return scriptsEnded.get();
    }

    /**
     * The value of an expression in a world of our own in this frame: the page's scripts do not see it and cannot
     * change the built-in functions it uses.
     */
    JsonNode evaluate(String frameId, String expression, Duration timeout) throws CdpException {
        return stubborn("evaluate", () -> evaluateOnce(frameId, expression, timeout));
    }

    private JsonNode evaluateOnce(String frameId, String expression, Duration timeout) throws CdpException {
        JsonNode world =
                cdp.call(id, "Page.createIsolatedWorld", Json.object("frameId", frameId, "worldName", WORLD), timeout);
        JsonNode result = cdp.call(
                id,
                "Runtime.evaluate",
                Json.object(
                        "expression",
                        expression,
                        "contextId",
                        Json.integer(world, "executionContextId", 0),
                        "returnByValue",
                        true),
                timeout);
        if (result.has("exceptionDetails")) {
            JsonNode details = result.get("exceptionDetails");
            String description = Json.text(Json.child(details, "exception"), "description");
            throw new CdpException.Refused("script failed: " + Json.text(details, "text") + " " + description);
        }
        return Json.child(Json.child(result, "result"), "value");
    }
}
