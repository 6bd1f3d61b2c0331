package org.tiezheng.archive.screens;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidencePage;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Languages;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Verdict;

/** The evidence list: filters, saved searches, CSV, thumbnails. */
@Controller
class EvidenceListController {
    private static final String LIST = "evidence";
    private static final List<Integer> LIMITS = List.of(50, 100, 500);
    /** More are not counted: "1,000+". */
    private static final int MOST_COUNTED = 1000;

    private static final int MOST_AWAITING = 100;
    private static final URI NO_PICTURE = URI.create("/assets/no-picture.svg");
    private static final Duration THUMBNAIL_LIFE = Duration.ofHours(1);

    private final EvidenceCatalogue catalogue;
    private final SavedSearches searches;
    private final Thumbnails thumbnails;
    private final Officers officers;
    private final CaseLinks links;
    private final AwaitingConfirmation awaiting;
    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final Cursor cursors;
    private final MessageSource messages;
    private final Clock clock;

    EvidenceListController(
            EvidenceCatalogue catalogue,
            SavedSearches searches,
            Thumbnails thumbnails,
            Officers officers,
            CaseLinks links,
            AwaitingConfirmation awaiting,
            AuditLog audit,
            TransactionTemplate transactions,
            Cursor cursors,
            MessageSource messages,
            Clock clock) {
        this.catalogue = catalogue;
        this.searches = searches;
        this.thumbnails = thumbnails;
        this.officers = officers;
        this.links = links;
        this.awaiting = awaiting;
        this.audit = audit;
        this.transactions = transactions;
        this.cursors = cursors;
        this.messages = messages;
        this.clock = clock;
    }

    @GetMapping("/evidence")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    String list(@RequestParam Map<String, String> parameters, Model model) {
        EvidenceFilter filter = EvidenceFilter.parse(parameters);
        int limit = limit(parameters.get("limit"));
        List<String> position = cursors.decode(LIST, parameters.get("cursor"), 1);
        Actor actor = CurrentActor.get();
        EvidencePage page = new EvidencePage(List.of(), null);
        int total = 0;
        if (filter.problems().isEmpty()) {
            Long before = position == null ? null : Long.valueOf(position.get(0));
            page = catalogue.search(filter.query(), EvidenceAccess.hiddenOfficer(CurrentActor.get()), before, limit);
            total = catalogue.count(filter.query(), EvidenceAccess.hiddenOfficer(CurrentActor.get()), MOST_COUNTED);
            record(actor, "evidence.list", filter);
        }
        String query = filter.queryString();
        model.addAttribute("filter", filter);
        model.addAttribute("query", query);
        model.addAttribute("base", "/evidence?" + query + (query.isEmpty() ? "" : "&") + "limit=" + limit);
        model.addAttribute("rows", page.items());
        model.addAttribute("next", page.next() == null ? null : cursors.encode(LIST, List.of(page.next() + "")));
        model.addAttribute("first", position == null);
        model.addAttribute("total", total);
        model.addAttribute("totalIsMore", total >= MOST_COUNTED);
        model.addAttribute("limit", limit);
        model.addAttribute("limits", LIMITS);
        model.addAttribute("kinds", List.of(CaseLinks.Kind.CASE, CaseLinks.Kind.CLUE));
        model.addAttribute("verdicts", Verdict.values());
        model.addAttribute("completenessValues", EvidenceFilter.COMPLETENESS);
        model.addAttribute("officers", officers.inForceOn(LocalDate.ofInstant(clock.instant(), Format.BEIJING)));
        model.addAttribute("searches", searches.visibleTo(actor.id()));
        model.addAttribute("me", actor.id());
        return "evidence/list";
    }

