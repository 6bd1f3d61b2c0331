package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What agents and persons are told about uploads: the same protocol for both. */
final class UploadAnswers {
    static final String OFFSET = "Upload-Offset";
    private static final int REPORT_FINDINGS = 20;

    private final Uploads uploads;
    private final IngestWorkers workers;

    UploadAnswers(Uploads uploads, IngestWorkers workers) {
        this.uploads = uploads;
        this.workers = workers;
    }

    /** 201 new, 200 known, each with uploadId and offset; 200 with evidenceId if it is in the archive. */
    ResponseEntity<ObjectNode> begun(Uploads.Begun begun, String path) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        Upload upload = begun.upload();
        if (upload == null) {
            json.put("evidenceId", String.valueOf(begun.evidenceId()));
            return ResponseEntity.ok(json);
        }
        json.put("uploadId", upload.id().toString());
        json.put("offset", upload.offset());
        json.put("state", upload.state().name());
        return ResponseEntity.status(begun.isNew() ? HttpStatus.CREATED : HttpStatus.OK)
                .header("Location", path + "/" + upload.id())
                .header(OFFSET, Long.toString(upload.offset()))
                .body(json);
    }

    /** The upload, if the actor began it and something can still become of it. */
    Upload found(UUID id, Actor actor) {
        Upload upload = uploads.find(id, actor).orElseThrow(() -> Problem.notFound(id.toString()));
        if (upload.state() == UploadState.REJECTED) {
            // Nothing was kept: the sender begins anew.
            throw Problem.of(HttpStatus.GONE, "ingest.rejected", String.valueOf(upload.reasonCode()));
        }
        return upload;
    }

    ResponseEntity<Void> offset(UUID id, Actor actor) {
        Upload upload = found(id, actor);
        return ResponseEntity.ok()
                .header(OFFSET, Long.toString(upload.offset()))
                .header("Upload-Length", Long.toString(upload.sizeBytes()))
                .header("Cache-Control", "no-store")
                .build();
    }

    /** 204 with the new offset; 409 with the right one. */
    ResponseEntity<Object> append(UUID id, @Nullable String header, InputStream body, Actor actor) throws IOException {
        Upload before = found(id, actor);
        if (header == null || !header.matches("\\d{1,18}")) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "ingest.offset-missing");
        }
        try {
            long offset = uploads.append(id, Long.parseLong(header), body, actor);
            return ResponseEntity.noContent()
                    .header(OFFSET, Long.toString(offset))
                    .build();
        } catch (IngestRefused refused) {
            return switch (refused.code()) {
                case WRONG_OFFSET, BUSY, WRONG_STATE -> {
                    long right = refused.offset() >= 0
                            ? refused.offset()
                            : uploads.find(id, actor).orElse(before).offset();
                    yield ResponseEntity.status(HttpStatus.CONFLICT)
                            .header(OFFSET, Long.toString(right))
                            .build();
                }
                default -> throw problem(refused);
            };
        }
    }

    /** 202; verification and storing go on by themselves. */
    ResponseEntity<ObjectNode> complete(UUID id, Actor actor) {
        Upload unused = found(id, actor);
        try {
            Upload after = uploads.complete(id, actor);
            workers.wake(id);
            return ResponseEntity.accepted().body(state(after));
        } catch (IngestRefused refused) {
            throw problem(refused);
        }
    }

    ObjectNode state(Upload upload) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("uploadId", upload.id().toString());
        json.put("state", upload.state().name());
        json.put("offset", upload.offset());
        json.put("sizeBytes", upload.sizeBytes());
        json.put("sha256", upload.sha256());
        json.put("fileName", upload.fileName());
        json.put(
                "evidenceId",
                upload.evidenceId() == null ? null : upload.evidenceId().toString());
        json.put("verdict", upload.verdict());
        json.put("reasonCode", upload.reasonCode());
        json.put("reason", upload.reason());
        json.put("failure", upload.failure());
        if (upload.state() == UploadState.QUARANTINED || upload.state() == UploadState.ORPHANED) {
            json.set("report", shortReport(upload.report()));
        }
        return json;
    }

    /** Verdict and findings that are not VALID; the whole report is at the quarantine. */
    private static JsonNode shortReport(@Nullable String report) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        JsonNode first = report == null
                ? JsonMapper.shared().createObjectNode()
                : JsonMapper.shared().readTree(report).path("reports").path(0);
        json.put("verdict", first.path("verdict").asString(""));
        var findings = json.putArray("findings");
        for (JsonNode finding : first.path("findings")) {
            if (!finding.path("verdict").asString("").equals("VALID") && findings.size() < REPORT_FINDINGS) {
                findings.add(finding);
            }
        }
        return json;
    }

    Optional<Upload> find(UUID id, Actor actor) {
        return uploads.find(id, actor);
    }

    static Problem problem(IngestRefused refused) {
        return switch (refused.code()) {
            case NO_SUCH_UPLOAD -> Problem.notFound("upload");
            case WRONG_STATE -> Problem.of(HttpStatus.CONFLICT, "ingest.state");
            case WRONG_OFFSET -> Problem.of(HttpStatus.CONFLICT, "ingest.offset", refused.offset());
            case BUSY -> Problem.of(HttpStatus.CONFLICT, "ingest.busy");
            case TOO_MANY_BYTES -> Problem.of(HttpStatus.BAD_REQUEST, "ingest.too-many-bytes");
            case INCOMPLETE -> Problem.of(HttpStatus.CONFLICT, "ingest.incomplete", refused.offset());
            case TOO_LARGE -> Problem.of(HttpStatus.CONTENT_TOO_LARGE, "too-large");
            case TOO_MANY ->
                Problem.of(HttpStatus.TOO_MANY_REQUESTS, "ingest.too-many").retryAfter(30);
            case NO_ROOM ->
                Problem.of(HttpStatus.INSUFFICIENT_STORAGE, "ingest.no-room").retryAfter(300);
            case MALFORMED -> Problem.of(HttpStatus.BAD_REQUEST, "ingest.malformed");
        };
    }
}
