package org.tiezheng.capture;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.BrowserFacts;
import org.tiezheng.capture.browser.DeviceProfile;
import org.tiezheng.capture.browser.PageFacts;
import org.tiezheng.capture.environment.CleanlinessCheck;
import org.tiezheng.capture.environment.ClockProof;
import org.tiezheng.capture.environment.ClockWatch;
import org.tiezheng.capture.environment.EnvironmentRecord;
import org.tiezheng.capture.environment.EnvironmentSurvey;
import org.tiezheng.capture.environment.SntpClient;
import org.tiezheng.capture.environment.ToolIdentity;
import org.tiezheng.capture.record.Environment;
import org.tiezheng.capture.record.Target;
import org.tiezheng.capture.record.TimeBracket;
import org.tiezheng.capture.relay.AllowedTarget;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.evidence.seal.NotBefore;
import org.tiezheng.evidence.seal.SealException;

/** What surrounds a capture: the machine, its clock, and the lower bound of time. Used by one thread. */
final class Surroundings {
    private static final String UNPROVED = "not available: no time server answered both before and after";

    private final CaptureRequest request;
    private final CaptureSettings settings;
    private final Authorities authorities;
    private final StepRunner steps;
    private final Incidents incidents;
    private final Clock clock;

    private @Nullable EnvironmentRecord survey;
    private @Nullable ClockWatch watch;
    private @Nullable ClockProof proof;
    private @Nullable NotBefore notBefore;
    private volatile List<TimeBracket.Failure> failures = List.of();

    Surroundings(CaptureRequest request, Authorities authorities, StepRunner steps, Incidents incidents, Clock clock) {
        this.request = request;
        this.settings = request.settings();
        this.authorities = authorities;
        this.steps = steps;
        this.incidents = incidents;
        this.clock = clock;
    }

    void before(EnvironmentSurvey surveyor) {
        String host = request.url().host();
        boolean name = !host.startsWith("[") && !host.matches("[0-9.]+");
        EgressPolicy policy = EgressPolicy.ofThisMachine(
                settings.allowedHosts().stream().map(AllowedTarget::parse).toList());
        // None of the three needs another's answer; together they take as long as the slowest.
        var surveying = steps.start(StepNames.ENVIRONMENT, Duration.ofSeconds(60), note -> {
            EnvironmentRecord found =
                    surveyor.survey(name ? host : null, request.url().port(), policy);
            String counts = "cleanliness: " + found.checks(CleanlinessCheck.Result.OK) + " passed, "
                    + found.checks(CleanlinessCheck.Result.NOT_OK) + " failed, "
                    + found.checks(CleanlinessCheck.Result.NOT_AVAILABLE) + " not available";
            if (found.checks(CleanlinessCheck.Result.NOT_OK) > 0) {
                note.error(counts);
            } else {
                note.detail(counts);
            }
            return found;
        });
        List<String> servers = settings.ntpHosts().isEmpty() ? SntpClient.DEFAULT_SERVERS : settings.ntpHosts();
        var asking = steps.start(StepNames.CLOCK_BEFORE, Duration.ofSeconds(10), note -> {
            ClockWatch started = ClockWatch.start(clock, servers, ClockWatch.DEFAULT_LIMIT);
            long answered = started.before().stream()
                    .filter(sample -> sample.available())
                    .count();
            if (answered > 0) {
                note.detail(answered + " of " + servers.size() + " servers answered");
            } else {
                note.error("not available: none of " + servers.size() + " time servers answered");
            }
            return started;
        });
        var stamping = steps.start(StepNames.NOT_BEFORE, Duration.ofSeconds(60), this::obtainNotBefore);
        EnvironmentRecord found = steps.end(surveying);
        survey = found;
        watch = steps.end(asking);
        Optional<NotBefore> stamped = steps.end(stamping);
        notBefore = stamped == null ? null : stamped.orElse(null);
        if (found == null) {
            return;
        }
        found.cleanliness().stream()
                .filter(check -> check.result() == CleanlinessCheck.Result.NOT_OK)
                .forEach(check -> incidents.add(
                        check.checkedAt(), "NOT_CLEAN", check.item().word() + ": " + check.evidence()));
    }

