package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.cdp.CdpException;

/** Whatever happens, no process and no folder of ours is left; and Chromium is sandboxed. */
class HygieneTest {
    /** The browser's own user must be able to reach its folder, which JUnit's is not. */
    private static Path tempRoot() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static void assertNothingLeft(String folderName) throws IOException {
        assertThat(tempRoot().resolve(folderName)).doesNotExist();
        assertThat(ProcessTable.all().stream()
                        .filter(p -> p.arguments().stream().anyMatch(a -> a.contains(folderName))))
                .isEmpty();
    }

    static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    @Test
    void anOrderlyEndLeavesNothing(@TempDir Path folder) throws Exception {
        String name;
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            name = bench.chromium.folder().getFileName().toString();
            site.page("/", "<p>hello");
            bench.load(site.url("/"));
            assertThat(bench.chromium.processes()).hasSizeGreaterThan(4);
            CloseReport report = bench.chromium.end();
            assertThat(report.orderly()).isTrue();
            assertThat(report.leftovers()).isEmpty();
            assertThat(bench.chromium.end()).isSameAs(report);
        }
        assertNothingLeft(name);
    }

    @Test
    void killingChromiumIsNoticedAtOnceAndLeavesNothing(@TempDir Path folder) throws Exception {
        String name;
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            name = bench.chromium.folder().getFileName().toString();
            Thread killer = new Thread(() -> {
                Pause.millis(500);
                ProcessHandle.of(bench.chromium.pid()).orElseThrow().destroyForcibly();
            });
            killer.start();
            long before = System.nanoTime();
            assertThatThrownBy(() -> bench.page.navigate(site.url("/never"), Bench.THIRTY))
                    .isInstanceOf(CdpException.ConnectionLost.class);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
            assertThat(bench.chromium.gone().get(1, TimeUnit.SECONDS)).isNotEmpty();
            assertThatThrownBy(() -> bench.page.facts(Bench.THIRTY)).isInstanceOf(CdpException.ConnectionLost.class);
            assertThat(bench.chromium.end().leftovers()).isEmpty();
        }
        assertNothingLeft(name);
    }

    /** Run in a JVM of its own: starts a browser, says its folder, and waits to be ended. */
    public static final class Owner {
        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            Bench bench = new Bench(folder, DeviceProfile.laptop());
            System.out.println("folder " + bench.chromium.folder().getFileName());
            System.out.flush();
            TimeUnit.MINUTES.sleep(2);
            bench.close();
        }
    }

    private record Child(Process process, String folderName) {
        static Child start(Path folder) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Owner.class.getName(),
                    folder.toString()));
            Process process = new ProcessBuilder(command)
                    .redirectError(folder.resolve("child.err").toFile())
                    .start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line;
            while ((line = out.readLine()) != null) {
                if (line.startsWith("folder ")) {
                    return new Child(process, line.substring(7));
                }
            }
            throw new IOException("the child ended: " + Files.readString(folder.resolve("child.err")));
        }

        List<ProcessTable.Entry> browsers() throws IOException {
            return BrowserFolder.processesOf(folderName, ProcessTable.all());
        }
    }

    @Test
    void theJanitorCleansUpAfterAKilledJvmAndTouchesNobodyElse(@TempDir Path folder) throws Exception {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Path childs = Files.createDirectory(folder.resolve("child"));
        try (Bench bench = new Bench(mine, DeviceProfile.laptop())) {
            Child child = Child.start(childs);
            try {
                assertThat(BrowserFolder.ownerAlive(child.folderName)).isTrue();
                Janitor.Report nothing = Janitor.cleanUp(tempRoot());
                assertThat(nothing.deleted()).noneMatch(p -> p.endsWith(child.folderName));
                assertThat(child.browsers()).isNotEmpty();
            } finally {
                child.process.destroyForcibly();
            }
            assertThat(child.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(child.browsers())
                    .as("kill -9 of the JVM leaves its browser")
                    .isNotEmpty();

            Janitor.Report report = Janitor.cleanUp(tempRoot());
            assertThat(report.failed()).isEmpty();
            assertThat(report.killed()).isNotEmpty();
            assertThat(report.deleted()).anyMatch(p -> p.endsWith(child.folderName));
            assertThat(child.browsers()).isEmpty();
            assertNothingLeft(child.folderName);
            assertThat(bench.page.facts(Bench.TEN).url()).as("ours is alive").isEqualTo("about:blank");
        }
    }

    @Test
    void theJanitorEndsAMarkedFfmpegOfADeadOwner(@TempDir Path folder) throws Exception {
        String dead = BrowserFolder.markFor(folder).replaceAll("-[0-9]+-([0-9]+)-", "-$1-1-");
        ProcessBuilder builder = new ProcessBuilder(
                "/usr/bin/ffmpeg",
                "-v",
                "error",
                "-re",
                "-f",
                "lavfi",
                "-i",
                "color=s=16x16",
                "-t",
                "120",
                "-f",
                "null",
                "-");
        Process living = builder.start();
        builder.environment().put(BrowserFolder.MARK, dead);
        Process orphan = builder.start();
        try {
            HangingPagesTest.await(
                    () -> ProcessTable.environment(orphan.pid()).contains(BrowserFolder.MARK + "=" + dead)
                            && ProcessTable.read(orphan.pid())
                                    .map(p -> p.name().equals("ffmpeg"))
                                    .orElse(false));
            assertThat(Janitor.cleanUp(folder).killed()).containsExactly(orphan.pid() + " ffmpeg");
            assertThat(orphan.waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(living.isAlive()).isTrue();
        } finally {
            living.destroyForcibly();
            orphan.destroyForcibly();
        }
    }

    /** In a container the leader of our session is outside: everything in it shows session 0. */
    @Test
    void aSessionWhoseLeaderCannotBeSeenIsNobodysProof(@TempDir Path folder) throws Exception {
        String name = BrowserFolder.markFor(folder);
        var marked = new ProcessTable.Entry(71, 1, 0, 5, "chromium", List.of("chromium", "--user-data-dir=/t/" + name));
        var stranger = new ProcessTable.Entry(72, 1, 0, 5, "chromium", List.of("chromium"));
        var recorder = new ProcessTable.Entry(81, 1, 60, 5, "ffmpeg", List.of("ffmpeg", "/t/" + name));
        var strangersFfmpeg = new ProcessTable.Entry(82, 1, 60, 5, "ffmpeg", List.of("ffmpeg"));
        var leader = new ProcessTable.Entry(91, 1, 91, 5, "chromedriver", List.of("chromedriver", "/t/" + name));
        var renderer = new ProcessTable.Entry(92, 91, 91, 5, "chromium", List.of("chromium"));
        assertThat(BrowserFolder.processesOf(
                        name, List.of(marked, stranger, recorder, strangersFfmpeg, leader, renderer)))
                .containsExactly(marked, recorder, leader, renderer);
    }

    @Test
    void anEndingJvmTakesItsBrowserWithIt(@TempDir Path folder) throws Exception {
        Child child = Child.start(folder);
        child.process.destroy(); // as Ctrl-C does: the shutdown hooks run
        assertThat(child.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(child.browsers()).isEmpty();
        assertNothingLeft(child.folderName);
    }

    @Test
    void aMemoryBombIsStoppedAndReported(@TempDir Path folder) throws Exception {
        AtomicLong reported = new AtomicLong();
        try (Site site = new Site();
                Bench bench = new Bench(
                        folder, Bench.options(folder, DeviceProfile.laptop()).withMemoryLimitBytes(900L << 20))) {
            bench.chromium.onMemoryLimit(reported::set);
            site.page(
                    "/",
                    "<title>bomb</title><script>const all = []; setInterval(() => {"
                            + "const b = new Uint8Array(40 << 20); for (let i = 0; i < b.length; i += 4096) b[i] = 1;"
                            + "all.push(b); }, 50)</script>");
            bench.page.navigate(site.url("/"), Bench.THIRTY);
            HangingPagesTest.await(() -> reported.get() > 0 && bench.page.crashed());
            assertThat(reported.get()).isGreaterThan(900L << 20);
            site.page("/", "<title>after</title>");
            assertThat(bench.load(site.url("/")).loaded()).isTrue();
            assertThat(bench.page.facts(Bench.TEN).title()).isEqualTo("after");
        }
    }

    @Test
    void theSandboxHoldsAndTheKernelSaysSo(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", "<p>x");
            bench.load(site.url("/"));
            BrowserFacts facts = bench.chromium.facts();
            assertThat(facts.sandbox().on()).as(facts.sandbox().reason()).isTrue();
            assertThat(facts.sandbox().user()).isNotEqualTo("root");
            assertThat(facts.arguments()).noneMatch(a -> a.startsWith("--no-sandbox"));
            for (ProcessTable.Entry p : bench.chromium.processes()) {
                assertThat(ProcessTable.status(p.pid(), "Uid")).as(p.toString()).doesNotStartWith("0\t");
                assertThat(ProcessTable.status(p.pid(), "NoNewPrivs"))
                        .as(p.toString())
                        .isEqualTo("1");
            }
            assertThat(ProcessTable.status(bench.chromium.pid(), "CapBnd"))
                    .isEqualTo(
                            root()
                                    ? "0000000000000000"
                                    : ProcessTable.status(
                                            ProcessHandle.current().pid(), "CapBnd"));
            assertThat(ProcessTable.status(bench.chromium.pid(), "CapPrm")).isEqualTo("0000000000000000");
            // Chromium's own account of it agrees.
            bench.page.waitLoad(bench.page.navigate("chrome://sandbox", Bench.TEN), Bench.TEN);
            assertThat(bench.page.facts(Bench.TEN).textStart())
                    .containsPattern("Layer 1 Sandbox\\s+Namespace")
                    .containsPattern("Seccomp-BPF sandbox\\s+Yes")
                    .contains("You are adequately sandboxed");
        }
    }

    @Test
    @EnabledIf("root")
    void withoutAnUnprivilegedUserThereIsNoSandboxAndTheRecordSaysSo(@TempDir Path folder) throws Exception {
        try (Bench bench =
                new Bench(folder, Bench.options(folder, DeviceProfile.laptop()).withBrowserUser("root"))) {
            SandboxState state = bench.chromium.facts().sandbox();
            assertThat(state.on()).isFalse();
            assertThat(state.user()).isEqualTo("root");
            assertThat(state.reason()).contains("root");
            assertThat(bench.chromium.facts().arguments()).contains("--no-sandbox");
        }
    }

    /** Chromium's socket lies below, and a socket's path is short; see BrowserFolder. */
    @Test
    void theTemporaryFolderMayHave14BytesAndALongOneIsNamed(@TempDir Path folder) throws Exception {
        Path deep = Files.createDirectory(
                Path.of("/tmp", String.format("t%08d", ProcessHandle.current().pid())));
        try {
            assertThat(deep.toString()).hasSize(14);
            Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("rwxr-xr-x"));
            LaunchOptions options = Bench.options(folder, DeviceProfile.laptop());
            try (Bench bench = new Bench(folder, options.withTempRoot(deep))) {
                assertThat(BrowserFolder.ownerAlive(
                                bench.chromium.folder().getFileName().toString()))
                        .isTrue();
            }
            Path deeper = Files.createDirectory(deep.resolve("a-folder-with-a-rather-long-name"));
            assertThatThrownBy(() -> Chromium.launch(options.withTempRoot(deeper), Clock.systemUTC()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(deeper.toString())
                    .hasMessageContaining("bytes too long for Chromium");
            assertThat(deeper).isEmptyDirectory();
            Files.delete(deeper);
        } finally {
            Files.delete(deep);
        }
    }

    @Test
    void anUnknownBrowserUserIsRefusedBeforeAnythingStarts(@TempDir Path folder) throws Exception {
        LaunchOptions options = Bench.options(folder, DeviceProfile.laptop()).withBrowserUser("no-such-user");
        assertThatThrownBy(() -> Chromium.launch(options, Clock.systemUTC()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no-such-user");
    }

    @Test
    void aBrowserThatDoesNotStartLeavesNothing(@TempDir Path folder) throws Exception {
        BrowserPrograms real = BrowserPrograms.find();
        Path fake = Files.writeString(
                tempRoot()
                        .resolve("tiezheng-fake-chromium-"
                                + ProcessHandle.current().pid()),
                "#!/bin/sh\n[ \"$1\" = --version ] && echo Chromium 156.0.1.2 || exit 7\n");
        try {
            assertThat(fake.toFile().setExecutable(true, false)).isTrue();
            LaunchOptions options = LaunchOptions.of(
                    new BrowserPrograms(fake, real.chromedriver(), null, null),
                    DeviceProfile.laptop(),
                    0,
                    folder.resolve("keys.log"));
            Path root = tempRoot();
            List<BrowserFolder> before = BrowserFolder.in(root);
            assertThatThrownBy(() -> Chromium.launch(options, Clock.systemUTC()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("does not start");
            String ours = "-" + ProcessHandle.current().pid() + "-";
            assertThat(BrowserFolder.in(root))
                    .filteredOn(f -> f.name().contains(ours) && !before.contains(f))
                    .isEmpty();
        } finally {
            Files.delete(fake);
        }
    }
}
