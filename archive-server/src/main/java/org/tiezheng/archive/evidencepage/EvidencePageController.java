package org.tiezheng.archive.evidencepage;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.Confirmations;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.Verification;
import org.tiezheng.archive.catalogue.VerifyNow;
import org.tiezheng.archive.evidencepage.capture.CaptureView;
import org.tiezheng.archive.evidencepage.capture.CertificateView;
import org.tiezheng.archive.evidencepage.capture.ConnectionsView;
import org.tiezheng.archive.evidencepage.capture.ConsoleView;
import org.tiezheng.archive.evidencepage.capture.Exchanges;
import org.tiezheng.archive.evidencepage.capture.MessageHead;
import org.tiezheng.archive.evidencepage.capture.PagesView;
import org.tiezheng.archive.evidencepage.capture.UnreadableFileException;
import org.tiezheng.archive.evidencepage.capture.WireView;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.replay.ReplayConnector;
import org.tiezheng.archive.replay.ReplayTokens;
import org.tiezheng.archive.retention.RetentionView;
import org.tiezheng.archive.web.Problem;

/**
 * The page of one evidence and its parts.
 *
 * <pre>
 * GET /evidence/ID             the page with its first part
 * GET /evidence/ID/PART        the page with that part; htmx gets the part alone
 * GET /evidence/ID/print       everything for paper
 * GET /evidence/ID/exchanges   rows of the table of requests; /exchanges/N one of them
 * </pre>
 */
@Controller
@PreAuthorize(Access.VIEW_EVIDENCE)
public class EvidencePageController {
    private static final int MAX_CUSTODY = 500;

    private final OpenedEvidence opened;
    private final Captures captures;
    private final EvidenceCatalogue catalogue;
    private final AuditLog audit;
    private final ReplayConnector replay;
    private final ReplayTokens tokens;
    private final OwnMachine ownMachine;
    private final Confirmations confirmations;
    private final CaseLinks links;
    private final VerifyNow verifications;
    private final RetentionView retention;
    private final EvidenceExport export;
    private final Clock clock;

    EvidencePageController(
            OpenedEvidence opened,
            Captures captures,
            EvidenceCatalogue catalogue,
            AuditLog audit,
            ReplayConnector replay,
            ReplayTokens tokens,
            OwnMachine ownMachine,
            Confirmations confirmations,
            CaseLinks links,
            VerifyNow verifications,
            RetentionView retention,
            EvidenceExport export,
            Clock clock) {
        this.opened = opened;
        this.captures = captures;
        this.catalogue = catalogue;
        this.audit = audit;
        this.replay = replay;
        this.tokens = tokens;
        this.ownMachine = ownMachine;
        this.confirmations = confirmations;
        this.links = links;
        this.verifications = verifications;
        this.retention = retention;
        this.export = export;
        this.clock = clock;
    }

    @GetMapping("/evidence/{id}")
    String page(@PathVariable UUID id, Locale locale, Model model, HttpServletRequest request) {
        return show(id, "screenshot", locale, model, request, null);
    }

    @GetMapping("/evidence/{id}/{part:screenshot|replay|video|pdf|text|files|wire|environment|proof|history|verify}")
    String part(
            @PathVariable UUID id,
            @PathVariable String part,
            @RequestHeader(name = "HX-Request", required = false) @Nullable String htmx,
            Locale locale,
            Model model,
            HttpServletRequest request) {
        return show(id, part, locale, model, request, htmx);
    }

    private String show(
            UUID id, String part, Locale locale, Model model, HttpServletRequest request, @Nullable String htmx) {
        if (catalogue.find(id).filter(row -> row.disposedAt() != null).isPresent()) {
            Evidence gone = opened.openRow(id);
            UUID disposal = gone.disposalId();
            model.addAttribute("gone", gone);
            model.addAttribute(
                    "disposal",
                    disposal == null ? null : retention.disposal(disposal).orElse(null));
            return "retention/disposed";
        }
        OpenedEvidence.Act act = part.equals("replay") ? OpenedEvidence.Act.REPLAY : OpenedEvidence.Act.VIEW;
        Evidence evidence = opened.open(id, act, part);
        EvidenceView view = opened.view(evidence, locale);
        model.addAttribute("view", view);
        model.addAttribute("part", part);
        try {
            fill(part, view, model, request);
        } catch (UnreadableFileException | java.io.FileNotFoundException e) {
            model.addAttribute("partProblem", "unreadable");
        } catch (IOException e) {
            model.addAttribute("partProblem", "store");
        }
        return htmx == null ? "evidence/page" : "evidence/parts :: parts";
    }

