package org.tiezheng.archive.ingest;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
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
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.node.ObjectNode;

/**
 * Packages that a person brings: captured with the command line, or by another archive.
 *
 * <p>{@code /api/v1/uploads} is resumable, in the steps of the agents' protocol; {@code POST /api/v1/packages} is the same in
 * one request. Both end with the same checks as any other package.
 */
@RestController
@RequestMapping("/api/v1")
@PreAuthorize(Access.CAPTURE)
class UploadController {
    private static final String PATH = "/api/v1/uploads";
    private static final int MAX_TEXT = 1000;

    private final Uploads uploads;
    private final UploadAnswers answers;

    UploadController(Uploads uploads, IngestWorkers workers) {
        this.uploads = uploads;
        this.answers = new UploadAnswers(uploads, workers);
    }

    /** What is announced; the links may be missing and be added later. */
    record Announcement(
            String fileName,
            long sizeBytes,
            String sha256,
            @Nullable String clueNo,
            @Nullable String caseNo,
            @Nullable String purpose,
            @Nullable String factToProve,
            @Nullable String shop,
            @Nullable String platform) {}

    @PostMapping("/uploads")
    ResponseEntity<ObjectNode> begin(@RequestBody Announcement body) throws IOException {
        return answers.begun(announce(body), PATH);
    }

    private Uploads.Begun announce(Announcement body) throws IOException {
        Actor actor = CurrentActor.get();
        UploadContext context = new UploadContext(
                text("clueNo", body.clueNo(), 100),
                text("caseNo", body.caseNo(), 100),
                text("purpose", body.purpose(), MAX_TEXT),
                text("factToProve", body.factToProve(), MAX_TEXT),
                text("shop", body.shop(), 200),
                text("platform", body.platform(), 200),
                List.of(actor.id()),
                List.of(actor.name()),
                false);
        try {
            return uploads.begin(
                    null,
                    null,
                    String.valueOf(body.fileName()),
                    body.sizeBytes(),
                    String.valueOf(body.sha256()),
                    context,
                    actor);
        } catch (IngestRefused refused) {
            throw UploadAnswers.problem(refused);
        }
    }

    private static @Nullable String text(String field, @Nullable String value, int most) {
        if (value == null || value.isBlank()) {
            return null;
        }
        if (value.length() > most) {
            throw Problem.invalid(field, "too-long", most);
        }
        if (value.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')) {
            throw Problem.invalid(field, "invalid");
        }
        return value.strip();
    }

    @RequestMapping(path = "/uploads/{id}", method = RequestMethod.HEAD)
    ResponseEntity<Void> offset(@PathVariable("id") UUID id) {
        return answers.offset(id, CurrentActor.get());
    }

    @PatchMapping("/uploads/{id}")
    ResponseEntity<Object> append(
            @PathVariable("id") UUID id,
            @RequestHeader(name = UploadAnswers.OFFSET, required = false) @Nullable String offset,
            HttpServletRequest request)
            throws IOException {
        return answers.append(id, offset, request.getInputStream(), CurrentActor.get());
    }

    @PostMapping("/uploads/{id}/complete")
    ResponseEntity<ObjectNode> complete(@PathVariable("id") UUID id) {
        return answers.complete(id, CurrentActor.get());
    }

    @GetMapping("/uploads/{id}")
    ObjectNode state(@PathVariable("id") UUID id) {
        return answers.state(answers.found(id, CurrentActor.get()));
    }

    /**
     * A whole package in one request: the body is the file, with Content-Length. What breaks off can be gone on with at {@code
     * /uploads}.
     *
     * @param sha256 of the file; a person who sends a package knows its digest, or computes it first
     */
    @PostMapping("/packages")
    ResponseEntity<ObjectNode> whole(
            @RequestParam("sha256") String sha256,
            @RequestParam(name = "fileName", defaultValue = "package.asice") String fileName,
            @RequestParam(name = "clueNo", required = false) @Nullable String clueNo,
            @RequestParam(name = "caseNo", required = false) @Nullable String caseNo,
            @RequestParam(name = "purpose", required = false) @Nullable String purpose,
            @RequestParam(name = "factToProve", required = false) @Nullable String factToProve,
            @RequestParam(name = "shop", required = false) @Nullable String shop,
            @RequestParam(name = "platform", required = false) @Nullable String platform,
            HttpServletRequest request)
            throws IOException {
        long size = request.getContentLengthLong();
        if (size < 1) {
            throw Problem.of(HttpStatus.LENGTH_REQUIRED, "ingest.length");
        }
        Uploads.Begun begun = announce(
                new Announcement(fileName, size, sha256, clueNo, caseNo, purpose, factToProve, shop, platform));
        Upload upload = begun.upload();
        if (upload == null) {
            return answers.begun(begun, PATH);
        }
        if (upload.state() != UploadState.RECEIVING) {
            return ResponseEntity.accepted()
                    .header("Location", PATH + "/" + upload.id())
                    .body(answers.state(upload));
        }
        Actor actor = CurrentActor.get();
        try {
            request.getInputStream().skipNBytes(upload.offset());
            long unused = uploads.append(upload.id(), upload.offset(), request.getInputStream(), actor);
        } catch (IngestRefused refused) {
            throw UploadAnswers.problem(refused);
        }
        ResponseEntity<ObjectNode> completed = answers.complete(upload.id(), actor);
        return ResponseEntity.accepted()
                .header("Location", PATH + "/" + upload.id())
                .body(Objects.requireNonNull(completed.getBody()));
    }
}
