package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.FolderTree;
import org.tiezheng.capture.environment.CleanlinessCheck;
import org.tiezheng.capture.environment.ClockProof;
import org.tiezheng.capture.environment.LoopbackNtp;
import org.tiezheng.capture.record.Artefact;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.CaptureRecord;
import org.tiezheng.capture.record.CaptureSchema;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.capture.record.Completeness.Verdict;
import org.tiezheng.capture.record.Step;
import org.tiezheng.demo.DemoShop;
import org.tiezheng.demo.Origin;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.demo.PageSet;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command line against a real server, with real Chromium. */
class CaptureEndToEndTest {
    private static Origin origin;
    private static LoopbackNtp timeServer;
    /** Of these tests alone, so that other people's browsers do not count; open to the browser's user. */
    private static Path tempRoot;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void startOrigin() throws IOException {
        tempRoot = shortTempFolder();
        Files.setPosixFilePermissions(tempRoot, PosixFilePermissions.fromString("rwxr-xr-x"));
        origin = Origin.start(new DemoShop().or(new PageSet()));
        timeServer = new LoopbackNtp(Clock.systemUTC(), Duration.ZERO);
    }

    /** Chromium's sockets live below it, and the path of a Unix socket has at most 107 bytes. */
    private static Path shortTempFolder() throws IOException {
        while (true) {
            try {
                return Files.createDirectory(
                        Path.of("/tmp", Integer.toString(new SecureRandom().nextInt(36 * 36 * 36), 36)));
            } catch (FileAlreadyExistsException e) {
                // Somebody else's; there are many more.
            }
        }
    }

    @AfterAll
    static void stopOrigin() throws IOException {
        origin.close();
        timeServer.close();
        FolderTree.delete(tempRoot);
    }

    @Test
    void shopPageIsCapturedCompletelyAndSealed() throws IOException {
        int code = capture("--video-seconds", "5", "--purpose", "测试", "--officer", "A", page(""));
        assertThat(code).as(said()).isEqualTo(ExitCode.COMPLETE);
        JsonNode result = results().get(0);
        assertThat(result.path("state").asString()).isEqualTo("SEALED");

        assertThat(result.path("machine").path("clock").asString()).isEqualTo("OK");
        // Standard output holds the JSON alone; people read standard error.
        String seen = err.toString(StandardCharsets.UTF_8);
        assertThat(seen).contains("完成 生成 capture.wacz", "完成 签名并加盖时间戳", "校时      已证明");
        assertThat(seen.indexOf("已封存  " + result.path("id").asString())).isGreaterThan(seen.indexOf("签名并加盖时间戳"));

        Map<String, byte[]> wacz = waczOf(result);
        String text = new String(wacz.get("evidence/capture.json"), StandardCharsets.UTF_8);
        assertThat(CaptureSchema.faults(text)).isEmpty();
        CaptureRecord capture = CaptureJson.read(new ByteArrayInputStream(wacz.get("evidence/capture.json")));
        assertThat(capture.completeness().verdict()).isEqualTo(Verdict.COMPLETE);
        Completeness.Counts counts = capture.completeness().counts();
        assertThat(counts.matched()).isEqualTo(counts.requests()).isGreaterThan(10);
        // What the survey finds depends on the machine; that it says so does not.
        boolean clean = capture.environment().survey().checks(CleanlinessCheck.Result.NOT_OK) == 0;
        for (Step step : capture.steps()) {
            boolean survey = step.name().equals(StepNames.ENVIRONMENT);
            assertThat(step.outcome())
                    .as(step.name() + ": " + step.detail())
                    .isEqualTo(survey && !clean ? Step.Outcome.ERROR : Step.Outcome.OK);
        }
        assertThat(capture.incidents().stream().anyMatch(each -> each.code().equals("NOT_CLEAN")))
                .isEqualTo(!clean);
        assertThat(capture.clock().judgement()).isEqualTo(ClockProof.Judgement.OK);
        assertThat(capture.target().status()).isEqualTo(200);
        assertThat(capture.target().serverIp()).isEqualTo("127.0.0.1");
        assertThat(capture.target().title()).contains("茶");
        assertThat(capture.tls().servers().get(0).keyProved()).isTrue();
        assertThat(capture.timeBracket().notBefore()).isNotNull();
        assertThat(capture.request().purpose()).isEqualTo("测试");
        assertThat(new String(wacz.get("pages/pages.jsonl"), StandardCharsets.UTF_8))
                .contains(page(""));

        // Every artefact is listed with the digest of its bytes, and none is missing.
        for (Artefact artefact : capture.artefacts()) {
            byte[] bytes = wacz.get(artefact.path());
            assertThat(bytes).as(artefact.path()).hasSize((int) artefact.sizeBytes());
            assertThat(Digest.of(Digest.Algorithm.SHA256, bytes)).isEqualTo(artefact.sha256());
        }
        assertThat(capture.artefacts())
                .extracting(Artefact::path)
                .contains(
                        "archive/data.warc.gz",
                        "evidence/network.pcapng",
                        "evidence/screenshot.png",
                        "evidence/viewport.png",
                        "evidence/page.pdf",
                        "evidence/page.mhtml",
                        "evidence/dom.html",
                        "evidence/page.txt",
                        "evidence/screen.mp4",
                        "evidence/screen-frames.json",
                        "evidence/connections.json",
                        "evidence/browser-events.ndjson",
                        "evidence/certificates.pem",
                        "evidence/wire.json");
        assertThat(wacz.keySet().stream().filter(name -> name.startsWith("evidence/")))
                .as("artefacts, the WARC among them, and capture.json")
                .hasSize(capture.artefacts().size());
        assertThat(workFolders()).isEmpty();
        assertThat(log()).contains("SEALED", "COMPLETE");
        assertNothingRuns();
    }

