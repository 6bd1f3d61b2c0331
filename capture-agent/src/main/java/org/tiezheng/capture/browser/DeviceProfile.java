package org.tiezheng.capture.browser;

import java.util.List;

/**
 * What the shop sees as the device: window, pixels, touch, user agent, language, time zone.
 *
 * @param name as given on the command line
 * @param width viewport width in CSS pixels
 * @param height viewport height in CSS pixels
 * @param scale device pixels per CSS pixel
 * @param mobile phone layout: mobile user agent, viewport meta tag honoured, overlay scroll bars
 * @param touch touch events instead of a mouse
 * @param languages in order of preference, as {@code navigator.languages}
 * @param timeZone IANA name
 */
public record DeviceProfile(
        String name,
        int width,
        int height,
        double scale,
        boolean mobile,
        boolean touch,
        List<String> languages,
        String timeZone) {

    /** The languages a shop in China expects. */
    public static final List<String> CHINESE = List.of("zh-CN", "zh");

    public static final String SHANGHAI = "Asia/Shanghai";

    /** Android release a phone claims; Chrome freezes it to this for every phone since its user-agent reduction. */
    private static final String ANDROID = "10";

    public DeviceProfile {
        languages = List.copyOf(languages);
        if (width < 200 || width > 4096 || height < 200 || height > 4096) {
            throw new IllegalArgumentException("viewport " + width + "x" + height + " is not within 200..4096");
        }
        if (!(scale >= 0.5 && scale <= 4)) {
            throw new IllegalArgumentException("scale " + scale + " is not within 0.5..4");
        }
        if (languages.isEmpty() || !languages.stream().allMatch(l -> l.matches("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"))) {
            throw new IllegalArgumentException("not a list of language tags: " + languages);
        }
        if (!timeZone.matches("[A-Za-z0-9_+/-]{1,64}")) {
            throw new IllegalArgumentException("not a time zone name: " + timeZone);
        }
    }

    public static DeviceProfile desktop() {
        return new DeviceProfile("desktop", 1920, 1080, 1, false, false, CHINESE, SHANGHAI);
    }

    public static DeviceProfile laptop() {
        return new DeviceProfile("laptop", 1366, 768, 1, false, false, CHINESE, SHANGHAI);
    }

    public static DeviceProfile phone() {
        return new DeviceProfile("phone", 390, 844, 3, true, true, CHINESE, SHANGHAI);
    }

    /** All profiles that can be named. */
    public static List<DeviceProfile> all() {
        return List.of(desktop(), laptop(), phone());
    }

    /**
     * The profile of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static DeviceProfile named(String name) {
        return all().stream()
                .filter(p -> p.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no device profile \"" + name + "\"; there are "
                        + all().stream().map(DeviceProfile::name).toList()));
    }

    public DeviceProfile withLanguages(List<String> newLanguages) {
        return new DeviceProfile(name, width, height, scale, mobile, touch, newLanguages, timeZone);
    }

    public DeviceProfile withTimeZone(String newTimeZone) {
        return new DeviceProfile(name, width, height, scale, mobile, touch, languages, newTimeZone);
    }

    public DeviceProfile withViewport(int newWidth, int newHeight) {
        return new DeviceProfile(name, newWidth, newHeight, scale, mobile, touch, languages, timeZone);
    }

    /**
     * The user agent a Chrome of this major version sends on such a device: its own one in the reduced form, without
     * the word Headless.
     */
    public String userAgent(int chromiumMajor) {
        return "Mozilla/5.0 (" + (mobile ? "Linux; Android " + ANDROID + "; K" : "X11; Linux x86_64")
                + ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + chromiumMajor + ".0.0.0"
                + (mobile ? " Mobile" : "") + " Safari/537.36";
    }

    /** {@code navigator.platform} and the {@code Sec-CH-UA-Platform} value that go with the user agent. */
    String platform() {
        return mobile ? "Android" : "Linux";
    }

    String platformVersion() {
        return mobile ? ANDROID + ".0.0" : "";
    }
}
