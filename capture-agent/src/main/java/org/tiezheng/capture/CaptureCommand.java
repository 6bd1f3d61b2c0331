package org.tiezheng.capture;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.BrowserPrograms;
import org.tiezheng.capture.browser.Chromium;
import org.tiezheng.capture.browser.DeviceProfile;
import org.tiezheng.capture.relay.AllowedTarget;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.SeedUrl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code capture URL…}: one package for each address. */
@Command(name = "capture")
final class CaptureCommand implements Callable<Integer> {
    /** Room for recording, WARC, WACZ and package of one capture besides what the browser needs. */
    private static final int COPIES = 4;

    /** Keeps the sum of what is needed from overflowing. */
    private static final long MOST_BYTES = 1L << 58;

    private static final long BROWSER_BYTES = 200L << 20;

    private final Main.Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Parameters(paramLabel = "URL", arity = "1..*", descriptionKey = "urls")
    private List<String> urls = new ArrayList<>();

    @Option(names = "--out", paramLabel = "DIR", descriptionKey = "out")
    private @Nullable Path out;

    @Option(names = "--device", paramLabel = "NAME", defaultValue = "desktop", descriptionKey = "device")
    private String device = "desktop";

    @Option(names = "--lang", paramLabel = "TAG", defaultValue = "zh-CN", descriptionKey = "lang")
    private String language = "zh-CN";

    @Option(names = "--timezone", paramLabel = "ZONE", defaultValue = "Asia/Shanghai", descriptionKey = "timezone")
    private String timezone = "Asia/Shanghai";

    @Option(names = "--timeout", paramLabel = "S", defaultValue = "180", descriptionKey = "timeout")
    private long timeoutSeconds = 180;

    @Option(names = "--max-bytes", paramLabel = "N", defaultValue = "209715200", descriptionKey = "max-bytes")
    private long maxBytes = CaptureSettings.DEFAULT_MAX_BYTES;

    @Option(names = "--max-height", paramLabel = "PX", defaultValue = "60000", descriptionKey = "max-height")
    private int maxHeight = CaptureSettings.DEFAULT_MAX_HEIGHT;

    @Option(names = "--no-video", descriptionKey = "no-video")
    private boolean noVideo;

    @Option(names = "--video-seconds", paramLabel = "N", defaultValue = "60", descriptionKey = "video-seconds")
    private long videoSeconds = 60;

    @Option(names = "--allow-host", paramLabel = "HOST", descriptionKey = "allow-host")
    private List<String> allowedHosts = new ArrayList<>();

    @Option(names = "--trust-spki", paramLabel = "B64", split = ",", descriptionKey = "trust-spki")
    private List<String> trustedSpki = new ArrayList<>();

    @Option(names = "--record-invalid-tls", descriptionKey = "record-invalid-tls")
    private boolean recordInvalidTls;

    @Option(names = "--browser-user", paramLabel = "USER", descriptionKey = "browser-user")
    private @Nullable String browserUser;

    @Option(names = "--ntp", paramLabel = "HOST", descriptionKey = "ntp")
    private List<String> ntpHosts = new ArrayList<>();

    @Option(names = "--egress-ip-url", paramLabel = "URL", descriptionKey = "egress-ip-url")
    private @Nullable URI egressService;

    @Option(names = "--case", paramLabel = "NO", descriptionKey = "case")
    private @Nullable String caseNo;

    @Option(names = "--purpose", paramLabel = "TEXT", descriptionKey = "purpose")
    private @Nullable String purpose;

    @Option(names = "--officer", paramLabel = "NAME", descriptionKey = "officer")
    private List<String> officers = new ArrayList<>();

    @Option(names = "--parallel", paramLabel = "N", defaultValue = "1", descriptionKey = "parallel")
    private int parallel = 1;

