package org.tiezheng.archive.jobs;

import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
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

/** Batches for programs. */
@RestController
@RequestMapping("/api/v1/batches")
class BatchApi {
    private static final String LIST = "batches";

    private final Submissions submissions;
    private final BatchActions actions;
    private final JobQueries queries;
    private final JobLive live;
    private final JobSettings settings;
    private final Cursor cursors;

    BatchApi(
            Submissions submissions,
            BatchActions actions,
            JobQueries queries,
            JobLive live,
            JobSettings settings,
            Cursor cursors) {
        this.submissions = submissions;
        this.actions = actions;
        this.queries = queries;
        this.live = live;
        this.settings = settings;
        this.cursors = cursors;
    }

    /**
     * A list in JSON.
     *
     * @param skipBad submit what is good and name the rest, instead of submitting nothing
     */
    record NewBatch(
            @Nullable String name,
            List<String> urls,
            boolean skipBad,
            @Nullable SubmissionRequest capture) {}

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @PreAuthorize(Access.CAPTURE)
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = NewBatch.class)))
    ResponseEntity<BatchReceipt> submit(
            HttpServletRequest http, @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key)
            throws IOException {
        NewBatch request = Bodies.json(
                http, NewBatch.class, Math.toIntExact(settings.uploadMost().toBytes()));
        if (request.urls() == null || request.urls().stream().anyMatch(url -> url == null)) {
            throw new JobRefused(Code.NO_ADDRESS, "");
        }
        Submission submission = request.capture() == null
                ? new SubmissionRequest(null, null, null, null, null, null, null, null, null, null, null, null)
                        .submission()
                : request.capture().submission();
        return answer(submissions.submitBatch(
                request.name() == null ? "" : request.name(),
                AddressList.of(request.urls(), submission.context(), settings.batchMost()),
                submission,
                request.skipBad(),
                CurrentActor.get(),
                key));
    }

    /** A list as a file, text or CSV; everything else in the query. */
    @PostMapping(consumes = {MediaType.TEXT_PLAIN_VALUE, "text/csv"})
    @PreAuthorize(Access.CAPTURE)
    @RequestBody(
            required = true,
            content = {
                @Content(mediaType = "text/csv", schema = @Schema(type = "string")),
                @Content(mediaType = "text/plain", schema = @Schema(type = "string"))
            })
    ResponseEntity<BatchReceipt> upload(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "skipBad", defaultValue = "false") boolean skipBad,
            @ModelAttribute SubmissionRequest request,
            HttpServletRequest http,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key)
            throws IOException {
        Submission submission = request.submission();
        return answer(submissions.submitBatch(
                name,
                AddressList.read(
                        http.getInputStream(),
                        submission.context(),
                        settings.batchMost(),
                        settings.uploadMost().toBytes()),
                submission,
                skipBad,
                CurrentActor.get(),
                key));
    }

    /** 201 with the receipt; 422 with it if nothing was submitted. */
    private static ResponseEntity<BatchReceipt> answer(BatchReceipt receipt) {
        return receipt.batchId() == null
                ? ResponseEntity.status(HttpStatus.UNPROCESSABLE_CONTENT).body(receipt)
                : ResponseEntity.status(HttpStatus.CREATED)
                        .header("Location", "/api/v1/batches/" + receipt.batchId())
                        .body(receipt);
    }

    @GetMapping
    @PreAuthorize(Access.VIEW_CAPTURES)
    Cursor.Page<JobQueries.Batch> list(
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        int rows = JobApi.rows(limit);
        List<String> position = cursors.decode(LIST, cursor, 1);
        Long before = position == null ? null : Long.valueOf(position.get(0));
        return cursors.page(
                LIST, queries.batches(before, rows + 1), rows, batch -> List.of(String.valueOf(batch.id())));
    }

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_CAPTURES)
    JobQueries.@Nullable Batch get(
            @PathVariable("id") long id, HttpServletRequest request, HttpServletResponse response) {
        JobQueries.Batch batch = find(id);
        return ETags.isUnchanged(ETags.of(batch), request, response) ? null : batch;
    }

    /** Event {@code changed} without data, once a second at the most: ask again. */
    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @PreAuthorize(Access.VIEW_CAPTURES)
    SseEmitter events(@PathVariable("id") long id, HttpServletResponse response) {
        return live.open(JobLive.batchTopic(find(id).id()), response);
    }

    /** Number of jobs the act reached. */
    record Reached(int jobs) {}

    @PostMapping("/{id}/cancel")
    @PreAuthorize(Access.CAPTURE)
    Reached cancel(@PathVariable("id") long id) {
        Actor actor = CurrentActor.get();
        return new Reached(actions.cancel(find(id), actor));
    }

    /** Tries again what failed. */
    @PostMapping("/{id}/retry")
    @PreAuthorize(Access.CAPTURE)
    Reached retry(@PathVariable("id") long id) {
        Actor actor = CurrentActor.get();
        return new Reached(actions.retryFailed(find(id), actor));
    }

    private JobQueries.Batch find(long id) {
        return queries.batch(id).orElseThrow(() -> new JobRefused(Code.NO_SUCH_BATCH, String.valueOf(id)));
    }
}