    @GetMapping({"/evidence.csv", "/api/v1/evidence/list.csv"})
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void csv(@RequestParam Map<String, String> parameters, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        EvidenceFilter filter = EvidenceFilter.parse(parameters);
        if (!filter.problems().isEmpty()) {
            throw Problem.invalid(filter.problems().keySet().iterator().next(), "invalid");
        }
        // Before the first byte: a list that was half given out is given out.
        record(CurrentActor.get(), "evidence.list-export", filter);
        String hidden = EvidenceAccess.hiddenOfficer(CurrentActor.get());
        response.setContentType("text/csv; charset=UTF-8; header=present");
        response.setHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"evidence-" + day() + ".csv\"");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        EvidenceCsv csv = new EvidenceCsv(messages, Languages.of(request));
        Writer out =
                new BufferedWriter(new OutputStreamWriter(response.getOutputStream(), StandardCharsets.UTF_8), 32768);
        csv.head(out);
        Long before = null;
        do {
            EvidencePage page = catalogue.search(filter.query(), hidden, before, EvidenceCatalogue.MAX_LIMIT);
            for (Evidence evidence : page.items()) {
                csv.row(out, evidence);
            }
            before = page.next();
        } while (before != null);
        out.flush();
    }

    /** Links all marked rows; each is a transaction of its own, so what was linked before a failure stays linked. */
    @PostMapping("/evidence/links")
    @PreAuthorize(Access.CAPTURE)
    String link(
            @RequestParam(name = "id", defaultValue = "") List<UUID> ids,
            @RequestParam CaseLinks.Kind kind,
            @RequestParam String value,
            @RequestParam(defaultValue = "") String reason,
            @RequestParam Map<String, String> parameters,
            RedirectAttributes after) {
        if (ids.size() > EvidenceCatalogue.MAX_LIMIT) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "links-many", EvidenceCatalogue.MAX_LIMIT);
        }
        if (value.isBlank()) {
            throw Problem.invalid("value", "required");
        }
        Actor actor = CurrentActor.get();
        for (UUID id : ids) {
            Evidence unused = links.link(id, kind, value, reason, actor);
        }
        after.addFlashAttribute("linked", ids.size());
        return "redirect:/evidence?" + EvidenceFilter.parse(parameters).queryString();
    }

    /** What waits for the reader's own confirmation. */
    @GetMapping("/confirmations")
    @PreAuthorize(Access.CONFIRM)
    String confirmations(Model model) {
        Actor actor = CurrentActor.get();
        model.addAttribute("rows", awaiting.of(actor.id(), MOST_AWAITING));
        record(actor, "evidence.list", EvidenceFilter.parse(Map.of("officer", actor.id(), "confirmed", "no")));
        return "evidence/confirmations";
    }

    @PostMapping("/evidence/searches")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    String save(
            @RequestParam String name,
            @RequestParam(defaultValue = "false") boolean shared,
            @RequestParam Map<String, String> parameters) {
        SavedSearch saved = searches.save(CurrentActor.get(), name, EvidenceFilter.parse(parameters), shared);
        return "redirect:/evidence?" + saved.query();
    }

    @PostMapping("/evidence/searches/{id}/delete")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    String delete(@PathVariable long id) {
        searches.delete(CurrentActor.get(), id);
        return "redirect:/evidence";
    }

    /** Small picture of a row, or a sign that there is none. The list it stands in has its audit event. */
    @GetMapping("/evidence/{id}/thumbnail")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    ResponseEntity<byte[]> thumbnail(@PathVariable UUID id) throws IOException {
        String hidden = EvidenceAccess.hiddenOfficer(CurrentActor.get());
        Optional<Evidence> evidence = catalogue
                .find(id)
                .filter(found -> hidden == null || !found.officerIds().contains(hidden));
        if (evidence.isEmpty()) {
            throw Problem.notFound(id.toString());
        }
        if (evidence.get().disposedAt() != null) {
            // A small picture that was kept is content, too.
            thumbnails.forget(id);
            return ResponseEntity.status(HttpStatus.FOUND).location(NO_PICTURE).build();
        }
        CacheControl cache = CacheControl.maxAge(THUMBNAIL_LIFE).cachePrivate();
        return thumbnails
                .find(id)
                .map(bytes -> ResponseEntity.ok()
                        .cacheControl(cache)
                        .contentType(MediaType.IMAGE_JPEG)
                        .body(bytes))
                .orElseGet(() -> ResponseEntity.status(HttpStatus.FOUND)
                        .cacheControl(cache)
                        .location(NO_PICTURE)
                        .build());
    }

    private void record(Actor actor, String action, EvidenceFilter filter) {
        transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                actor,
                action,
                "evidence",
                "*",
                null,
                AuditEvent.Result.OK,
                filter.isEmpty() ? null : filter.queryString(),
                null)));
    }

    private String day() {
        return LocalDate.ofInstant(clock.instant(), Format.BEIJING).toString();
    }

    private static int limit(@Nullable String text) {
        return LIMITS.stream()
                .filter(limit -> limit.toString().equals(text))
                .findFirst()
                .orElse(LIMITS.get(0));
    }
}
