package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The programs a capture runs, by absolute path, so that nothing is found through a search path that changed.
 *
 * @param chromium the ELF binary, not Debian's wrapper script, which adds flags and API keys of its own
 * @param chromedriver the driver of the same version
 * @param ffmpeg null when there is none: then no video
 * @param ffprobe null when there is none: then the video is not probed
 */
public record BrowserPrograms(
        Path chromium,
        Path chromedriver,
        @Nullable Path ffmpeg,
        @Nullable Path ffprobe) {

    private static final List<String> CHROMIUM = List.of(
            "/usr/lib/chromium/chromium",
            "/usr/lib/chromium-browser/chromium-browser",
            "/opt/google/chrome/chrome",
            "/opt/chromium.org/chromium/chromium");
    private static final List<String> CHROMEDRIVER = List.of(
            "/usr/bin/chromedriver", "/usr/lib/chromium/chromedriver", "/usr/lib/chromium-browser/chromedriver");

    /**
     * Looks in the places Debian and Ubuntu install to.
     *
     * @throws IOException if Chromium or its driver is missing; the message names both
     */
    public static BrowserPrograms find() throws IOException {
        Path chromium = first(CHROMIUM);
        Path chromedriver = first(CHROMEDRIVER);
        if (chromium == null || chromedriver == null) {
            List<String> missing = new ArrayList<>();
            if (chromium == null) {
                missing.add("chromium");
            }
            if (chromedriver == null) {
                missing.add("chromedriver");
            }
            throw new IOException("not installed: " + String.join(", ", missing)
                    + " (Debian: apt-get install chromium chromium-driver)");
        }
        return new BrowserPrograms(
                chromium, chromedriver, first(List.of("/usr/bin/ffmpeg")), first(List.of("/usr/bin/ffprobe")));
    }

    private static @Nullable Path first(List<String> candidates) {
        return candidates.stream()
                .map(Path::of)
                .filter(p -> Files.isRegularFile(p) && Files.isExecutable(p))
                .findFirst()
                .orElse(null);
    }
}