    private void fill(String part, EvidenceView view, Model model, HttpServletRequest request)
            throws UnreadableFileException, IOException {
        UUID id = view.id();
        switch (part) {
            case "screenshot" -> {
                Captures.Shot shot = captures.screenshot(id).orElse(null);
                model.addAttribute("shot", shot);
                model.addAttribute(
                        "levels", shot == null ? 0 : captures.picture(id, shot).levels());
                model.addAttribute(
                        "viewport", captures.file(id, "evidence/viewport.png").orElse(null));
            }
            case "replay" -> replay(id, view.locale(), model, request);
            case "video" ->
                model.addAttribute(
                        "file", captures.file(id, "evidence/screen.mp4").orElse(null));
            case "pdf" -> {
                model.addAttribute(
                        "file", captures.file(id, "evidence/page.pdf").orElse(null));
                model.addAttribute(
                        "others",
                        captures.files(id).stream()
                                .filter(file -> file.name().equals("evidence/page.mhtml")
                                        || file.name().equals("evidence/dom.html"))
                                .toList());
            }
            case "text" -> {
                EvidenceFile file = captures.file(id, "evidence/page.txt").orElse(null);
                model.addAttribute("file", file);
                model.addAttribute("text", file == null ? "" : captures.text(id));
            }
            case "wire" -> wire(view, model, request);
            case "verify" -> {
                ownMachine.fill(view.evidence(), model);
                verifications(id, model);
            }
            case "files" -> files(id, model);
            case "history" -> history(id, model);
            case "environment" -> console(id, model);
            case "proof" -> proofsSince(id, model);
            default -> throw new IllegalStateException(part);
        }
    }

    /** Proofs that are not in the file that came in, but in every download since. */
    private void proofsSince(UUID id, Model model) {
        try {
            model.addAttribute("proofsSince", export.proofsSince(id));
        } catch (UncheckedIOException unreadable) {
            model.addAttribute("proofsUnreadable", true);
        }
    }

    /** A console that cannot be read does not hide the environment. */
    private void console(UUID id, Model model) throws IOException {
        EvidenceFile file = captures.file(id, ConsoleView.PATH).orElse(null);
        if (file == null) {
            return;
        }
        model.addAttribute("consoleFile", file);
        try {
            model.addAttribute("console", captures.console(id));
        } catch (UnreadableFileException unreadable) {
            model.addAttribute("consoleUnreadable", true);
        }
    }

    private void files(UUID id, Model model) {
        model.addAttribute("files", captures.files(id));
        model.addAttribute("objects", catalogue.objects(id));
    }

    private void verifications(UUID id, Model model) {
        List<Verification> all = verifications.of(id);
        model.addAttribute("verifications", all);
        model.addAttribute(
                "latestChecks",
                all.isEmpty()
                        ? List.of()
                        : EvidenceView.worstFirst(
                                verifications.checks(all.get(0).id())));
        model.addAttribute(
                "mayVerify",
                CurrentActor.signedIn()
                        .filter(reader -> reader.roles().stream()
                                .anyMatch(role -> role != Role.AUDITOR && role != Role.SYSTEM_ADMINISTRATOR))
                        .isPresent());
    }

    private void history(UUID id, Model model) {
        model.addAttribute("confirmations", confirmations.of(id));
        model.addAttribute("links", links.of(id));
        model.addAttribute("reviews", links.reviews(id));
        List<AuditEntry> all = new ArrayList<>(audit.ofObject("evidence", id.toString()));
        Collections.reverse(all);
        model.addAttribute("custody", all.size() > MAX_CUSTODY ? all.subList(0, MAX_CUSTODY) : all);
        model.addAttribute("custodyMore", all.size() > MAX_CUSTODY);
    }

