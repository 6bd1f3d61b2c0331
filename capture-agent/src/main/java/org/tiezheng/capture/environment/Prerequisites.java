package org.tiezheng.capture.environment;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code doctor} asks, answered from an {@link EnvironmentRecord}: nothing is looked up twice. */
public final class Prerequisites {
    private static final int OLDEST_JAVA = 17;
    /** capture.md was established with 156; headless=new and the flags used exist since. */
    private static final int OLDEST_CHROMIUM = 120;

    private static final Pattern VERSION = Pattern.compile("(\\d+)(\\.\\d+)+");

    private Prerequisites() {}

    /** In the order of their importance; a driver of another major version than its browser is not OK. */
    public static List<Prerequisite> of(EnvironmentRecord environment) {
        List<Prerequisite> list = new ArrayList<>();
        int java = Runtime.version().feature();
        list.add(Prerequisite.of("java", Runtime.version().toString(), java >= OLDEST_JAVA, true));
        String chromium = version(environment, "chromium");
        String driver = version(environment, "chromedriver");
        list.add(Prerequisite.of("chromium", chromium, major(chromium) >= OLDEST_CHROMIUM, true));
        list.add(Prerequisite.of("chromedriver", driver, major(driver) > 0 && major(driver) == major(chromium), true));
        String ffmpeg = version(environment, "ffmpeg");
        list.add(Prerequisite.of("ffmpeg", ffmpeg, ffmpeg != null, false));
        Fonts fonts = environment.fonts();
        List<String> chinese = fonts == null ? List.of() : fonts.cjkFamilies();
        String some = String.join("; ", chinese.subList(0, Math.min(3, chinese.size())));
        list.add(Prerequisite.of("cjk-fonts", chinese.isEmpty() ? null : some, !chinese.isEmpty(), false));
        SandboxCapability sandbox = environment.sandbox();
        list.add(Prerequisite.of(
                "sandbox",
                sandbox.userNamespaces() ? "user namespaces" : String.join(", ", sandbox.reasons()),
                sandbox.userNamespaces(),
                false));
        environment.cleanliness().stream()
                .filter(check -> check.item() == CleanlinessCheck.Item.DISK_FREE)
                .forEach(check -> list.add(
                        Prerequisite.of("disk", check.evidence(), check.result() == CleanlinessCheck.Result.OK, true)));
        return list;
    }

    private static @Nullable String version(EnvironmentRecord environment, String program) {
        return environment.program(program).map(Program::version).orElse(null);
    }

    private static int major(@Nullable String version) {
        if (version == null) {
            return -1;
        }
        Matcher number = VERSION.matcher(version);
        return number.find() && number.group(1).length() < 6 ? Integer.parseInt(number.group(1)) : -1;
    }
}
