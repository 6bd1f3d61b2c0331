package org.tiezheng.archive.evidencepage;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.evidencepage.capture.CaptureView;
import org.tiezheng.archive.evidencepage.capture.CertificateView;
import org.tiezheng.archive.evidencepage.capture.ConnectionsView;
import org.tiezheng.archive.evidencepage.capture.Exchanges;
import org.tiezheng.archive.evidencepage.capture.MessageHead;
import org.tiezheng.archive.evidencepage.capture.PagesView;
import org.tiezheng.archive.evidencepage.capture.UnreadableFileException;
import org.tiezheng.archive.evidencepage.capture.WireView;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.replay.ReplayConnector;
import org.tiezheng.archive.replay.ReplayTokens;
import org.tiezheng.archive.web.Problem;

/**
 * What the page of one evidence shows, for programs: the records of {@code evidencepage.capture} as JSON. Texts that come from
 * the package are made fit to be shown; the files themselves, byte for byte, are below {@code /files}.
 */
@RestController
@RequestMapping("/api/v1/evidence/{id}")
@PreAuthorize(Access.VIEW_EVIDENCE)
public class EvidenceViewApi {
    private final OpenedEvidence opened;
    private final Captures captures;
    private final ReplayConnector replay;
    private final ReplayTokens tokens;

    EvidenceViewApi(OpenedEvidence opened, Captures captures, ReplayConnector replay, ReplayTokens tokens) {
        this.opened = opened;
        this.captures = captures;
        this.replay = replay;
        this.tokens = tokens;
    }

    private interface Reading<T> {
        T read() throws UnreadableFileException, IOException;
    }

    /** Opens the evidence, reads, and says in a problem what went wrong. */
    private <T> T open(UUID id, String what, Reading<T> reading) throws IOException {
        opened.open(id, OpenedEvidence.Act.VIEW, what);
        try {
            return reading.read();
        } catch (UnreadableFileException e) {
            throw Problem.of(HttpStatus.UNPROCESSABLE_CONTENT, "ev.unreadable", what)
                    .because(e);
        } catch (FileNotFoundException e) {
            throw Problem.notFound(what);
        }
    }

    /** The capture's own account. */
    @GetMapping("/capture")
    CaptureView capture(@PathVariable UUID id) throws IOException {
        return open(id, "capture", () -> captures.capture(id));
    }

    @GetMapping("/wire")
    WireView wire(@PathVariable UUID id) throws IOException {
        return open(id, "wire", () -> captures.wire(id));
    }

    @GetMapping("/connections")
    ConnectionsView connections(@PathVariable UUID id) throws IOException {
        return open(id, "wire", () -> captures.connections(id));
    }

    /** Every certificate of the recording, decoded. */
    @GetMapping("/certificates")
    Collection<CertificateView> certificates(@PathVariable UUID id) throws IOException {
        return open(id, "wire", () -> captures.certificates(id).values());
    }

    /** Pages a player can open. */
    @GetMapping("/pages")
    List<PagesView.Page> pages(@PathVariable UUID id) throws IOException {
        return open(id, "pages", () -> captures.pages(id));
    }

    /** Text of the page, at most 4 MiB, always as plain text. */
    @GetMapping(path = "/text", produces = MediaType.TEXT_PLAIN_VALUE + ";charset=UTF-8")
    String text(@PathVariable UUID id, HttpServletResponse response) throws IOException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        return open(id, "text", () -> captures.text(id));
    }

    /**
     * Requests with their answers, filtered and sorted as on the screen.
     *
     * @param limit 1 to 1,000
     */
    @GetMapping("/exchanges")
    ExchangeList exchanges(
            @PathVariable UUID id,
            @RequestParam(defaultValue = "") String q,
            @RequestParam(defaultValue = "") String status,
            @RequestParam(defaultValue = "no") String sort,
            @RequestParam(defaultValue = "false") boolean down,
            @RequestParam(defaultValue = "0") int from,
            @RequestParam(defaultValue = "200") int limit)
            throws IOException {
        if (limit < 1 || limit > 1000) {
            throw Problem.invalid("limit", "number", 1, 1000);
        }
        return open(
                id,
                "wire",
                () -> ExchangeList.of(
                        captures.exchanges(id), new ExchangeList.Query(q, status, sort, down, from), limit));
    }

    /** Heads of one request and its answer; null where there is none or it cannot be read. */
    public record ExchangeHeads(
            Exchanges.Row exchange,
            @org.jspecify.annotations.Nullable MessageHead request,
            @org.jspecify.annotations.Nullable MessageHead response) {}

    @GetMapping("/exchanges/{no}")
    ExchangeHeads exchange(@PathVariable UUID id, @PathVariable int no) throws IOException {
        return open(id, "wire", () -> {
            Exchanges.Row row = captures.exchanges(id).rows().stream()
                    .filter(each -> each.no() == no)
                    .findFirst()
                    .orElseThrow(() -> Problem.notFound("#" + no));
            return new ExchangeHeads(
                    row,
                    row.request() == null ? null : captures.head(id, row.request()),
                    row.response() == null ? null : captures.head(id, row.response()));
        });
    }

    /**
     * The full-page screenshot: its files, and how it is cut for screens; a strip is at {@code
     * /evidence/ID/screenshot/LEVEL/STRIP}.
     */
    public record Screenshot(int width, int height, boolean cut, int levels, int stripRows, List<EvidenceFile> files) {}

    @GetMapping("/screenshot")
    Screenshot screenshot(@PathVariable UUID id) throws IOException {
        return open(id, "screenshot", () -> {
            Captures.Shot shot = captures.screenshot(id).orElseThrow(() -> Problem.notFound("screenshot"));
            return new Screenshot(
                    shot.width(),
                    shot.height(),
                    shot.cut(),
                    captures.picture(id, shot).levels(),
                    512,
                    shot.parts());
        });
    }

    /**
     * A token for the replay origin.
     *
     * @param view address of the page that plays; add {@code ?url=…&ts=…}
     * @param data address of the package, with Range
     */
    public record ReplayGrant(URI view, URI data, Instant expiresAt) {}

    /** A GET, as on the screen: a token lets read what the asker may read, and changes nothing. */
    @GetMapping("/replay")
    ReplayGrant replay(@PathVariable UUID id, HttpServletRequest request, HttpServletResponse response) {
        response.setHeader("Cache-Control", "no-store");
        opened.open(id, OpenedEvidence.Act.REPLAY, "api");
        ReplayTokens.Issued token = tokens.issue(id, CurrentActor.get().id(), EvidencePageController.embedder(request));
        URI origin = replay.origin(request);
        return new ReplayGrant(
                origin.resolve("/view/" + token.value()),
                origin.resolve("/data/" + token.value() + ".wacz"),
                token.expiresAt());
    }
}
