package org.tiezheng.archive.jobs;

import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.ETags;

/** Jobs for programs; the screens do nothing that cannot be done here. */
@RestController
@RequestMapping("/api/v1/jobs")
class JobApi {
    static final int MOST_BODY = 64 * 1024;
    static final int MOST_ROWS = 500;
    private static final String LIST = "jobs";

    private final Submissions submissions;
    private final Jobs jobs;
    private final JobQueries queries;
    private final JobLive live;
    private final Cursor cursors;

    JobApi(Submissions submissions, Jobs jobs, JobQueries queries, JobLive live, Cursor cursors) {
        this.submissions = submissions;
        this.jobs = jobs;
        this.queries = queries;
        this.live = live;
        this.cursors = cursors;
    }

    /** One address and what {@link SubmissionRequest} has. */
    record NewJob(
            String url,
            @Nullable String profile,
            @Nullable String language,
            @Nullable Integer videoSeconds,
            @Nullable Integer timeoutSeconds,
            @Nullable String clueNo,
            @Nullable String caseNo,
            @Nullable String purpose,
            @Nullable String factToProve,
            @Nullable String shop,
            @Nullable String platform,
            @Nullable String secondOfficer,
            @Nullable Integer priority) {
        Submission submission() {
            return new SubmissionRequest(
                            profile,
                            language,
                            videoSeconds,
                            timeoutSeconds,
                            clueNo,
                            caseNo,
                            purpose,
                            factToProve,
                            shop,
                            platform,
                            secondOfficer,
                            priority)
                    .submission();
        }
    }

    @PostMapping
    @PreAuthorize(Access.CAPTURE)
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = NewJob.class)))
    ResponseEntity<Job> submit(
            HttpServletRequest http, @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key)
            throws IOException {
        NewJob request = Bodies.json(http, NewJob.class, MOST_BODY);
        if (request.url() == null || request.url().isBlank()) {
            throw new JobRefused(Code.NO_ADDRESS, "");
        }
        Job job = submissions.submit(request.url(), request.submission(), CurrentActor.get(), key);
        return ResponseEntity.created(URI.create("/api/v1/jobs/" + job.id()))
                .eTag(tag(job))
                .body(job);
    }

    /**
     * @param state one or more of READY, LEASED, DONE, FAILED, CANCELLED
     * @param mine only those of the caller
     * @param q part of the address, or a clue or case number
     */
    @GetMapping
    @PreAuthorize(Access.VIEW_CAPTURES)
    Cursor.Page<Job> list(
            @RequestParam(name = "state", required = false) @Nullable List<String> state,
            @RequestParam(name = "mine", defaultValue = "false") boolean mine,
            @RequestParam(name = "batch", required = false) @Nullable Long batch,
            @RequestParam(name = "host", required = false) @Nullable String host,
            @RequestParam(name = "q", required = false) @Nullable String q,
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        Actor actor = CurrentActor.get();
        return page(new JobQueries.Filter(states(state), mine ? actor.id() : null, batch, host, q), cursor, limit);
    }

    private Cursor.Page<Job> page(JobQueries.Filter filter, @Nullable String cursor, int limit) {
        int rows = rows(limit);
        List<String> position = cursors.decode(LIST, cursor, 1);
        Long before = position == null ? null : Long.valueOf(position.get(0));
        return cursors.page(
                LIST, queries.jobs(filter, before, rows + 1), rows, job -> List.of(String.valueOf(job.id())));
    }

    static int rows(int limit) {
        return Math.max(1, Math.min(limit, MOST_ROWS));
    }

    static List<JobState> states(@Nullable List<String> names) {
        try {
            return names == null
                    ? List.of()
                    : names.stream()
                            .flatMap(name -> Arrays.stream(name.split(",")))
                            .filter(name -> !name.isBlank())
                            .map(name -> JobState.valueOf(name.strip().toUpperCase(Locale.ROOT)))
                            .toList();
        } catch (IllegalArgumentException e) {
            throw new JobRefused(Code.QUERY, "state");
        }
    }

    /** The job and how far it is. */
    record Detail(Job job, JobLive.Snapshot live) {}

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_CAPTURES)
    @Nullable
    Detail get(@PathVariable("id") long id, HttpServletRequest request, HttpServletResponse response) {
        Job job = find(id);
        JobLive.Snapshot snapshot = live.snapshot(job);
        return ETags.isUnchanged(ETags.of(job, snapshot), request, response) ? null : new Detail(job, snapshot);
    }

    /** Event {@code changed} with a {@link JobLive.Snapshot} as JSON, at once and at every change. */
    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @PreAuthorize(Access.VIEW_CAPTURES)
    SseEmitter events(
            @PathVariable("id") long id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            HttpServletResponse response)
            throws IOException {
        return live.open(find(id), last, response);
    }

    @GetMapping("/{id}/thumbnail")
    @PreAuthorize(Access.VIEW_CAPTURES)
    ResponseEntity<byte[]> thumbnail(@PathVariable("id") long id) {
        return picture(queries, id);
    }

    static ResponseEntity<byte[]> picture(JobQueries queries, long id) {
        return queries.thumbnail(id)
                .map(jpeg -> ResponseEntity.ok()
                        .contentType(MediaType.IMAGE_JPEG)
                        .cacheControl(CacheControl.noStore())
                        .header("X-Content-Type-Options", "nosniff")
                        .body(jpeg))
                .orElseGet(() -> ResponseEntity.status(HttpStatus.NOT_FOUND).build());
    }

    record Reason(@Nullable String reason) {}

    /** The body {@code {"reason": …}} may be missing. */
    @PostMapping("/{id}/cancel")
    @PreAuthorize(Access.CAPTURE)
    @RequestBody(content = @Content(schema = @Schema(implementation = Reason.class)))
    Job cancel(@PathVariable("id") long id, HttpServletRequest http) throws IOException {
        Job job = mine(id);
        ETags.requireMatch(http, tag(job));
        String reason = http.getContentLengthLong() > 0
                ? Bodies.json(http, Reason.class, MOST_BODY).reason()
                : null;
        return jobs.cancel(id, CurrentActor.get(), reason);
    }

    @PostMapping("/{id}/retry")
    @PreAuthorize(Access.CAPTURE)
    Job retry(@PathVariable("id") long id, HttpServletRequest http) {
        ETags.requireMatch(http, tag(mine(id)));
        return jobs.retry(id, CurrentActor.get());
    }

    /** Earlier and present jobs for the same page, whatever the fragment of the address. */
    @GetMapping("/same-page")
    @PreAuthorize(Access.VIEW_CAPTURES)
    List<Submissions.SamePage> samePage(@RequestParam("url") String url) {
        return submissions.samePage(url);
    }

    private Job mine(long id) {
        Job job = find(id);
        JobAccess.requireMine(job, CurrentActor.get());
        return job;
    }

    private Job find(long id) {
        return jobs.find(id).orElseThrow(() -> new JobRefused(Code.NO_SUCH_JOB, String.valueOf(id)));
    }

    private static String tag(Job job) {
        return ETags.of(job);
    }
}
