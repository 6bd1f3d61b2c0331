package org.tiezheng.capture.environment;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this machine itself says about its clock.
 *
 * @param synchronised null if nobody could say
 * @param source {@code chronyc tracking} or {@code timedatectl}; null if neither could be asked
 * @param detail for the reader
 */
public record KernelClock(
        @Nullable Boolean synchronised, @Nullable String source, String detail) {

    static KernelClock ask(Duration timeout) {
        String why;
        try {
            Command.Output tracking = Command.run(timeout, 4096, List.of("chronyc", "-n", "tracking"));
            if (tracking.exitCode() == 0 && tracking.text().contains("Leap status")) {
                return new KernelClock(
                        tracking.text().matches("(?s).*Leap status\\s*:\\s*(Normal|Insert second|Delete second).*"),
                        "chronyc tracking",
                        tracking.text().strip().replaceAll("\\s*\\n\\s*", "; ").replaceAll("\\s+", " "));
            }
            why = "chronyc: exit code " + tracking.exitCode();
        } catch (IOException e) {
            why = "chronyc: " + e.getMessage();
        }
        try {
            Command.Output shown = Command.run(timeout, 4096, List.of("timedatectl", "show", "-p", "NTPSynchronized"));
            String text = shown.text().strip();
            if (shown.exitCode() == 0 && text.startsWith("NTPSynchronized=")) {
                return new KernelClock(text.equals("NTPSynchronized=yes"), "timedatectl", text);
            }
            why += "; timedatectl: exit code " + shown.exitCode();
        } catch (IOException e) {
            why += "; timedatectl: " + e.getMessage();
        }
        return new KernelClock(null, null, why);
    }
}