    // ---- replay ----

    /** @param src address of our page on the replay origin that opens it */
    public record ReplayPage(String url, String title, String src) {}

    private void replay(UUID id, Locale locale, Model model, HttpServletRequest request)
            throws UnreadableFileException, IOException {
        URI origin = replay.origin(request);
        boolean secure = ReplayConnector.isSecure(origin);
        model.addAttribute("replaySecure", secure);
        List<ReplayPage> pages = new ArrayList<>();
        String url = request.getParameter("url");
        List<PagesView.Page> known = captures.pages(id);
        if (secure && (url != null || !known.isEmpty())) {
            String account = CurrentActor.get().id();
            ReplayTokens.Issued token = tokens.issue(id, account, embedder(request));
            if (url != null && url.matches("https?://.{1,4000}")) {
                String ts = String.valueOf(request.getParameter("ts"));
                pages.add(page(origin, token, locale, new PagesView.Page(url, ts, "")));
            }
            known.forEach(page -> pages.add(page(origin, token, locale, page)));
            model.addAttribute("replayUntil", token.expiresAt());
        } else {
            known.forEach(page -> pages.add(new ReplayPage(page.url(), page.title(), "")));
        }
        model.addAttribute("pages", pages);
    }

    private static ReplayPage page(URI origin, ReplayTokens.Issued token, Locale locale, PagesView.Page page) {
        String ts = page.ts().replaceAll("[^0-9]", "");
        String query = "?url=" + URLEncoder.encode(page.url(), StandardCharsets.UTF_8) + "&ts="
                + (ts.length() > 14 ? ts.substring(0, 14) : ts) + "&lang=" + locale.getLanguage();
        return new ReplayPage(page.url(), page.title(), origin + "/view/" + token.value() + query);
    }

    /** Origin of our own page, for the player's frame-ancestors. */
    static URI embedder(HttpServletRequest request) {
        String host = request.getServerName();
        String literal = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
        int port = request.getServerPort();
        boolean usual = request.getScheme().equals("https") ? port == 443 : port == 80;
        return URI.create(request.getScheme() + "://" + literal + (usual ? "" : ":" + port));
    }

    // ---- wire ----