    private Optional<NotBefore> obtainNotBefore(StepRunner.Note note) {
        try {
            NotBefore obtained = NotBefore.obtain(authorities.list(), clock);
            note.detail(obtained.authority() + " " + obtained.token().genTime());
            return Optional.of(obtained);
        } catch (SealException e) {
            failures = e.failures().stream()
                    .map(failure -> new TimeBracket.Failure(failure.authority(), failure.reason()))
                    .toList();
            incidents.add("NOT_BEFORE_FAILED", String.valueOf(e.getMessage()));
            note.error(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** @param page the page's clock against ours, if it was asked */
    void after(ClockProof.@Nullable PageReading page) {
        ClockWatch started = watch;
        if (started == null) {
            return;
        }
        proof = steps.runAlways(StepNames.CLOCK_AFTER, Duration.ofSeconds(15), note -> {
            ClockProof made = started.finish(page);
            switch (made.judgement()) {
                case OK ->
                    note.detail("offset at most " + made.worstOffsetMs() + " ms, drift " + made.driftMs() + " ms");
                case NOT_OK -> {
                    incidents.add("CLOCK_WRONG", "offset or drift beyond " + made.limitMs() + " ms");
                    note.error("offset or drift beyond " + made.limitMs() + " ms");
                }
                case NOT_AVAILABLE -> {
                    incidents.add("CLOCK_UNPROVED", UNPROVED);
                    note.error(UNPROVED);
                }
            }
            return made;
        });
    }

    TimeBracket timeBracket() {
        NotBefore obtained = notBefore;
        return new TimeBracket(
                obtained == null
                        ? null
                        : new TimeBracket.NotBefore(
                                HexFormat.of().formatHex(obtained.nonce()),
                                Base64.getEncoder()
                                        .encodeToString(obtained.token().der()),
                                obtained.token().genTime(),
                                obtained.authority(),
                                authorities.isEmbedded(obtained.authority())),
                failures);
    }

    @Nullable
    Instant notBeforeTime() {
        NotBefore obtained = notBefore;
        return obtained == null ? null : obtained.token().genTime();
    }

    ToolIdentity tool() {
        return known().tool();
    }

    /** Whether there is what capture.json cannot do without. */
    boolean isKnown() {
        return survey != null && proof != null;
    }

    private EnvironmentRecord known() {
        return Objects.requireNonNull(survey, "isKnown() first");
    }

    /** The survey with what only the browser could tell. */
    Environment environment(Recording recording, Target target) {
        BrowserFacts browser = Objects.requireNonNull(recording.browserFacts(), "a browser that ran");
        DeviceProfile device = browser.device();
        PageFacts page = recording.facts();
        return new Environment(
                known().with(check(
                                CleanlinessCheck.Item.FRESH_PROFILE,
                                CleanlinessCheck.Result.OK,
                                "profile and browser context made for this capture"))
                        .with(certificates(recording, target, browser))
                        .with(check(
                                CleanlinessCheck.Item.RECORDING_STARTED,
                                recording.filmed() ? CleanlinessCheck.Result.OK : CleanlinessCheck.Result.NOT_AVAILABLE,
                                recording.filmed() ? "evidence/screen.mp4" : "no screen video was made")),
                new Environment.Browser(
                        browser.product(),
                        browser.revision(),
                        browser.v8(),
                        browser.userAgent(),
                        browser.driverVersion(),
                        browser.arguments(),
                        new Environment.Viewport(
                                device.width(), device.height(), device.scale(), device.mobile(), device.touch()),
                        device.languages(),
                        device.timeZone(),
                        browser.sandbox().on(),
                        browser.sandbox().reason(),
                        browser.sandbox().user(),
                        browser.gpu(),
                        page == null ? null : page.webdriver()),
                recording.fonts());
    }

    private CleanlinessCheck certificates(Recording recording, Target target, BrowserFacts browser) {
        CleanlinessCheck.Item item = CleanlinessCheck.Item.CERTIFICATE_CHAIN;
        String error = recording.loadError();
        if (error != null && error.contains("ERR_CERT")) {
            return check(item, CleanlinessCheck.Result.NOT_OK, "Chromium: " + error);
        }
        String url = target.finalUrl();
        if (url == null || !url.startsWith("https:")) {
            return check(item, CleanlinessCheck.Result.NOT_AVAILABLE, "the page did not come over TLS");
        }
        String state = recording.documentSecurity();
        String exceptions = browser.recordInvalidTls()
                ? "; bad certificates were let through"
                : browser.trustedSpki().isEmpty()
                        ? ""
                        : "; " + browser.trustedSpki().size() + " public keys trusted by hand";
        return state == null
                ? check(item, CleanlinessCheck.Result.NOT_AVAILABLE, "Chromium did not say" + exceptions)
                : check(
                        item,
                        state.equals("secure") && exceptions.isEmpty()
                                ? CleanlinessCheck.Result.OK
                                : CleanlinessCheck.Result.NOT_OK,
                        "Chromium: " + state + exceptions);
    }

    private CleanlinessCheck check(CleanlinessCheck.Item item, CleanlinessCheck.Result result, String evidence) {
        return new CleanlinessCheck(item, result, evidence, clock.instant());
    }

    MachineState machine() {
        ClockProof time = clock();
        return new MachineState(
                time.judgement(),
                time.worstOffsetMs(),
                time.limitMs(),
                known().cleanliness().stream()
                        .filter(check -> check.result() == CleanlinessCheck.Result.NOT_OK)
                        .map(check -> check.item().word())
                        .toList());
    }

    ClockProof clock() {
        return Objects.requireNonNull(proof, "after() first");
    }
}
