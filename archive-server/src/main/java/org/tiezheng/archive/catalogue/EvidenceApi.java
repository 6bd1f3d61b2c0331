package org.tiezheng.archive.catalogue;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.ETags;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Verdict;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Archived evidence for programs: everything the screens do with it. */
@RestController
@RequestMapping("/api/v1")
@PreAuthorize(Access.VIEW_EVIDENCE)
class EvidenceApi {
    private static final String LIST = "evidence";

    private final EvidenceCatalogue catalogue;
    private final EvidenceAccess access;
    private final EvidenceFiles files;
    private final EvidenceExport export;
    private final CaseLinks links;
    private final Confirmations confirmations;
    private final VerifyNow verifications;
    private final Identity identity;
    private final AuditLog audit;
    private final Cursor cursors;

    EvidenceApi(
            EvidenceCatalogue catalogue,
            EvidenceAccess access,
            EvidenceFiles files,
            EvidenceExport export,
            CaseLinks links,
            Confirmations confirmations,
            VerifyNow verifications,
            Identity identity,
            AuditLog audit,
            Cursor cursors) {
        this.catalogue = catalogue;
        this.access = access;
        this.files = files;
        this.export = export;
        this.links = links;
        this.confirmations = confirmations;
        this.verifications = verifications;
        this.identity = identity;
        this.audit = audit;
        this.cursors = cursors;
    }

    // ---- finding ------------------------------------------------------------------------------------------------

    @GetMapping("/evidence")
    ObjectNode list(
            @RequestParam(name = "q", required = false) @Nullable String text,
            @RequestParam(name = "clueNo", required = false) @Nullable String clueNo,
            @RequestParam(name = "caseNo", required = false) @Nullable String caseNo,
            @RequestParam(name = "factToProve", required = false) @Nullable String fact,
            @RequestParam(name = "shop", required = false) @Nullable String shop,
            @RequestParam(name = "platform", required = false) @Nullable String platform,
            @RequestParam(name = "address", required = false) @Nullable String address,
            @RequestParam(name = "officer", required = false) @Nullable String officer,
            @RequestParam(name = "capturedFrom", required = false) @Nullable String from,
            @RequestParam(name = "capturedTo", required = false) @Nullable String to,
            @RequestParam(name = "verdict", required = false) @Nullable String verdict,
            @RequestParam(name = "completeness", required = false) @Nullable String completeness,
            @RequestParam(name = "confirmed", required = false) @Nullable Boolean confirmed,
            @RequestParam(name = "awaitsReview", required = false) @Nullable Boolean awaitsReview,
            @RequestParam(name = "archivalCode", required = false) @Nullable String archivalCode,
            @RequestParam(name = "filed", required = false) @Nullable Boolean filed,
            @RequestParam(name = "held", required = false) @Nullable Boolean held,
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        if (limit < 1 || limit > EvidenceCatalogue.MAX_LIMIT) {
            throw Problem.invalid("limit", "number", 1, EvidenceCatalogue.MAX_LIMIT);
        }
        EvidenceQuery query = new EvidenceQuery(
                        text,
                        clueNo,
                        caseNo,
                        fact,
                        shop,
                        platform,
                        address,
                        officer,
                        time("capturedFrom", from),
                        time("capturedTo", to),
                        verdict(verdict),
                        completeness,
                        confirmed,
                        awaitsReview)
                .filing(archivalCode, filed)
                .held(held);
        List<String> position = cursors.decode(LIST, cursor, 1);
        EvidencePage page = catalogue.search(
                query,
                EvidenceAccess.hiddenOfficer(CurrentActor.get()),
                position == null ? null : Long.valueOf(position.get(0)),
                limit);
        ObjectNode json =
                EvidenceJson.items(page.items().stream().map(EvidenceJson::of).toList());
        Long next = page.next();
        json.put("next", next == null ? null : cursors.encode(LIST, List.of(next.toString())));
        return json;
    }

