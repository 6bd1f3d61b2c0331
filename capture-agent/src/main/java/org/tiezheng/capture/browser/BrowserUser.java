package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who Chromium runs as.
 *
 * <p>Chromium's sandbox refuses to work as root, and a page that breaks out of it should not be root either. So a root
 * agent starts chromedriver, and with it Chromium, through {@code setpriv} as an unprivileged user without capabilities
 * and without the means to gain new ones.
 *
 * @param name of the user
 * @param switching we are root and drop to this user; else we are it already
 */
record BrowserUser(String name, boolean switching) {
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final List<String> DEFAULTS = List.of("tiezheng", "nobody");

    /**
     * @param wanted null for the default
     * @throws IOException if a user was asked for by name and cannot be had
     */
    static BrowserUser choose(@Nullable String wanted) throws IOException {
        String self = System.getProperty("user.name", "?");
        boolean root = isRoot();
        if (!root) {
            if (wanted != null && !wanted.equals(self)) {
                throw new IOException("only root can run the browser as " + wanted + "; we are " + self);
            }
            return new BrowserUser(self, false);
        }
        if (wanted != null) {
            if (wanted.equals("root")) {
                return new BrowserUser("root", false);
            }
            if (!exists(wanted)) {
                throw new IOException("there is no user " + wanted);
            }
            if (!Files.isExecutable(SETPRIV)) {
                throw new IOException("setpriv (util-linux) is missing, cannot run the browser as " + wanted);
            }
            return new BrowserUser(wanted, true);
        }
        if (Files.isExecutable(SETPRIV)) {
            for (String name : DEFAULTS) {
                if (exists(name)) {
                    return new BrowserUser(name, true);
                }
            }
        }
        return new BrowserUser("root", false);
    }

    boolean isRootUser() {
        return !switching && name.equals("root");
    }

    /** The number of the account. */
    int uid() throws IOException {
        String number = switching
                ? id("-u")
                : ProcessTable.status(ProcessHandle.current().pid(), "Uid").split("\t", -1)[0];
        try {
            return Integer.parseInt(number);
        } catch (NumberFormatException e) {
            throw new IOException("the system does not say which number user " + name + " has", e);
        }
    }

    private static boolean isRoot() {
        return ProcessTable.status(ProcessHandle.current().pid(), "Uid").startsWith("0\t");
    }

    private static boolean exists(String user) throws IOException {
        try {
            return lookup().lookupPrincipalByName(user) != null;
        } catch (UserPrincipalNotFoundException e) {
            return false;
        }
    }

    private static UserPrincipalLookupService lookup() {
        return Path.of("/").getFileSystem().getUserPrincipalLookupService();
    }

    /** What to put in front of a command so that it runs as this user. */
    List<String> prefix() throws IOException {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SETPRIV)) {
            command.add(SETPRIV.toString());
            if (switching) {
                command.add("--reuid=" + id("-u"));
                command.add("--regid=" + id("-g"));
                command.add("--clear-groups");
                command.add("--inh-caps=-all");
                command.add("--bounding-set=-all");
            }
            command.add("--no-new-privs");
        }
        return command;
    }

    /** Gives a file or folder of ours to this user. */
    void own(Path path) throws IOException {
        if (!switching) {
            return;
        }
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        view.setGroup(lookup().lookupPrincipalByGroupName(id("-gn")));
        view.setOwner(lookup().lookupPrincipalByName(name));
    }

    /**
     * Whether this user may make user namespaces, which Chromium's sandbox is built from.
     *
     * @return null if so; else what the kernel said
     */
    @Nullable
    String namespacesRefused() throws IOException {
        List<String> command = new ArrayList<>(prefix());
        command.addAll(List.of("/usr/bin/unshare", "--user", "--map-root-user", "--net", "/bin/true"));
        String output = run(command, true);
        return output.isEmpty() ? null : output;
    }

    /** What a program says about its version, run as this user. */
    String versionOf(Path program) throws IOException {
        List<String> command = new ArrayList<>(prefix());
        command.addAll(List.of(program.toString(), "--version"));
        return run(command, false);
    }

    private String id(String option) throws IOException {
        return run(List.of("/usr/bin/id", option, name), false);
    }

    /** Runs a small program; gives its output, or in {@code failureOnly} mode its complaint and "" on success. */
    private static String run(List<String> command, boolean failureOnly) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output;
        try (var in = process.getInputStream()) {
            output = new String(in.readNBytes(4096), java.nio.charset.StandardCharsets.UTF_8).strip();
        }
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.get(0) + " does not end");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (failureOnly) {
            return process.exitValue() == 0 ? "" : (output.isEmpty() ? "exit " + process.exitValue() : output);
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }
}
