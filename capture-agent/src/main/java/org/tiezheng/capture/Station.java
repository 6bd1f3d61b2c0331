package org.tiezheng.capture;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.agent.Captures;
import org.tiezheng.capture.agent.JobRequest;
import org.tiezheng.capture.browser.BrowserPrograms;
import org.tiezheng.capture.browser.Chromium;
import org.tiezheng.capture.browser.DeviceProfile;
import org.tiezheng.capture.browser.Janitor;
import org.tiezheng.capture.record.Step;
import org.tiezheng.capture.relay.AllowedTarget;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.SeedUrl;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * The captures of this machine, for a worker that leases jobs: on the command line ({@code agent}) or inside the server. Any
 * thread may call.
 */
public final class Station implements Captures {
    private static final Logger LOG = LoggerFactory.getLogger(Station.class);
    private static final Duration TSA_TIMEOUT = Duration.ofSeconds(20);

    private final DataFolder data;
    private final Authorities authorities;
    private final Local local;
    private final CaptureAgent agent;
    private final Clock clock;

    /**
     * What this machine adds to every request.
     *
     * @param timezone IANA name
     * @param ntpHosts asked for the time; empty for the default servers
     * @param browserUser account for Chromium when we are root; null for the default
     * @param egressService asked which public address it sees; null: nobody is asked
     */
    record Local(
            String timezone,
            List<String> ntpHosts,
            @Nullable String browserUser,
            @Nullable URI egressService) {
        Local {
            ntpHosts = List.copyOf(ntpHosts);
        }
    }

    Station(
            DataFolder data,
            Authorities authorities,
            BrowserPrograms programs,
            Path tempRoot,
            Local local,
            Progress progress,
            Clock clock) {
        this.data = data;
        this.authorities = authorities;
        this.local = local;
        this.clock = clock;
        this.agent = new CaptureAgent(data, authorities, programs, tempRoot, local.egressService(), progress, clock);
    }

    /**
     * What an embedding program decides.
     *
     * @param tsa external RFC 3161 authorities, in order of preference
     * @param tsaTrust PEM files with their roots; needed if there are any
     * @param embeddedTsa also, or only, the embedded authority
     */
    public record Options(
            List<URI> tsa,
            List<Path> tsaTrust,
            boolean embeddedTsa,
            List<String> ntpHosts,
            @Nullable String browserUser) {
        public Options {
            tsa = List.copyOf(tsa);
            tsaTrust = List.copyOf(tsaTrust);
            ntpHosts = List.copyOf(ntpHosts);
            if (tsa.isEmpty() && !embeddedTsa) {
                throw new IllegalArgumentException("no time-stamp authority");
            }
            if (!tsa.isEmpty() && tsaTrust.isEmpty()) {
                throw new IllegalArgumentException("time-stamp authorities without their root certificates");
            }
        }
    }

    /**
     * Opens the data folder, ends what browsers dead runs left, and brings their work to states with names.
     *
     * @param tempRoot where browsers have their folders
     * @throws IOException if a program is missing, or the folder, its keys or the certificates cannot be used
     */
    public static Station open(Path dataFolder, Options options, Path tempRoot, Clock clock) throws IOException {
        DataFolder data = DataFolder.open(dataFolder, clock);
        BrowserPrograms programs = BrowserPrograms.find();
        int ignored = Chromium.uidOf(options.browserUser());
        EmbeddedAuthority embedded = EmbeddedAuthority.open(data.root(), clock);
        Authorities authorities = Authorities.of(
                embedded,
                options.embeddedTsa(),
                options.tsa(),
                options.tsa().isEmpty() ? null : TrustAnchors.ofFiles(options.tsaTrust()),
                TSA_TIMEOUT);
        Janitor.Report cleaned = Janitor.cleanUp(tempRoot);
        if (!cleaned.killed().isEmpty() || !cleaned.deleted().isEmpty()) {
            LOG.warn(
                    "ended {} processes and removed {} folders of a dead run's browsers",
                    cleaned.killed().size(),
                    cleaned.deleted().size());
        }
        for (DataFolder.Leftover left : data.recover()) {
            LOG.warn("capture {} of an earlier run: {}", left.status().id(), left.kind());
        }
        return new Station(
                data,
                authorities,
                programs,
                tempRoot,
                new Local("Asia/Shanghai", options.ntpHosts(), options.browserUser(), null),
                Progress.silent(),
                clock);
    }

    // ---- Captures ----