    private static @Nullable Verdict verdict(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return Verdict.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException none) {
            throw Problem.invalid("verdict", "invalid").because(none);
        }
    }

    private static @Nullable Instant time(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException none) {
            throw Problem.invalid(field, "invalid").because(none);
        }
    }

    @GetMapping("/evidence/{id}")
    @Nullable
    ObjectNode one(@PathVariable("id") UUID id, HttpServletRequest request, HttpServletResponse response) {
        Evidence evidence = access.openRow(id, CurrentActor.get(), "evidence.view", "api");
        return ETags.isUnchanged(tag(evidence), request, response) ? null : EvidenceJson.of(evidence);
    }

    private static String tag(Evidence evidence) {
        return ETags.of("evidence", evidence.id(), evidence.version());
    }

    /** Members of the container with their objects. */
    @GetMapping("/evidence/{id}/objects")
    ObjectNode objects(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "objects");
        return EvidenceJson.items(
                catalogue.objects(evidence.id()).stream().map(EvidenceJson::of).toList());
    }

    /** Files inside capture.wacz. */
    @GetMapping("/evidence/{id}/files")
    ObjectNode files(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "files");
        return EvidenceJson.items(
                catalogue.files(evidence.id()).stream().map(EvidenceJson::of).toList());
    }

    /** Custody: everything that was done with it, oldest first. */
    @GetMapping("/evidence/{id}/custody")
    ObjectNode custody(@PathVariable("id") UUID id) {
        Evidence evidence = access.openRow(id, CurrentActor.get(), "evidence.view", "custody");
        return EvidenceJson.items(audit.ofObject("evidence", evidence.id().toString()).stream()
                .map(EvidenceJson::of)
                .toList());
    }

    /** Report of the verification before it was archived. */
    @GetMapping("/evidence/{id}/report")
    JsonNode report(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "report");
        return JsonMapper.shared().readTree(catalogue.report(evidence.id()).orElse("{}"));
    }

    // ---- bytes --------------------------------------------------------------------------------------------------

    /**
     * The package, byte for byte as it was archived, with the proofs that were made since; without them it is the file whose
     * SHA-256 the evidence names.
     */
    @GetMapping("/evidence/{id}/package")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void package_(
            @PathVariable("id") UUID id,
            @RequestParam(name = "proofs", defaultValue = "true") boolean proofs,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.download", "package");
        EvidenceExport.Exported exported = proofs ? export.open(id) : export.archived(id);
        Sending.send(
                request,
                response,
                evidence.fileName(),
                exported.sizeBytes(),
                exported.tag(),
                range -> exported.write(range, response.getOutputStream()));
    }

    /** One member of the container. */
    @GetMapping("/evidence/{id}/objects/{*member}")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void object(
            @PathVariable("id") UUID id,
            @PathVariable("member") String path,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        EvidenceObject object;
        Evidence seen = access.may(id, CurrentActor.get(), "evidence.download");
        try {
            object = files.member(seen.id(), path.substring(1));
        } catch (FileNotFoundException none) {
            throw Problem.notFound(path).because(none);
        }
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.download", object.member());
        Sending.send(
                request,
                response,
                object.member(),
                object.sizeBytes(),
                object.sha256(),
                range -> Sending.copy(
                        files.open(evidence.id(), object.member(), range.offset(), range.length()), response));
    }

    /** One file inside capture.wacz. */
    @GetMapping("/evidence/{id}/files/{*name}")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void file(
            @PathVariable("id") UUID id,
            @PathVariable("name") String path,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        EvidenceFile file;
        Evidence seen = access.may(id, CurrentActor.get(), "evidence.download");
        try {
            file = files.inner(seen.id(), path.substring(1));
        } catch (FileNotFoundException none) {
            throw Problem.notFound(path).because(none);
        }
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.download", file.name());
        Sending.send(
                request,
                response,
                file.name(),
                file.sizeBytes(),
                file.sha256(),
                range -> Sending.copy(
                        files.openInner(evidence.id(), file.name(), range.offset(), range.length()), response));
    }

    // ---- links and reviews --------------------------------------------------------------------------------------

    /**
     * What evidence is linked to from now on; a value that is missing lifts the link.
     *
     * @param caseType of a CASE: name of {@link CaseType}; missing leaves what is known of that case
     */
    record LinkRequest(
            String kind,
            @Nullable String value,
            @Nullable String reason,
            @Nullable String caseType) {}

    @GetMapping("/evidence/{id}/links")
    ObjectNode links(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "links");
        return EvidenceJson.items(
                links.of(evidence.id()).stream().map(EvidenceJson::of).toList());
    }

    @PostMapping("/evidence/{id}/links")
    @PreAuthorize(Access.CAPTURE)
    ResponseEntity<ObjectNode> link(
            @PathVariable("id") UUID id, @RequestBody LinkRequest body, HttpServletRequest request) {
        Actor actor = CurrentActor.get();
        ETags.requireMatch(request, tag(access.may(id, actor, "evidence.link")));
        CaseLinks.Kind kind;
        try {
            kind = CaseLinks.Kind.valueOf(String.valueOf(body.kind()).toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException none) {
            throw Problem.invalid("kind", "invalid").because(none);
        }
        Evidence after =
                links.link(id, kind, body.value(), CaseType.parse("caseType", body.caseType()), body.reason(), actor);
        return ResponseEntity.ok().eTag(tag(after)).body(EvidenceJson.of(after));
    }

    record ReviewRequest(String note) {}

    @GetMapping("/evidence/{id}/reviews")
    ObjectNode reviews(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "reviews");
        return EvidenceJson.items(
                links.reviews(evidence.id()).stream().map(EvidenceJson::of).toList());
    }

    @PostMapping("/evidence/{id}/reviews")
    @PreAuthorize(Access.CAPTURE)
    ResponseEntity<ObjectNode> review(@PathVariable("id") UUID id, @RequestBody ReviewRequest body) {
        Actor actor = CurrentActor.get();
        Evidence before = access.may(id, actor, "evidence.review");
        Evidence after = links.review(before.id(), String.valueOf(body.note() == null ? "" : body.note()), actor);
        return ResponseEntity.ok().eTag(tag(after)).body(EvidenceJson.of(after));
    }

    // ---- confirmations ------------------------------------------------------------------------------------------

    /** With a name and password: the second officer confirms on the first one's screen; without, whoever is signed in. */
    record ConfirmRequest(
            @Nullable String username,
            @Nullable String password,
            @Nullable String code) {}

    @GetMapping("/evidence/{id}/confirmations")
    ObjectNode confirmations(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "confirmations");
        return EvidenceJson.items(
                confirmations.of(evidence.id()).stream().map(EvidenceJson::of).toList());
    }

    @PostMapping("/evidence/{id}/confirmations")
    @PreAuthorize(Access.CONFIRM)
    ResponseEntity<ObjectNode> confirm(@PathVariable("id") UUID id, @RequestBody ConfirmRequest body) {
        Actor actor = CurrentActor.get();
        Evidence before = access.may(id, actor, "evidence.confirm");
        Evidence after = ConfirmationDesk.confirm(
                confirmations, identity, before.id(), actor, body.username(), body.password(), body.code());
        return ResponseEntity.ok().eTag(tag(after)).body(EvidenceJson.of(after));
    }

    // ---- verification -------------------------------------------------------------------------------------------

    record VerifyRequest(@Nullable Boolean sm3, @Nullable Boolean deep) {}

    @PostMapping("/evidence/{id}/verifications")
    @PreAuthorize(Access.VERIFY_EVIDENCE)
    ResponseEntity<ObjectNode> verify(
            @PathVariable("id") UUID id, @RequestBody(required = false) @Nullable VerifyRequest body) {
        Actor actor = CurrentActor.get();
        Evidence evidence = access.may(id, actor, "evidence.verify");
        try {
            Verification begun = verifications.start(
                    evidence.id(),
                    body == null || !Boolean.FALSE.equals(body.sm3()),
                    body != null && Boolean.TRUE.equals(body.deep()),
                    actor);
            return ResponseEntity.accepted()
                    .header("Location", "/api/v1/verifications/" + begun.id())
                    .body(EvidenceJson.of(begun));
        } catch (FileNotFoundException gone) {
            throw Problem.notFound(id.toString()).because(gone);
        } catch (VerifyNow.BusyException busy) {
            throw Problem.of(HttpStatus.TOO_MANY_REQUESTS, "catalogue.verify-busy")
                    .because(busy)
                    .retryAfter(30);
        }
    }

    @GetMapping("/evidence/{id}/verifications")
    ObjectNode verifications(@PathVariable("id") UUID id) {
        Evidence evidence = access.open(id, CurrentActor.get(), "evidence.view", "verifications");
        return EvidenceJson.items(
                verifications.of(evidence.id()).stream().map(EvidenceJson::of).toList());
    }

    /** With every check, once it is done. */
    @GetMapping("/verifications/{id}")
    ObjectNode verification(@PathVariable("id") UUID id) {
        Verification verification = verifications.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        Evidence unused = access.may(verification.evidenceId(), CurrentActor.get(), "evidence.view");
        ObjectNode json = EvidenceJson.of(verification);
        json.set(
                "checks",
                EvidenceJson.items(verifications.checks(id).stream()
                                .map(EvidenceJson::of)
                                .toList())
                        .get("items"));
        return json;
    }

    @DeleteMapping("/verifications/{id}")
    @PreAuthorize(Access.VERIFY_EVIDENCE)
    ResponseEntity<Void> cancel(@PathVariable("id") UUID id) {
        Verification verification = verifications.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        Actor actor = CurrentActor.get();
        Evidence unused = access.may(verification.evidenceId(), actor, "evidence.verify");
        if (!verifications.cancel(id, actor)) {
            throw Problem.of(HttpStatus.CONFLICT, "catalogue.verify-over");
        }
        return ResponseEntity.accepted().build();
    }
}
