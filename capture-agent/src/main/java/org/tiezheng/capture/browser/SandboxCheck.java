package org.tiezheng.capture.browser;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the sandbox's state from {@code /proc}: seccomp filter, no-new-privileges, namespaces. */
final class SandboxCheck {
    private SandboxCheck() {}

    /** @param refused why the sandbox was switched off at start; null if it was not */
    static SandboxState of(List<ProcessTable.Entry> processes, String user, @Nullable String refused) {
        if (refused != null) {
            return new SandboxState(false, user, refused);
        }
        long self = ProcessHandle.current().pid();
        List<String> faults = new ArrayList<>();
        int renderers = 0;
        int namespaces = 0;
        for (ProcessTable.Entry p : processes) {
            if (!p.has("--type=renderer")) {
                continue;
            }
            renderers++;
            String seccomp = ProcessTable.status(p.pid(), "Seccomp");
            String noNewPrivileges = ProcessTable.status(p.pid(), "NoNewPrivs");
            if (seccomp.isEmpty()) {
                renderers--; // it ended while we looked
                continue;
            }
            if (!seccomp.equals("2")) {
                faults.add("renderer " + p.pid() + " has no seccomp filter");
            }
            if (!noNewPrivileges.equals("1")) {
                faults.add("renderer " + p.pid() + " may gain privileges");
            }
            // Nested pids in NSpid show a pid namespace even where /proc/<pid>/ns may not be read.
            boolean ownPids = ProcessTable.status(p.pid(), "NSpid").split("\\s+", -1).length > 1;
            String userNamespace = ProcessTable.namespace(p.pid(), "user");
            boolean ownUsers = userNamespace.isEmpty() || !userNamespace.equals(ProcessTable.namespace(self, "user"));
            if (ownPids && ownUsers) {
                namespaces++;
            } else {
                faults.add("renderer " + p.pid() + " shares our namespaces");
            }
        }
        if (renderers == 0) {
            return new SandboxState(false, user, "no renderer to look at");
        }
        if (!faults.isEmpty()) {
            return new SandboxState(false, user, String.join("; ", faults));
        }
        return new SandboxState(
                true,
                user,
                renderers + " renderers with seccomp-BPF filter and no-new-privileges, " + namespaces
                        + " in user and pid namespaces of their own");
    }
}
