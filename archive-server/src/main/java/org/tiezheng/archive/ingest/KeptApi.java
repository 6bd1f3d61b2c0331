package org.tiezheng.archive.ingest;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.ingest.KeptController.Place;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.ETags;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is kept apart, for programs: {@code /api/v1/quarantine}, {@code /api/v1/orphans}, {@code /api/v1/strays}. */
@RestController
@RequestMapping("/api/v1")
@PreAuthorize(Access.REVIEW_REFUSED)
class KeptApi {
    private static final int MOST = 500;

    private final Kept kept;
    private final IngestWorkers workers;
    private final StrayCheck strays;
    private final Cursor cursors;
    private final UploadAnswers answers;

    KeptApi(Kept kept, Uploads uploads, IngestWorkers workers, StrayCheck strays, Cursor cursors) {
        this.kept = kept;
        this.workers = workers;
        this.strays = strays;
        this.cursors = cursors;
        this.answers = new UploadAnswers(uploads, workers);
    }

    @GetMapping("/{place:quarantine|orphans}")
    ObjectNode list(
            @PathVariable("place") String name,
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        if (limit < 1 || limit > MOST) {
            throw Problem.invalid("limit", "number", 1, MOST);
        }
        Cursor.Page<Upload> page = KeptController.page(kept, cursors, place(name), cursor, limit);
        ObjectNode json = JsonMapper.shared().createObjectNode();
        ArrayNode items = json.putArray("items");
        page.rows().forEach(upload -> items.add(json(upload)));
        json.put("next", page.next());
        return json;
    }

    private static Place place(String name) {
        return Place.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private ObjectNode json(Upload upload) {
        ObjectNode json = answers.state(upload);
        json.put("source", upload.source().name());
        json.put("jobId", upload.jobId());
        json.put("jobEpoch", upload.jobEpoch());
        json.put("packageId", upload.packageId());
        json.put("waczSha256", upload.waczSha256());
        json.put("accountName", upload.by().name());
        json.put("createdAt", upload.createdAt().toString());
        json.put("changedAt", upload.changedAt().toString());
        json.put("decidedByName", upload.decidedByName());
        json.put("decision", upload.decision());
        return json;
    }

    /** With the whole report of the verification. */
    @GetMapping("/{place:quarantine|orphans}/{id}")
    @Nullable
    ObjectNode one(
            @PathVariable("place") String name,
            @PathVariable("id") UUID id,
            HttpServletRequest request,
            HttpServletResponse response) {
        Upload upload = kept.find(id, place(name).state).orElseThrow(() -> Problem.notFound(id.toString()));
        if (ETags.isUnchanged(ETags.of("upload", id, upload.changedAt()), request, response)) {
            return null;
        }
        ObjectNode json = json(upload);
        JsonNode report = upload.report() == null ? null : JsonMapper.shared().readTree(upload.report());
        json.set("report", report);
        return json;
    }

    @GetMapping("/{place:quarantine|orphans}/{id}/package")
    void package_(
            @PathVariable("place") String name,
            @PathVariable("id") UUID id,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        KeptController.send(kept, place(name), id, request, response);
    }

    record Decision(@Nullable String reason) {
        String text() {
            return reason == null ? "" : reason;
        }
    }

    @PostMapping("/quarantine/{id}/verify-again")
    @PreAuthorize(KeptController.DECIDE)
    ResponseEntity<Void> verifyAgain(@PathVariable("id") UUID id, @RequestBody Decision body) {
        KeptController.decide(() -> kept.verifyAgain(id, body.text(), CurrentActor.get()));
        workers.wake(id);
        return ResponseEntity.accepted().build();
    }

    @PostMapping("/orphans/{id}/adopt")
    @PreAuthorize(KeptController.DECIDE)
    ResponseEntity<Void> adopt(@PathVariable("id") UUID id, @RequestBody Decision body) {
        KeptController.decide(() -> kept.adopt(id, body.text(), CurrentActor.get()));
        workers.wake(id);
        return ResponseEntity.accepted().build();
    }

    @PostMapping("/{place:quarantine|orphans}/{id}/discard")
    @PreAuthorize(KeptController.DECIDE)
    ResponseEntity<Void> discard(
            @PathVariable("place") String name, @PathVariable("id") UUID id, @RequestBody Decision body)
            throws IOException {
        try {
            kept.discard(id, place(name).state, body.text(), CurrentActor.get());
        } catch (IngestRefused refused) {
            throw KeptController.problem(refused);
        }
        return ResponseEntity.noContent().build();
    }

    /** Objects in the store that nothing names, as the last look found them. */
    @GetMapping("/strays")
    ObjectNode strays() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("running", strays.isRunning());
        StrayCheck.Look last = strays.last();
        ArrayNode items = json.putArray("items");
        if (last != null) {
            json.put("at", last.at().toString());
            json.put("seen", last.seen());
            json.put("found", last.found());
            json.put("failure", last.failure());
            last.objects()
                    .forEach(object -> items.addObject()
                            .put("key", object.version().key())
                            .put("versionId", object.version().versionId())
                            .put("sizeBytes", object.sizeBytes())
                            .put("storedAt", object.storedAt().toString()));
        }
        return json;
    }

    @PostMapping("/strays")
    @PreAuthorize(KeptController.DECIDE)
    ResponseEntity<Void> look() {
        strays.start(CurrentActor.get());
        return ResponseEntity.accepted().build();
    }
}
