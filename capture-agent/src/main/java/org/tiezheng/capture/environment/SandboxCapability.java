package org.tiezheng.capture.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether this kernel lets an unprivileged process make the namespaces Chromium's sandbox needs. What the kernel's switches say; the
 * state of the sandbox that really ran comes from the browser.
 *
 * @param userNamespaces false if some switch forbids them
 * @param reasons the switches that forbid, {@code name=value}; empty if none
 */
public record SandboxCapability(boolean userNamespaces, List<String> reasons) {

    public SandboxCapability {
        reasons = List.copyOf(reasons);
    }

    static SandboxCapability look() {
        List<String> against = new ArrayList<>();
        if ("0".equals(value("/proc/sys/kernel/unprivileged_userns_clone"))) {
            against.add("kernel.unprivileged_userns_clone=0");
        }
        String most = value("/proc/sys/user/max_user_namespaces");
        if (most == null || most.equals("0")) {
            against.add("user.max_user_namespaces=" + (most == null ? "absent" : most));
        }
        if ("1".equals(value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"))) {
            against.add("kernel.apparmor_restrict_unprivileged_userns=1");
        }
        return new SandboxCapability(against.isEmpty(), against);
    }

    private static @Nullable String value(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return null; // this kernel has no such switch
        }
    }
}