    @Test
    void pagesThatAreNotThePageAreKeptAndNamed() throws IOException {
        int code = capture(
                "--no-video",
                "--parallel",
                "2",
                page("p/blocked"),
                page("p/login"),
                page("p/empty"),
                page("p/dead-hosts"),
                "http://does-not-exist.invalid/");
        assertThat(code).as(said()).isEqualTo(ExitCode.NOT_COMPLETE);
        List<JsonNode> results = results();
        assertThat(results.stream().map(result -> result.path("verdict").asString()))
                .as(said())
                .containsExactly("BLOCKED", "LOGIN_REQUIRED", "EMPTY", "PARTIAL", "FAILED");
        assertThat(results)
                .allMatch(result -> Files.exists(Path.of(result.path("package").asString())));
        assertThat(results.get(0).path("reasons").toString()).contains("status-refused");
        assertThat(results.get(3).path("reasons").toString()).contains("name-error", "does-not-exist.invalid");
        assertThat(results.get(4).path("reasons").toString()).contains("NO_DOCUMENT", "name-error");
        for (JsonNode result : results) {
            String text = new String(waczOf(result).get("evidence/capture.json"), StandardCharsets.UTF_8);
            assertThat(CaptureSchema.faults(text)).isEmpty();
        }
        assertNothingRuns();
    }

    @Test
    void pageThatNeverEndsIsPartialWithItsArtefacts() throws IOException {
        int code = capture("--no-video", "--timeout", "40", page("p/drip"));
        assertThat(code).as(said()).isEqualTo(ExitCode.NOT_COMPLETE);
        JsonNode result = results().get(0);
        assertThat(result.path("verdict").asString()).isEqualTo("PARTIAL");
        assertThat(result.path("reasons").toString()).contains("LOAD_TIMEOUT");
        assertThat(waczOf(result))
                .containsKeys(
                        "evidence/screenshot.png", "evidence/page.pdf", "evidence/dom.html", "archive/data.warc.gz");
    }

    @Test
    void downloadThatOutlastsThePageIsAwaited() throws IOException {
        // Settling and scrolling give up after 3 and 6 seconds of a total this short.
        int code = capture("--no-video", "--timeout", "36", page("p/download?mb=2&seconds=16"));
        assertThat(code).as(said()).isEqualTo(ExitCode.COMPLETE);
        CaptureRecord capture = CaptureJson.read(
                new ByteArrayInputStream(waczOf(results().get(0)).get("evidence/capture.json")));
        assertThat(capture.steps()).anySatisfy(step -> {
            assertThat(step.name()).isEqualTo(StepNames.DOWNLOADS);
            assertThat(step.outcome()).isEqualTo(Step.Outcome.OK);
            assertThat(step.detail()).isEqualTo((2 << 20) + " bytes");
        });
        assertThat(capture.completeness().counts().truncated()).isZero();
    }