    private static ExchangeList.Query query(HttpServletRequest request) {
        String from = request.getParameter("from");
        return new ExchangeList.Query(
                orEmpty(request.getParameter("q")),
                orEmpty(request.getParameter("status")),
                orEmpty(request.getParameter("sort")),
                "true".equals(request.getParameter("down")),
                from != null && from.matches("[0-9]{1,6}") ? Integer.parseInt(from) : 0);
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /**
     * A server with its certificates decoded.
     *
     * @param chain leaf first
     */
    public record ServerView(CaptureView.Server server, List<ChainLink> chain) {}

    /**
     * A certificate of a chain, as far as it is known.
     *
     * @param validThen whether its validity covers the time of the capture
     */
    public record ChainLink(
            String subject,
            String issuer,
            List<String> names,
            @Nullable Instant notBefore,
            @Nullable Instant notAfter,
            @Nullable String key,
            @Nullable String signature,
            String sha256,
            boolean validThen) {}

    private void wire(EvidenceView view, Model model, HttpServletRequest request)
            throws UnreadableFileException, IOException {
        UUID id = view.id();
        Exchanges exchanges = captures.exchanges(id);
        model.addAttribute("exchanges", exchanges);
        model.addAttribute("list", ExchangeList.of(exchanges, query(request), ExchangeList.PART));
        WireView wire = null;
        ConnectionsView connections = null;
        if (captures.file(id, WireView.PATH).isPresent()) {
            wire = captures.wire(id);
        }
        if (captures.file(id, ConnectionsView.PATH).isPresent()) {
            connections = captures.connections(id);
        }
        model.addAttribute("wire", wire);
        model.addAttribute("connections", connections);
        Map<String, CertificateView> certificates = captures.certificates(id);
        CaptureView capture = view.capture();
        model.addAttribute(
                "servers",
                capture == null
                        ? List.of()
                        : capture.tls().servers().stream()
                                .map(server -> new ServerView(
                                        server,
                                        server.chain().stream()
                                                .map(each -> link(view, each, certificates.get(each.sha256())))
                                                .toList()))
                                .toList());
    }

    private static ChainLink link(
            EvidenceView view, CaptureView.Certificate listed, @Nullable CertificateView decoded) {
        Instant notBefore = decoded == null ? view.at(listed.notBefore()) : decoded.notBefore();
        Instant notAfter = decoded == null ? view.at(listed.notAfter()) : decoded.notAfter();
        Instant then = view.evidence().capturedFrom();
        boolean valid = notBefore != null && notAfter != null && !then.isBefore(notBefore) && !then.isAfter(notAfter);
        return new ChainLink(
                decoded == null ? orEmpty(listed.subject()) : decoded.subject(),
                decoded == null ? orEmpty(listed.issuer()) : decoded.issuer(),
                decoded == null ? List.of() : decoded.names(),
                notBefore,
                notAfter,
                decoded == null ? null : decoded.key(),
                decoded == null ? null : decoded.signature(),
                listed.sha256(),
                valid);
    }

    @GetMapping("/evidence/{id}/exchanges")
    String exchanges(@PathVariable UUID id, Locale locale, Model model, HttpServletRequest request) throws IOException {
        Evidence evidence = opened.open(id, OpenedEvidence.Act.VIEW, "wire");
        Exchanges exchanges = captures.exchanges(id);
        model.addAttribute("view", opened.view(evidence, locale));
        model.addAttribute("exchanges", exchanges);
        model.addAttribute("list", ExchangeList.of(exchanges, query(request), ExchangeList.PART));
        return "evidence/part-wire :: rows";
    }

    /** @param head null if the record cannot be read */
    public record Side(String side, @Nullable MessageHead head) {}

    @GetMapping("/evidence/{id}/exchanges/{no}")
    String exchange(
            @PathVariable UUID id,
            @PathVariable int no,
            @RequestHeader(name = "HX-Request", required = false) @Nullable String htmx,
            Locale locale,
            Model model)
            throws IOException {
        Evidence evidence = opened.open(id, OpenedEvidence.Act.VIEW, "wire");
        Exchanges.Row row = row(id, no);
        model.addAttribute("view", opened.view(evidence, locale));
        model.addAttribute("row", row);
        List<Side> heads = new ArrayList<>();
        if (row.request() != null) {
            heads.add(new Side("request", head(id, row.request())));
        }
        if (row.response() != null) {
            heads.add(new Side("response", head(id, row.response())));
        }
        model.addAttribute("heads", heads);
        model.addAttribute(
                "replayable", row.kind().equals("http") && row.method().equals("GET") && row.status() == 200);
        return htmx == null ? "evidence/exchange" : "evidence/part-wire :: detail";
    }

    private Exchanges.Row row(UUID id, int no) throws IOException {
        return captures.exchanges(id).rows().stream()
                .filter(row -> row.no() == no)
                .findFirst()
                .orElseThrow(() -> Problem.of(HttpStatus.NOT_FOUND, "not-found", "#" + no));
    }

    private @Nullable MessageHead head(UUID id, Exchanges.Place place) throws IOException {
        try {
            return captures.head(id, place);
        } catch (UnreadableFileException e) {
            return null;
        }
    }

    // ---- paper ----

    @GetMapping("/evidence/{id}/print")
    String print(@PathVariable UUID id, Locale locale, Model model) {
        Evidence evidence = opened.open(id, OpenedEvidence.Act.VIEW, "print");
        model.addAttribute("view", opened.view(evidence, locale));
        model.addAttribute("part", "print");
        model.addAttribute("printing", true);
        model.addAttribute("printedAt", clock.instant());
        model.addAttribute(
                "printedBy", CurrentActor.signedIn().map(SignedIn::displayName).orElse(""));
        files(id, model);
        proofsSince(id, model);
        history(id, model);
        return "evidence/print";
    }
}