    @Override
    public Outcome capture(UUID id, JobRequest asked, Path out, Watch watch) {
        CaptureRequest request;
        try {
            CaptureSettings settings = settings(asked);
            SeedUrl seed = SeedUrl.parse(asked.url());
            Optional<String> refused = seed.refusedBy(EgressPolicy.ofThisMachine(
                    settings.allowedHosts().stream().map(AllowedTarget::parse).toList()));
            if (refused.isPresent()) {
                return new Failed("ADDRESS_REFUSED", "internal address (" + refused.get() + ")", false);
            }
            request = new CaptureRequest(id, seed, clock.instant(), out, settings);
        } catch (SeedUrl.RefusedException e) {
            return new Failed("ADDRESS_REFUSED", "not an address that can be captured: " + e.refusal(), false);
        } catch (IllegalArgumentException | DateTimeException e) {
            return new Failed("REQUEST_REFUSED", StepRunner.describe(e), false);
        }
        return outcome(agent.capture(request, new Relayed(watch)));
    }

    /** Everything the server can ask wrongly is found before anything is started. */
    private CaptureSettings settings(JobRequest asked) {
        CaptureSettings defaults = CaptureSettings.defaults();
        var ignored = DeviceProfile.named(asked.profile())
                .withLanguages(Recording.languages(asked.language()))
                .withTimeZone(ZoneId.of(local.timezone()).getId());
        for (String host : asked.allowHosts()) {
            var parsed = AllowedTarget.parse(host);
        }
        for (String pin : asked.trustSpki()) {
            if (!pin.matches("[A-Za-z0-9+/]{43}=")) {
                throw new IllegalArgumentException("not the SHA-256 of a public key: " + pin);
            }
        }
        return new CaptureSettings(
                asked.profile(),
                asked.language(),
                local.timezone(),
                asked.timeout() == null ? defaults.timeout() : asked.timeout(),
                asked.video(),
                defaults.maxBytes(),
                defaults.maxHeightPx(),
                asked.allowHosts(),
                asked.trustSpki(),
                false,
                local.browserUser(),
                local.ntpHosts(),
                asked.caseNo(),
                asked.purpose(),
                asked.officers());
    }

    @Override
    public void cancel(UUID id) {
        agent.cancel(id);
    }

    @Override
    public Outcome finish(UUID id, Path out) throws IOException {
        Optional<WorkFolder> claimed = data.claim(id);
        if (claimed.isPresent()) {
            try (WorkFolder work = claimed.get()) {
                if (work.isAssembled()) {
                    return outcome(new Sealing(data, authorities, clock).seal(work));
                }
            }
        } else if (Files.isDirectory(data.workOf(id))) {
            return new Waiting("another process works on it");
        }
        // Sealed before we died; or by hand, with seal --resume.
        Path sealed = out.resolve(id + ".asice");
        if (Files.isRegularFile(sealed)) {
            return new Sealed(sealed, Files.size(sealed), null);
        }
        return new Failed("AGENT_DIED", "the agent died before the capture was complete", true);
    }

    @Override
    public void discard(UUID id, String reason) throws IOException {
        Optional<WorkFolder> claimed = data.claim(id);
        if (claimed.isPresent()) {
            try (WorkFolder work = claimed.get()) {
                agent.discard(work, reason);
            }
        }
    }

    @Override
    public @Nullable String noRoom() {
        long needed = CaptureCommand.spaceFor(CaptureSettings.defaults());
        try {
            long free = Files.getFileStore(data.root()).getUsableSpace();
            return free >= needed
                    ? null
                    : data.root() + ": " + (free >> 20) + " MiB free, " + (needed >> 20) + " MiB needed";
        } catch (IOException e) {
            return StepRunner.describe(e);
        }
    }

    private static Outcome outcome(CaptureResult result) {
        String reason = String.valueOf(result.reason());
        return switch (result.state()) {
            case SEALED -> {
                Path file = result.packagePath();
                yield file == null
                        ? new Failed("CAPTURE_FAILED", "sealed without a package", true)
                        : new Sealed(file, result.sizeBytes(), result.packageSha256());
            }
            case SEALING -> new Waiting(reason);
            case CANCELLED -> new Cancelled();
            case INTERRUPTED -> new Failed("AGENT_DISK", reason, true);
            default -> new Failed("CAPTURE_FAILED", reason, true);
        };
    }

    /** Tells a worker's watch what a capture says of itself. */
    private record Relayed(Watch watch) implements CaptureListener {
        @Override
        public void started(String name) {
            watch.started(name);
        }

        @Override
        public void ended(Step step) {
            watch.ended(
                    step.name(),
                    Duration.between(step.startedAt(), step.endedAt()),
                    step.outcome().name().toLowerCase(Locale.ROOT));
        }

        @Override
        public void traffic(Progress.TrafficSource source) {
            LongSupplier bytes = () -> source.now().bytes();
            watch.traffic(bytes);
        }

        @Override
        public boolean wantsPictures() {
            return true;
        }

        @Override
        public Consumer<byte[]> picture() {
            return watch::picture;
        }
    }
}
