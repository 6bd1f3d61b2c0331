package org.tiezheng.capture;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.BrowserPrograms;
import org.tiezheng.capture.environment.EnvironmentSurvey;
import org.tiezheng.capture.environment.Program;
import org.tiezheng.capture.record.Step;

/**
 * Makes captures, one call each, from address to sealed package. Several threads may each run one. Every capture ends in a
 * {@link CaptureResult} and, unless it waits for its seal, in a line of the capture log.
 */
final class CaptureAgent {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureAgent.class);
    /** Steps of an ordinary capture, for the progress display. */
    static final int STEPS = 25;

    private final DataFolder data;
    private final Authorities authorities;
    private final BrowserPrograms programs;
    private final Path tempRoot;
    private final Progress progress;
    private final CompletenessJudge judge = new CompletenessJudge(PageRules.load());
    private final Clock clock;
    private final EnvironmentSurvey surveyor;
    private final Map<UUID, StepRunner> running = new ConcurrentHashMap<>();
    private volatile boolean cancelled;

    /** @param egressService asked which public address it sees; null: nobody is asked */
    CaptureAgent(
            DataFolder data,
            Authorities authorities,
            BrowserPrograms programs,
            Path tempRoot,
            @Nullable URI egressService,
            Progress progress,
            Clock clock) {
        this.data = data;
        this.authorities = authorities;
        this.programs = programs;
        this.tempRoot = tempRoot;
        this.progress = progress;
        this.clock = clock;
        this.surveyor = new EnvironmentSurvey(
                EnvironmentSurvey.Settings.of(
                                List.of(
                                        Program.Query.of("chromium", programs.chromium()),
                                        Program.Query.of("chromedriver", programs.chromedriver()),
                                        Program.Query.ffmpeg(programs.ffmpeg())),
                                data.root())
                        .withEgressService(egressService),
                clock);
    }

    /** Ends all running captures as CANCELLED, and all that are asked for later. Returns at once. */
    void cancel() {
        cancelled = true;
        running.values().forEach(StepRunner::cancel);
    }

    /** Ends the capture {@code id} as CANCELLED if it is running. Returns at once. */
    void cancel(UUID id) {
        StepRunner steps = running.get(id);
        if (steps != null) {
            steps.cancel();
        }
    }

    CaptureResult capture(CaptureRequest request) {
        if (cancelled) {
            return neverBegun(request);
        }
        try (Progress.OneCapture display =
                progress.begin(request.id(), request.url().text(), STEPS)) {
            return capture(request, display);
        }
    }

    CaptureResult capture(CaptureRequest request, CaptureListener listener) {
        String url = request.url().text();
        if (cancelled) {
            return neverBegun(request);
        }
        try (WorkFolder work = data.create(request.id(), url, request.out())) {
            try {
                return capture(request, work, listener);
            } catch (IOException | RuntimeException e) {
                if (!(e instanceof IOException)) {
                    LOG.error("capture {}", request.id(), e);
                }
                if (work.isAssembled()) {
                    // Nothing of the evidence is lost: only the seal is missing.
                    return CaptureResult.ended(request.id(), url, WorkState.SEALING, StepRunner.describe(e));
                }
                return end(work, WorkState.FAILED, StepRunner.describe(e));
            }
        } catch (IOException e) {
            // The work folder itself could not be made, or not be ended: most likely the disk. The next start finds it.
            return CaptureResult.ended(request.id(), url, WorkState.INTERRUPTED, StepRunner.describe(e));
        }
    }

    private static CaptureResult neverBegun(CaptureRequest request) {
        return CaptureResult.ended(
                request.id(), request.url().text(), WorkState.CANCELLED, "cancelled before it began");
    }

    private CaptureResult capture(CaptureRequest request, WorkFolder work, CaptureListener listener)
            throws IOException {
        Incidents incidents = new Incidents(clock);
        StepRunner steps = new StepRunner(clock, request.settings().timeout(), listener);
        running.put(request.id(), steps);
        try {
            if (cancelled) {
                steps.cancel();
            }
            Surroundings surroundings = new Surroundings(request, authorities, steps, incidents, clock);
            surroundings.before(surveyor);
            work.update(WorkState.RECORDING, "");
            // From here on processes run. If we die, the next start's janitor ends them and DataFolder reports the
            // capture.
            Recording recording = new Recording(request, programs, tempRoot, work, steps, listener, incidents, clock);
            boolean started;
            try (recording) {
                listener.traffic(recording::traffic);
                started = recording.start();
                if (started) {
                    recording.capture();
                }
                surroundings.after(recording.pageReading());
            }
            if (steps.isCancelled()) {
                return end(work, WorkState.CANCELLED, "cancelled by the user");
            }
            if (!started || !surroundings.isKnown()) {
                return end(work, WorkState.FAILED, firstProblem(steps.steps()));
            }
            work.update(WorkState.ASSEMBLING, "");
            new Assembly(request, work, recording, surroundings, authorities, steps, incidents, judge, clock)
                    .assemble();
            if (steps.isCancelled()) {
                // Complete, but the user does not want it: capture.wacz is there, so it waits; list shows it.
                return CaptureResult.ended(
                        request.id(), request.url().text(), WorkState.SEALING, "cancelled before the seal");
            }
            return steps.show(StepNames.SEAL, note -> {
                CaptureResult result = new Sealing(data, authorities, clock).seal(work);
                if (result.state() != WorkState.SEALED) {
                    note.error(String.valueOf(result.reason()));
                }
                return result;
            });
        } finally {
            running.remove(request.id());
        }
    }

    /** Ends work that waits for its seal as CANCELLED: nobody wants it any more. The line in the capture log stays. */
    void discard(WorkFolder work, String reason) throws IOException {
        var ignored = end(work, WorkState.CANCELLED, reason);
    }

    /** Writes the end down and removes the work. Dying in between leaves an ended folder, which the next start removes. */
    private CaptureResult end(WorkFolder work, WorkState state, String reason) throws IOException {
        WorkFolder.Status status = work.status().orElseThrow();
        try {
            data.log().append(status, state, null, null, reason, clock.instant());
        } catch (IOException e) {
            // A full disk, most likely: what goes anyway makes room for the line that says why.
            work.discard();
            data.log().append(status, state, null, null, reason, clock.instant());
        }
        work.update(state, reason);
        work.delete();
        return CaptureResult.ended(status.id(), status.url(), state, reason);
    }

    private static String firstProblem(List<Step> steps) {
        return steps.stream()
                .filter(step -> step.outcome() == Step.Outcome.ERROR || step.outcome() == Step.Outcome.TIMEOUT)
                .filter(step -> !StepNames.SURROUNDINGS.contains(step.name()))
                .map(step -> step.name() + ": " + step.detail())
                .findFirst()
                .orElse("the browser did not start");
    }

    /** How long {@link #cancel} may take to show, with every process ended. */
    static final Duration CANCEL_TIME = Duration.ofSeconds(75);
}
