package org.tiezheng.capture.record;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.environment.EnvironmentRecord;

/**
 * The machine and the programs (domain rows 13 to 17).
 *
 * @param survey what was found before the browser started; the cleanliness checks that only the browser can answer are
 *     filled in afterwards
 * @param browser Chromium as it really ran
 * @param fontsUsed families the page's text was drawn with; {@code (web)} marks those the page brought
 */
public record Environment(EnvironmentRecord survey, Browser browser, List<String> fontsUsed) {

    public Environment {
        fontsUsed = List.copyOf(fontsUsed);
    }

    /**
     * @param product as {@code Browser.getVersion} says, such as {@code Chrome/156.0.8078.79}
     * @param revision of Chromium's source
     * @param jsVersion of V8
     * @param userAgent sent to servers
     * @param driverVersion of chromedriver
     * @param arguments Chromium's command line, as the kernel has it
     * @param sandbox whether Chromium's sandbox held, as read from the kernel
     * @param sandboxDetail what was found; when off, why
     * @param user account Chromium ran under
     * @param gpu renderer string
     * @param webdriver {@code navigator.webdriver} as the page saw it; absent if it could not be asked
     */
    public record Browser(
            String product,
            String revision,
            String jsVersion,
            String userAgent,
            String driverVersion,
            List<String> arguments,
            Viewport viewport,
            List<String> languages,
            String timezone,
            boolean sandbox,
            String sandboxDetail,
            String user,
            String gpu,
            @Nullable Boolean webdriver) {

        public Browser {
            arguments = List.copyOf(arguments);
            languages = List.copyOf(languages);
        }
    }

    /** Sizes in CSS pixels. */
    public record Viewport(int width, int height, double deviceScaleFactor, boolean mobile, boolean touch) {}
}