    CaptureCommand(Main.Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, UserError, InterruptedException {
        Texts texts = console.texts();
        // Everything the user can get wrong is found before anything is started.
        CaptureSettings settings = settings();
        List<SeedUrl> seeds = seeds(settings);
        DataFolder data = shared.openData(console);
        Path packages = out(data);
        requireSpace(data.root(), settings);
        BrowserPrograms programs = programs();
        Authorities authorities = shared.openAuthorities(data, console);

        Progress progress = new Progress(console.err(), texts, console.terminal() && parallel == 1 && !shared.json());
        Path tempRoot = console.tempRoot();
        Leftovers.janitor(tempRoot, texts, progress::line);
        Leftovers.report(data.recover(), data, texts, progress::line);

        CaptureAgent agent =
                new CaptureAgent(data, authorities, programs, tempRoot, egressService, progress, console.clock());
        ResultPrinter printer = new ResultPrinter(
                console.out(), shared.json() ? console.err() : console.out(), texts, data, authorities);
        List<CaptureResult> results = run(agent, seeds, settings, packages, printer);
        return results.stream().mapToInt(CaptureResult::exitCode).reduce(ExitCode.COMPLETE, ExitCode::worse);
    }

    private List<CaptureResult> run(
            CaptureAgent agent, List<SeedUrl> seeds, CaptureSettings settings, Path packages, ResultPrinter printer)
            throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        // Ctrl-C and SIGTERM: the JVM is ending, this hook holds it until browsers are closed and the end is written.
        Thread hook = new Thread(
                () -> {
                    agent.cancel();
                    try {
                        if (!done.await(CaptureAgent.CANCEL_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
                            console.error("captures did not end in time");
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "cancel");
        Runtime.getRuntime().addShutdownHook(hook);
        ExecutorService threads = Executors.newFixedThreadPool(parallel);
        List<CaptureResult> results = new ArrayList<>();
        try {
            List<Future<CaptureResult>> futures = new ArrayList<>();
            for (SeedUrl seed : seeds) {
                futures.add(threads.submit(() -> agent.capture(new CaptureRequest(
                        UUID.randomUUID(), seed, console.clock().instant(), packages, settings))));
            }
            for (Future<CaptureResult> future : futures) {
                CaptureResult result = future.get();
                results.add(result);
                printer.print(result);
            }
            if (shared.json()) {
                printer.json(results);
            }
        } catch (ExecutionException e) {
            // A capture turns every exception into a result; what comes here is an Error.
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdown();
            done.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The JVM is ending already; the hook has just been told to go on.
            }
        }
        return results;
    }

    private CaptureSettings settings() throws UserError {
        Texts texts = console.texts();
        if (parallel < 1 || parallel > 16) {
            throw new UserError(texts.get("error.option", "--parallel", "1–16"));
        }
        try {
            ZoneId zone = ZoneId.of(timezone);
            DeviceProfile.named(device)
                    .withLanguages(Recording.languages(language))
                    .withTimeZone(zone.getId());
        } catch (DateTimeException e) {
            throw new UserError(texts.get("error.option", "--timezone", timezone));
        } catch (IllegalArgumentException e) {
            throw new UserError(texts.get("error.option", "--device/--lang", String.valueOf(e.getMessage())));
        }
        for (String host : allowedHosts) {
            try {
                AllowedTarget.parse(host);
            } catch (IllegalArgumentException e) {
                throw new UserError(texts.get("error.option", "--allow-host", host));
            }
        }
        for (String pin : trustedSpki) {
            if (!pin.matches("[A-Za-z0-9+/]{43}=")) {
                throw new UserError(texts.get("error.option", "--trust-spki", pin));
            }
        }
        try {
            Chromium.uidOf(browserUser);
        } catch (IOException e) {
            throw new UserError(texts.get("error.option", "--browser-user", StepRunner.describe(e)));
        }
        URI service = egressService;
        if (service != null
                && (service.getHost() == null
                        || service.getRawUserInfo() != null
                        || !List.of("http", "https").contains(String.valueOf(service.getScheme())))) {
            throw new UserError(texts.get("error.option", "--egress-ip-url", service));
        }
        if (timeoutSeconds < 1 || maxBytes < 1 || videoSeconds < 0) {
            throw new UserError(texts.get("error.option", "--timeout/--max-bytes/--video-seconds", "< 1"));
        }
        if (maxBytes > MOST_BYTES) {
            throw new UserError(texts.get("error.option", "--max-bytes", "> " + MOST_BYTES));
        }
        if (maxHeight < 100) {
            throw new UserError(texts.get("error.option", "--max-height", "< 100"));
        }
        return new CaptureSettings(
                device,
                language,
                timezone,
                Duration.ofSeconds(timeoutSeconds),
                noVideo ? Duration.ZERO : Duration.ofSeconds(videoSeconds),
                maxBytes,
                maxHeight,
                allowedHosts,
                trustedSpki,
                recordInvalidTls,
                browserUser,
                ntpHosts,
                caseNo,
                purpose,
                officers);
    }

    private List<SeedUrl> seeds(CaptureSettings settings) throws UserError {
        Texts texts = console.texts();
        EgressPolicy policy = EgressPolicy.ofThisMachine(
                settings.allowedHosts().stream().map(AllowedTarget::parse).toList());
        List<SeedUrl> seeds = new ArrayList<>();
        for (String url : urls) {
            try {
                SeedUrl seed = SeedUrl.parse(url);
                Optional<String> refused = seed.refusedBy(policy);
                if (refused.isPresent()) {
                    throw new UserError(
                            texts.get("error.url", url, texts.get("error.url.egress", refused.get(), seed.host())));
                }
                seeds.add(seed);
            } catch (SeedUrl.RefusedException e) {
                throw new UserError(texts.get("error.url", url, texts.get("error.url." + e.refusal())));
            }
        }
        return seeds;
    }

    private Path out(DataFolder data) throws UserError {
        Path folder = out == null ? data.packages() : out.toAbsolutePath().normalize();
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "probe", ""));
            return folder;
        } catch (IOException e) {
            throw new UserError(console.texts().get("error.out", folder, StepRunner.describe(e)));
        }
    }

    private void requireSpace(Path root, CaptureSettings settings) throws UserError, IOException {
        long needed = spaceFor(settings);
        long free = Files.getFileStore(root).getUsableSpace();
        if (free < needed) {
            Texts texts = console.texts();
            throw new UserError(texts.get("error.disk", root, texts.bytes(free), texts.bytes(needed)));
        }
    }

    /** Bytes one capture may need on the disk at its worst. */
    static long spaceFor(CaptureSettings settings) {
        return COPIES * settings.maxBytes() + BROWSER_BYTES;
    }

    private BrowserPrograms programs() throws UserError {
        try {
            return BrowserPrograms.find();
        } catch (IOException e) {
            throw new UserError(console.texts().get("error.programs", String.valueOf(e.getMessage())));
        }
    }
}