    @Test
    void withoutATimestampTheCaptureWaitsAndIsSealedLater() throws IOException {
        // Makes the keys, so that there is a root certificate to give as the authority's.
        assertThat(run("seal", "--resume", "--data", data())).isEqualTo(0);
        int code = capture(
                "--no-video",
                "--no-embedded-tsa",
                "--tsa",
                "http://127.0.0.1:9/tsa",
                "--ntp",
                "127.0.0.1:9",
                "--tsa-trust",
                folder.resolve("data/trust/root.pem").toString(),
                page("p/plain"));
        assertThat(code).as(said()).isEqualTo(ExitCode.WAITING);
        JsonNode waiting = results().get(0);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("注意 签名并加盖时间戳", "校时      未能证明", "未封存");
        assertThat(waiting.path("state").asString()).isEqualTo("SEALING");
        assertThat(waiting.has("package")).isFalse();
        assertThat(packages()).isEmpty();
        assertThat(workFolders()).containsExactly(waiting.path("id").asString());

        assertThat(run("list", "--data", data())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("等待封存", page("p/plain"));

        assertThat(run("seal", "--resume", "--json", "--data", data()))
                .as(said())
                .isEqualTo(ExitCode.COMPLETE);
        JsonNode sealed = results().get(0);
        assertThat(sealed.path("machine").path("clock").asString()).isEqualTo("NOT_AVAILABLE");
        assertThat(sealed.path("waczSha256")).isEqualTo(waiting.path("waczSha256"));
        byte[] wacz = entriesOf(
                        Files.readAllBytes(Path.of(sealed.path("package").asString())))
                .get("wacz/capture.wacz");
        assertThat(Digest.of(Digest.Algorithm.SHA256, wacz).hex())
                .isEqualTo(waiting.path("waczSha256").asString());
        // No authority answered before the capture either: that is on record, not passed over.
        CaptureRecord capture =
                CaptureJson.read(new ByteArrayInputStream(entriesOf(wacz).get("evidence/capture.json")));
        assertThat(capture.timeBracket().notBefore()).isNull();
        assertThat(capture.timeBracket().failures()).hasSize(1);
        assertThat(capture.incidents()).extracting("code").contains("NOT_BEFORE_FAILED", "CLOCK_UNPROVED");
        assertThat(capture.steps().stream()
                        .filter(step -> step.outcome() == Step.Outcome.ERROR)
                        .map(Step::name))
                .contains("clock-before", "not-before", "clock-after");
        assertThat(workFolders()).isEmpty();
    }

    @Test
    void ctrlCEndsAsCancelledAndKillingTheAgentIsReportedByTheNextStart() throws Exception {
        Process interrupted = agentOnDripPage();
        new ProcessBuilder("kill", "-INT", String.valueOf(interrupted.pid()))
                .start()
                .waitFor();
        assertThat(interrupted.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted.exitValue()).isEqualTo(ExitCode.CANCELLED);
        assertNothingRuns();
        assertThat(log()).contains("CANCELLED");
        assertThat(workFolders()).isEmpty();

        Process killed = agentOnDripPage();
        killed.destroyForcibly();
        assertThat(killed.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(browserProcesses()).isNotEmpty();
        assertThat(workFolders()).hasSize(1);

        assertThat(run("seal", "--resume", "--data", data())).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("上次运行中断", page("p/drip"), "已清理上次遗留的浏览器");
        assertThat(log()).contains("INTERRUPTED");
        assertNothingRuns();
        assertThat(packages()).isEmpty();
    }

    @Test
    void lossOfTheBrowserLeavesASealedPackageThatSaysSo() throws Exception {
        FutureTask<Integer> capture = new FutureTask<>(() -> capture("--no-video", "--timeout", "120", page("p/drip")));
        new Thread(capture, "capture").start();
        // The page has begun to come and will go on for minutes.
        while (!err.toString(StandardCharsets.UTF_8).contains("完成 打开网页") && !capture.isDone()) {
            Thread.sleep(50);
        }
        List<ProcessHandle> browsers = ProcessHandle.allProcesses()
                .filter(process -> isBrowser(commandLine(process.pid())))
                .toList();
        assertThat(browsers).as(said()).hasSize(1);
        browsers.get(0).destroyForcibly();
        assertThat(capture.get(120, TimeUnit.SECONDS)).as(said()).isEqualTo(ExitCode.NOT_COMPLETE);
        JsonNode result = results().get(0);
        assertThat(result.path("state").asString()).isEqualTo("SEALED");
        assertThat(result.path("reasons").toString()).contains("RECORDING_CUT", "the browser was lost");
        assertThat(waczOf(result)).containsKeys("archive/data.warc.gz", "evidence/network.pcapng");
        assertNothingRuns();
    }

    @Test
    void badInputIsExplainedAndStartsNothing() throws IOException {
        for (String url : List.of("ftp://a.example/x", "not a url", "https://u:p@a.example/", "http://127.0.0.1:1/")) {
            assertThat(run("capture", "--data", data(), url)).isEqualTo(ExitCode.USAGE);
            assertThat(said()).contains("不能取证", "没有开始任何取证").doesNotContain("Exception", "\tat ");
        }
        Path file = Files.createFile(folder.resolve("a-file"));
        assertThat(run("capture", "--data", file.toString(), "http://a.example/"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("数据目录不能使用").doesNotContain("\tat ");
        assertThat(run("capture", "--data", data(), "--out", file.toString(), "http://a.example/"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("输出目录不能写入").doesNotContain("\tat ");
        assertThat(run("capture", "--data", data(), "--max-bytes", "9000000000000000", "http://a.example/"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("磁盘空间不足");
        assertThat(run("capture", "--ui-lang", "en", "--data", data(), "--no-such-option", "http://a.example/"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("Wrong usage").doesNotContain("\tat ");
        assertThat(run("capture", "--data", data(), "--tsa", "http://a.example/", "http://a.example/"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("--tsa-trust");
        assertThat(run("capture", "--data", data(), "--browser-user", "no-such-user", "http://a.example/"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("--browser-user", "no-such-user").doesNotContain("\tat ");
        for (String service : List.of("ftp://a.example/", "https://u:p@a.example/", "a.example")) {
            assertThat(run("capture", "--data", data(), "--egress-ip-url", service, "http://a.example/"))
                    .isEqualTo(ExitCode.USAGE);
            assertThat(said()).contains("--egress-ip-url").doesNotContain("\tat ");
        }
        assertThat(run("seal", "--resume", "--data", data(), "00000000-0000-0000-0000-000000000000"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("capture", "--help")).isZero();
        assertThat(said()).contains("退出码", "--allow-host");
    }

    // ---- running ----

    private int capture(String... arguments) {
        List<String> all = new ArrayList<>(List.of("capture", "--json", "--data", data(), "--allow-host", "localhost"));
        origin.spkiPins().forEach(pin -> all.addAll(List.of("--trust-spki", pin)));
        all.addAll(List.of(arguments));
        if (!all.contains("--ntp")) {
            all.addAll(List.of("--ntp", timeServer.address()));
        }
        return run(all.toArray(String[]::new));
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return new Main.Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        false,
                        tempRoot,
                        Clock.systemUTC())
                .run(arguments);
    }

    /** An agent in a process of its own, once it has a browser that waits for the page that never ends. */
    private Process agentOnDripPage() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                // A build in the background of a shell ignores SIGINT, and what it starts would too.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Djava.io.tmpdir=" + tempRoot,
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "org.tiezheng.capture.Main",
                "capture",
                "--ui-lang",
                "en",
                "--no-video",
                "--data",
                data(),
                "--allow-host",
                "localhost",
                "--ntp",
                "127.0.0.1"));
        origin.spkiPins().forEach(pin -> command.addAll(List.of("--trust-spki", pin)));
        command.add(page("p/drip"));
        Process agent = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder said = new StringBuilder();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(agent.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            if (line.contains("open the page")) {
                // Somebody must go on reading, or the agent blocks on a full pipe.
                Thread reader = new Thread(() -> drain(lines), "agent-output");
                reader.setDaemon(true);
                reader.start();
                return agent;
            }
        }
        throw new AssertionError("the agent ended early:\n" + said);
    }

    private static void drain(BufferedReader lines) {
        try {
            while (lines.readLine() != null) {
                // Only the reading counts.
            }
        } catch (IOException e) {
            // The agent was killed: that is what the test is about.
        }
    }

    // ---- looking ----

    private static String page(String path) {
        return origin.url(Listener.HTTPS_H2) + "/" + path;
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    }

    private List<JsonNode> results() {
        List<JsonNode> list = new ArrayList<>();
        new JsonMapper().readTree(out.toByteArray()).path("captures").forEach(list::add);
        return list;
    }

    private static Map<String, byte[]> waczOf(JsonNode result) throws IOException {
        byte[] container = Files.readAllBytes(Path.of(result.path("package").asString()));
        return entriesOf(entriesOf(container).get("wacz/capture.wacz"));
    }

    private static Map<String, byte[]> entriesOf(byte[] zip) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
        }
        return entries;
    }

    private List<String> workFolders() throws IOException {
        return names(folder.resolve("data/work"));
    }

    private List<String> packages() throws IOException {
        return names(folder.resolve("data/packages"));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("data/captures.ndjson"));
    }

    /** Processes whose command line names a browser folder in this test's temporary directory owned by an agent. */
    private static List<String> browserProcesses() {
        return ProcessHandle.allProcesses()
                .map(process -> process.pid() + " " + commandLine(process.pid()))
                .filter(line -> line.contains("tiezheng-") && line.contains(tempRoot.toString()))
                .toList();
    }

    /** Chromium's main process, which alone has no type. */
    private static boolean isBrowser(String commandLine) {
        return commandLine.contains("chromium")
                && commandLine.contains("--user-data-dir=" + tempRoot)
                && !commandLine.contains("--type=");
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(pid), "cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    private static void assertNothingRuns() {
        assertThat(browserProcesses()).isEmpty();
        assertThat(tempRoot).isEmptyDirectory();
    }
}
