package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Command line and preferences of Chromium. Every group is there for a reason; docs/browser.md has them as a table. */
final class ChromiumFlags {
    /** File in the browser's folder. */
    static final String KEY_LOG = "keys.log";

    private static final List<String> OFF = List.of(
            "OptimizationHints",
            "OptimizationHintsFetching",
            "OptimizationGuideModelDownloading",
            "OptimizationTargetPrediction",
            "MediaRouter",
            "DialMediaRouteProvider",
            "CertificateTransparencyComponentUpdater",
            "Translate",
            "AutofillServerCommunication",
            "InterestFeedContentSuggestions",
            "NetworkTimeServiceQuerying",
            "HttpsUpgrades",
            "HttpsFirstBalancedModeAutoEnable",
            "PrivacySandboxSettings4",
            "SafeBrowsingHashPrefixRealTimeLookups",
            "Prerender2",
            "LazyImageLoading",
            "LazyFrameLoading",
            "WebUIOmniboxPopup",
            "WebUIOmniboxAimPopup");

    private ChromiumFlags() {}

    /**
     * @param majorVersion of the Chromium to be started
     * @param folder the browser's own, where it can write
     */
    static List<String> of(LaunchOptions options, int majorVersion, Path folder, boolean sandbox) {
        DeviceProfile device = options.device();
        List<String> flags = new ArrayList<>();
        flags.add("--headless=new");
        flags.add("--user-data-dir=" + folder.resolve("profile"));

        // All traffic through the relay, none beside it, and readable afterwards.
        if (options.socksPort() != 0) {
            flags.add("--proxy-server=socks5://127.0.0.1:" + options.socksPort());
            flags.add("--proxy-bypass-list=<-loopback>");
        }
        flags.add("--ssl-key-log-file=" + folder.resolve(KEY_LOG));
        flags.add("--disable-quic");
        flags.add("--webrtc-ip-handling-policy=disable_non_proxied_udp");
        flags.add("--force-webrtc-ip-handling-policy=disable_non_proxied_udp");

        // No request of Chromium's own. Port 9 is blocked inside Chromium, so these two never leave it.
        flags.add("--gaia-url=http://127.0.0.1:9/");
        flags.add("--component-updater=url-source=http://127.0.0.1:9/");
        flags.add("--disable-background-networking");
        flags.add("--disable-component-update");
        flags.add("--disable-sync");
        flags.add("--disable-domain-reliability");
        flags.add("--disable-breakpad");
        flags.add("--disable-crash-reporter");
        flags.add("--disable-client-side-phishing-detection");
        flags.add("--disable-default-apps");
        flags.add("--disable-extensions");
        flags.add("--disable-component-extensions-with-background-pages");
        flags.add("--disable-field-trial-config");
        flags.add("--no-first-run");
        flags.add("--no-default-browser-check");
        flags.add("--no-pings");
        flags.add("--metrics-recording-only");
        flags.add("--password-store=basic");
        flags.add("--use-mock-keychain");
        flags.add("--disable-search-engine-choice-screen");
        flags.add("--disable-features=" + String.join(",", OFF));

        // The same page looks and runs the same, in the background too.
        flags.add("--disable-background-timer-throttling");
        flags.add("--disable-backgrounding-occluded-windows");
        flags.add("--disable-renderer-backgrounding");
        flags.add("--hide-scrollbars");
        flags.add("--mute-audio");
        flags.add("--force-color-profile=srgb");
        flags.add("--autoplay-policy=no-user-gesture-required");
        flags.add("--disable-dev-shm-usage");

        // What the shop sees.
        flags.add("--window-size=" + device.width() + "," + device.height());
        flags.add("--screen-info={" + device.width() + "x" + device.height() + "}");
        flags.add("--user-agent=" + device.userAgent(majorVersion));
        flags.add("--lang=" + device.languages().get(0));
        flags.add("--disable-blink-features=AutomationControlled");

        if (!options.trustedSpki().isEmpty()) {
            flags.add("--ignore-certificate-errors-spki-list=" + String.join(",", options.trustedSpki()));
        }
        if (!sandbox) {
            flags.add("--no-sandbox");
        }
        return flags;
    }

    /**
     * Without a scheme for HTTP authentication Chromium shows what came with a 401, as if the visitor had declined to log
     * in. Otherwise it asks in a window of its own, which nobody answers, and the page or frame never loads.
     */
    static final Map<String, Object> LOCAL_STATE = Map.of("auth.schemes", "");

    static Map<String, Object> preferences(DeviceProfile device) {
        Map<String, Object> prefs = new LinkedHashMap<>();
        prefs.put("session.restore_on_startup", 4);
        prefs.put("session.startup_urls", List.of("about:blank"));
        prefs.put("signin.allowed", false);
        prefs.put("search.suggest_enabled", false);
        prefs.put("net.network_prediction_options", 2);
        prefs.put("safebrowsing.enabled", false);
        prefs.put("intl.accept_languages", String.join(",", device.languages()));
        return prefs;
    }

    /**
     * Major version in a product string such as {@code Chrome/156.0.8078.79} or {@code Chromium 156.0.8078.79 built on}.
     *
     * @throws IOException if there is none
     */
    static int majorVersion(String product) throws IOException {
        Matcher m = Pattern.compile("[/ ](\\d{1,6})\\.\\d").matcher(product);
        if (!m.find()) {
            throw new IOException("no version in \"" + product + "\"");
        }
        return Integer.parseInt(m.group(1));
    }
}
