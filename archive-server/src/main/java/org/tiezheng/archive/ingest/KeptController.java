package org.tiezheng.archive.ingest;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.tiezheng.archive.catalogue.Sending;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;

/** Screens of what is kept apart: quarantine, orphans, stray objects. */
@Controller
@PreAuthorize(Access.REVIEW_REFUSED)
class KeptController {
    /** Who decides; the auditor only looks. */
    static final String DECIDE = "hasAnyRole('INSPECTOR', 'ARCHIVIST')";

    private static final int ROWS = 50;

    private final Kept kept;
    private final IngestWorkers workers;
    private final StrayCheck strays;
    private final Cursor cursors;

    KeptController(Kept kept, IngestWorkers workers, StrayCheck strays, Cursor cursors) {
        this.kept = kept;
        this.workers = workers;
        this.strays = strays;
        this.cursors = cursors;
    }

    /** A place where packages are kept, as it stands in addresses. */
    enum Place {
        QUARANTINE(UploadState.QUARANTINED),
        ORPHANS(UploadState.ORPHANED);

        final UploadState state;

        Place(UploadState state) {
            this.state = state;
        }

        String path() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @GetMapping("/quarantine")
    String quarantine(@RequestParam(name = "cursor", required = false) @Nullable String cursor, Model model) {
        return list(Place.QUARANTINE, cursor, model);
    }

    @GetMapping("/orphans")
    String orphans(@RequestParam(name = "cursor", required = false) @Nullable String cursor, Model model) {
        model.addAttribute("strays", strays.last());
        model.addAttribute("straysRunning", strays.isRunning());
        return list(Place.ORPHANS, cursor, model);
    }

    private String list(Place place, @Nullable String cursor, Model model) {
        Cursor.Page<Upload> page = page(kept, cursors, place, cursor, ROWS);
        model.addAttribute("place", place.path());
        model.addAttribute("rows", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", cursor == null || cursor.isEmpty());
        model.addAttribute("total", kept.count(place.state));
        return "ingest/kept";
    }

    static Cursor.Page<Upload> page(Kept kept, Cursor cursors, Place place, @Nullable String cursor, int limit) {
        List<String> position = cursors.decode(place.path(), cursor, 2);
        List<Upload> rows = kept.list(
                place.state,
                position == null ? null : Instant.parse(position.get(0)),
                position == null ? null : UUID.fromString(position.get(1)),
                limit + 1);
        return cursors.page(
                place.path(),
                rows,
                limit,
                row -> List.of(row.createdAt().toString(), row.id().toString()));
    }

    @GetMapping("/quarantine/{id}")
    String quarantined(@PathVariable("id") UUID id, Locale locale, Model model) {
        return one(Place.QUARANTINE, id, locale, model);
    }

    @GetMapping("/orphans/{id}")
    String orphan(@PathVariable("id") UUID id, Locale locale, Model model) {
        return one(Place.ORPHANS, id, locale, model);
    }

    private String one(Place place, UUID id, Locale locale, Model model) {
        Upload upload = kept.find(id, place.state).orElseThrow(() -> Problem.notFound(id.toString()));
        model.addAttribute("place", place.path());
        model.addAttribute("kept", KeptView.of(upload, locale));
        return "ingest/kept-one";
    }

    @GetMapping("/quarantine/{id}/package")
    void quarantinedPackage(@PathVariable("id") UUID id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        send(kept, Place.QUARANTINE, id, request, response);
    }

    @GetMapping("/orphans/{id}/package")
    void orphanPackage(@PathVariable("id") UUID id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        send(kept, Place.ORPHANS, id, request, response);
    }

    static void send(Kept kept, Place place, UUID id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Upload upload = kept.find(id, place.state).orElseThrow(() -> Problem.notFound(id.toString()));
        Path file;
        try {
            file = kept.file(id, place.state, CurrentActor.get());
        } catch (FileNotFoundException gone) {
            throw Problem.notFound(id.toString()).because(gone);
        }
        Sending.send(request, response, id + ".asice", Files.size(file), upload.sha256(), range -> {
            try (InputStream in = Files.newInputStream(file)) {
                in.skipNBytes(range.offset());
                byte[] buffer = new byte[1 << 16];
                long left = range.length();
                while (left > 0) {
                    int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                    if (read < 0) {
                        throw new IOException("the file became shorter");
                    }
                    response.getOutputStream().write(buffer, 0, read);
                    left -= read;
                }
            }
        });
    }

    @PostMapping("/quarantine/{id}/verify-again")
    @PreAuthorize(DECIDE)
    String verifyAgain(
            @PathVariable("id") UUID id, @RequestParam("reason") String reason, RedirectAttributes redirect) {
        decide(() -> kept.verifyAgain(id, reason, CurrentActor.get()));
        workers.wake(id);
        redirect.addFlashAttribute("message", "ingest.done.verify-again");
        return "redirect:/quarantine";
    }

    @PostMapping("/quarantine/{id}/discard")
    @PreAuthorize(DECIDE)
    String discardQuarantined(
            @PathVariable("id") UUID id, @RequestParam("reason") String reason, RedirectAttributes redirect)
            throws IOException {
        return discard(Place.QUARANTINE, id, reason, redirect);
    }

    @PostMapping("/orphans/{id}/adopt")
    @PreAuthorize(DECIDE)
    String adopt(@PathVariable("id") UUID id, @RequestParam("reason") String reason, RedirectAttributes redirect) {
        decide(() -> kept.adopt(id, reason, CurrentActor.get()));
        workers.wake(id);
        redirect.addFlashAttribute("message", "ingest.done.adopt");
        return "redirect:/orphans";
    }

    @PostMapping("/orphans/{id}/discard")
    @PreAuthorize(DECIDE)
    String discardOrphan(
            @PathVariable("id") UUID id, @RequestParam("reason") String reason, RedirectAttributes redirect)
            throws IOException {
        return discard(Place.ORPHANS, id, reason, redirect);
    }

    private String discard(Place place, UUID id, String reason, RedirectAttributes redirect) throws IOException {
        try {
            kept.discard(id, place.state, reason, CurrentActor.get());
        } catch (IngestRefused refused) {
            throw problem(refused);
        }
        redirect.addFlashAttribute("message", "ingest.done.discard");
        return "redirect:/" + place.path();
    }

    @PostMapping("/orphans/strays")
    @PreAuthorize(DECIDE)
    String look() {
        strays.start(CurrentActor.get());
        return "redirect:/orphans";
    }

    static void decide(Runnable decision) {
        try {
            decision.run();
        } catch (IngestRefused refused) {
            throw problem(refused);
        }
    }

    static Problem problem(IngestRefused refused) {
        return refused.code() == IngestRefused.Code.MALFORMED
                ? Problem.invalid("reason", "required")
                : UploadAnswers.problem(refused);
    }
}
