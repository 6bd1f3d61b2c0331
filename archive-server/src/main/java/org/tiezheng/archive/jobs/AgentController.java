package org.tiezheng.archive.jobs;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;

/**
 * What capture agents talk to, but for uploads: leases, heartbeats, pictures, ends. docs/agent.md has the protocol with
 * examples.
 *
 * <p>409 always means the same: the job is not (or no longer) this agent's under this epoch, and it must stop.
 */
@RestController
@RequestMapping("/api/agent")
@PreAuthorize(Access.AGENT)
class AgentController {
    private static final int MOST_BODY = 64 * 1024;
    private static final int MOST_PICTURE = 200_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,99}");
    private static final Pattern STEP = Pattern.compile("[a-z][a-z0-9-]{0,39}");
    private static final Pattern OUTCOME = Pattern.compile("[A-Za-z_]{1,20}");
    private static final int MOST_SLOTS = 1_000;

    private final Leases leases;
    private final LeaseDesk desk;
    private final Jobs jobs;
    private final JobSettings settings;

    AgentController(Leases leases, LeaseDesk desk, Jobs jobs, JobSettings settings) {
        this.leases = leases;
        this.desk = desk;
        this.jobs = jobs;
        this.settings = settings;
    }

    /**
     * @param slots jobs the agent can have at the same time, those it has included
     * @param waitSeconds how long the answer may take if there is nothing, at most 25
     */
    record LeaseRequest(String agent, String version, int slots, int waitSeconds) {}

    /** What the agent is to capture; allowHosts and trustSpki are this server's settings, not the inspector's. */
    record CaptureOrder(
            List<String> urls,
            String profile,
            boolean video,
            int videoSeconds,
            int timeoutSeconds,
            String language,
            List<String> allowHosts,
            List<String> trustSpki) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LeaseAnswer(
            long jobId,
            long epoch,
            long leaseSeconds,
            CaptureOrder request,
            RecordedOfficer officer,
            List<RecordedOfficer> officers,
            CaptureContext context) {}

    @PostMapping("/lease")
    ResponseEntity<LeaseAnswer> lease(HttpServletRequest http) throws IOException, InterruptedException {
        LeaseRequest request = Bodies.json(http, LeaseRequest.class, MOST_BODY);
        if (!matches(NAME, request.agent())
                || request.version() == null
                || request.version().length() > 100
                || request.slots() < 0
                || request.slots() > MOST_SLOTS
                || request.waitSeconds() < 0) {
            throw badRequest();
        }
        return desk.lease(
                        request.agent(),
                        CurrentActor.get().id(),
                        request.version(),
                        request.slots(),
                        Duration.ofSeconds(request.waitSeconds()))
                .map(lease -> ResponseEntity.ok(answer(lease.job())))
                .orElseGet(() -> ResponseEntity.noContent().build());
    }

    private LeaseAnswer answer(Job job) {
        CaptureOptions options = job.options();
        return new LeaseAnswer(
                job.id(),
                job.epoch(),
                settings.lease().toSeconds(),
                new CaptureOrder(
                        List.of(job.url()),
                        options.profile(),
                        options.videoSeconds() > 0,
                        options.videoSeconds(),
                        options.timeoutSeconds(),
                        options.language(),
                        settings.allowHosts(),
                        settings.trustSpki()),
                job.officers().get(0),
                job.officers(),
                job.context());
    }

    /** @param stepsDone all steps that have ended in this attempt, in order */
    record Beat(
            long epoch, @Nullable String step, @Nullable List<StepDone> stepsDone, long bytes, long elapsedMillis) {}

    record BeatAnswer(Instant leaseUntil, boolean cancel) {}

    @PostMapping("/jobs/{id}/heartbeat")
    BeatAnswer heartbeat(@PathVariable("id") long id, HttpServletRequest http) throws IOException {
        Beat beat = Bodies.json(http, Beat.class, MOST_BODY);
        List<StepDone> steps = beat.stepsDone() == null ? List.of() : beat.stepsDone();
        String step = beat.step() == null || beat.step().isEmpty() ? null : beat.step();
        if (beat.bytes() < 0
                || beat.elapsedMillis() < 0
                || (step != null && !matches(STEP, step))
                || !steps.stream().allMatch(AgentController::isSound)) {
            throw badRequest();
        }
        return leases.heartbeat(id, new Heartbeat(beat.epoch(), step, steps, beat.bytes(), beat.elapsedMillis()))
                .map(renewal -> new BeatAnswer(renewal.until(), renewal.cancel()))
                .orElseThrow(AgentController::lost);
    }

    private static boolean isSound(@Nullable StepDone step) {
        return step != null && matches(STEP, step.name()) && step.millis() >= 0 && matches(OUTCOME, step.outcome());
    }

    @PutMapping("/jobs/{id}/thumbnail")
    ResponseEntity<Void> thumbnail(
            @PathVariable("id") long id, @RequestParam("epoch") long epoch, HttpServletRequest http)
            throws IOException {
        byte[] jpeg = Bodies.bytes(http, MOST_PICTURE);
        // Shown in the browser of whoever watches: nothing but a JPEG may come in here.
        if (jpeg.length < 4 || (jpeg[0] & 0xff) != 0xff || (jpeg[1] & 0xff) != 0xd8 || (jpeg[2] & 0xff) != 0xff) {
            throw Problem.of(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "media-type");
        }
        return done(leases.thumbnail(id, epoch, jpeg));
    }

    record Failure(long epoch, String code, @Nullable String message, boolean retryable) {}

    @PostMapping("/jobs/{id}/fail")
    ResponseEntity<Void> fail(@PathVariable("id") long id, HttpServletRequest http) throws IOException {
        Failure failure = Bodies.json(http, Failure.class, MOST_BODY);
        if (failure.code() == null || failure.code().isBlank()) {
            throw badRequest();
        }
        String message = failure.message() == null ? "" : failure.message();
        return done(jobs.fail(id, failure.epoch(), failure.code(), message, failure.retryable()));
    }

    record End(long epoch) {}

    @PostMapping("/jobs/{id}/cancelled")
    ResponseEntity<Void> cancelled(@PathVariable("id") long id, HttpServletRequest http) throws IOException {
        return done(jobs.cancelled(id, Bodies.json(http, End.class, MOST_BODY).epoch()));
    }

    private static ResponseEntity<Void> done(boolean known) {
        if (!known) {
            throw lost();
        }
        return ResponseEntity.noContent().build();
    }

    private static Problem lost() {
        return Problem.of(HttpStatus.CONFLICT, "jobs.lease-lost");
    }

    private static Problem badRequest() {
        return Problem.of(HttpStatus.BAD_REQUEST, "bad-request");
    }

    private static boolean matches(Pattern form, @Nullable String text) {
        return text != null && form.matcher(text).matches();
    }
}
