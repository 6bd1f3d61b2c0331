package org.tiezheng.archive.ingest;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import tools.jackson.databind.node.ObjectNode;

/**
 * Results of agents; docs/agent.md has the protocol.
 *
 * <p>A result whose lease is another's is taken all the same: it ends ORPHANED and is kept for review, so nothing that was
 * captured is lost.
 */
@RestController
@RequestMapping("/api/agent/uploads")
@PreAuthorize(Access.AGENT)
class AgentUploadController {
    private static final String PATH = "/api/agent/uploads";

    /** An agent that knows what to do with 409 and an uploadId says so; an older one would keep its package and send nothing. */
    private static final String LATE = "Late-Result";

    private final Uploads uploads;
    private final UploadAnswers answers;
    private final CaptureJobs jobs;

    AgentUploadController(Uploads uploads, IngestWorkers workers, CaptureJobs jobs) {
        this.uploads = uploads;
        this.jobs = jobs;
        this.answers = new UploadAnswers(uploads, workers);
    }

    /** @param sha256 of the whole file */
    record Announcement(long jobId, long epoch, String fileName, long sizeBytes, String sha256) {}

    /**
     * 409 with uploadId and offset is for an agent that said {@code Late-Result: 409}: its lease is another's by now, and the
     * package is taken all the same, to be kept as an orphan.
     */
    @PostMapping
    ResponseEntity<ObjectNode> begin(
            @RequestBody Announcement body, @RequestHeader(name = LATE, required = false) @Nullable String late)
            throws IOException {
        try {
            ResponseEntity<ObjectNode> answer = answers.begun(
                    uploads.begin(
                            body.jobId(),
                            body.epoch(),
                            String.valueOf(body.fileName()),
                            body.sizeBytes(),
                            String.valueOf(body.sha256()),
                            UploadContext.NONE,
                            CurrentActor.get()),
                    PATH);
            ObjectNode json = answer.getBody();
            return "409".equals(late)
                            && json != null
                            && json.has("uploadId")
                            && jobs.holder(body.jobId(), body.epoch()).isEmpty()
                    ? ResponseEntity.status(HttpStatus.CONFLICT)
                            .headers(answer.getHeaders())
                            .body(json.put("title", "the job is another agent's by now, or has ended"))
                    : answer;
        } catch (IngestRefused refused) {
            throw UploadAnswers.problem(refused);
        }
    }

    @RequestMapping(path = "/{id}", method = RequestMethod.HEAD)
    ResponseEntity<Void> offset(@PathVariable("id") UUID id) {
        return answers.offset(id, CurrentActor.get());
    }

    @PatchMapping("/{id}")
    ResponseEntity<Object> append(
            @PathVariable("id") UUID id,
            @RequestHeader(name = UploadAnswers.OFFSET, required = false) @Nullable String offset,
            HttpServletRequest request)
            throws IOException {
        return answers.append(id, offset, request.getInputStream(), CurrentActor.get());
    }

    @PostMapping("/{id}/complete")
    ResponseEntity<ObjectNode> complete(@PathVariable("id") UUID id) {
        return answers.complete(id, CurrentActor.get());
    }

    @GetMapping("/{id}")
    ObjectNode state(@PathVariable("id") UUID id) {
        return answers.state(answers.found(id, CurrentActor.get()));
    }
}
