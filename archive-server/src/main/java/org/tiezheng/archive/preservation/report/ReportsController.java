package org.tiezheng.archive.preservation.report;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;

/** The screens of audit reports and of what they found. */
@Controller
class ReportsController {
    private static final int ROWS = 30;
    private static final String LIST = "reports";

    private final Reports reports;
    private final ReportFiles files;
    private final Findings findings;
    private final Cursor cursors;
    private final MessageSource messages;
    private final Clock clock;

    ReportsController(
            Reports reports,
            ReportFiles files,
            Findings findings,
            Cursor cursors,
            MessageSource messages,
            Clock clock) {
        this.reports = reports;
        this.files = files;
        this.findings = findings;
        this.cursors = cursors;
        this.messages = messages;
        this.clock = clock;
    }

    /** A finding in words. */
    public record Shown(AuditFinding finding, String text) {}

    @GetMapping("/reports")
    @PreAuthorize(Access.VIEW_REPORTS)
    String list(Model model, Locale locale, @RequestParam(name = "cursor", required = false) @Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        long before = position == null ? Long.MAX_VALUE : Long.parseLong(position.get(0));
        Cursor.Page<AuditReport> page = cursors.page(
                LIST,
                reports.list(before, ROWS + 1),
                ROWS,
                report -> List.of(String.valueOf(ReportTable.numberOf(report.number()))));
        LocalDate today = LocalDate.ofInstant(clock.instant(), Format.BEIJING);
        model.addAttribute("reports", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", position == null);
        model.addAttribute("from", today.withDayOfYear(1));
        model.addAttribute("today", today);
        model.addAttribute("chinese", locale.getLanguage().equals("zh"));
        return "reports/list";
    }

    @PostMapping("/reports")
    @PreAuthorize(Access.AUDIT)
    String order(
            @RequestParam String from,
            @RequestParam String to,
            @RequestParam(required = false) @Nullable String store,
            @RequestParam(name = "case", required = false) @Nullable String caseNo,
            @RequestParam(required = false) @Nullable String fonds,
            @RequestParam(required = false) @Nullable String unit,
            @RequestParam(name = "class", required = false) @Nullable String retentionClass,
            @RequestParam(defaultValue = "0") String sample,
            @RequestParam(defaultValue = "zh-CN") String language) {
        AuditReport report = reports.order(
                new Reports.Order(
                        day("from", from),
                        day("to", to),
                        new Scope(store, caseNo, fonds, unit, retentionClass),
                        number(sample),
                        language),
                CurrentActor.get());
        return "redirect:/reports/" + report.id();
    }

    private static LocalDate day(String field, String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw Problem.invalid(field, "date").because(e);
        }
    }

    private static int number(String text) {
        if (!text.matches("[0-9]{1,5}")) {
            throw Problem.invalid("sample", "report-sample", Reports.MOST_SAMPLE);
        }
        return Integer.parseInt(text);
    }

    @GetMapping("/reports/{id}")
    @PreAuthorize(Access.VIEW_REPORTS)
    String one(@PathVariable UUID id, Model model, Locale locale) throws IOException {
        AuditReport report = reports.get(id);
        model.addAttribute("report", report);
        model.addAttribute("tables", files.tables(report));
        model.addAttribute("commands", ReportPdf.commands(report.number()));
        model.addAttribute("findings", shown(findings.ofReport(id), locale));
        Optional<AuditReport> previous =
                Optional.ofNullable(report.previousId()).flatMap(reports::find);
        model.addAttribute("previous", previous.orElse(null));
        return "reports/report";
    }

    /** The part that changes while the report is made; when it has ended, the browser is told to load the page anew. */
    @GetMapping("/reports/{id}/progress")
    @PreAuthorize(Access.VIEW_REPORTS)
    String progress(@PathVariable UUID id, Model model, HttpServletResponse response) {
        AuditReport report = reports.get(id);
        if (!report.state().isOpen()) {
            response.setHeader("HX-Refresh", "true");
        }
        model.addAttribute("report", report);
        return "reports/report :: progress";
    }

    @PostMapping("/reports/{id}/cancel")
    @PreAuthorize(Access.AUDIT)
    String cancel(@PathVariable UUID id) {
        reports.cancel(id, CurrentActor.get());
        return "redirect:/reports/" + id;
    }

    @GetMapping("/reports/{id}/files/{*name}")
    @PreAuthorize(Access.VIEW_REPORTS)
    void file(@PathVariable UUID id, @PathVariable String name, HttpServletResponse response) throws IOException {
        send(reports, files, id, name, response);
    }

    /** Sends a file of a report; written down before its first byte. */
    static void send(Reports reports, ReportFiles files, UUID id, String path, HttpServletResponse response)
            throws IOException {
        AuditReport report = reports.get(id);
        String name = path.startsWith("/") ? path.substring(1) : path;
        try (ReportFiles.Opened opened = files.open(report, name).orElseThrow(() -> Problem.notFound(name))) {
            reports.downloaded(report, name, CurrentActor.get());
            response.setContentType(type(name));
            response.setContentLengthLong(opened.sizeBytes());
            String saved =
                    name.endsWith(".asice") ? name : report.number() + "-" + name.substring(name.lastIndexOf('/') + 1);
            response.setHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + saved + "\"");
            response.setHeader(HttpHeaders.CACHE_CONTROL, "private, no-store");
            opened.copyTo(response.getOutputStream());
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "pdf" -> MediaType.APPLICATION_PDF_VALUE;
            case "json" -> MediaType.APPLICATION_JSON_VALUE;
            case "csv" -> "text/csv;charset=UTF-8";
            case "asice" -> "application/vnd.etsi.asic-e+zip";
            default -> MediaType.APPLICATION_OCTET_STREAM_VALUE;
        };
    }

    @GetMapping("/findings")
    @PreAuthorize(Access.VIEW_FINDINGS)
    String findings(Model model, Locale locale) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), Format.BEIJING);
        model.addAttribute("open", shown(findings.open(), locale));
        model.addAttribute(
                "closed", shown(findings.closedSince(clock.instant().minus(java.time.Duration.ofDays(365))), locale));
        model.addAttribute("today", today);
        model.addAttribute(
                "mayClose",
                CurrentActor.signedIn()
                        .map(somebody -> somebody.roles().stream()
                                .anyMatch(
                                        EnumSet.of(Role.ARCHIVIST, Role.RESPONSIBLE_LEADER, Role.SYSTEM_ADMINISTRATOR)
                                                ::contains))
                        .orElse(false));
        return "reports/findings";
    }

    @PostMapping("/findings/{id}/close")
    @PreAuthorize(Access.CLOSE_FINDINGS)
    String close(@PathVariable long id, @RequestParam String note) {
        findings.close(id, note, CurrentActor.get());
        return "redirect:/findings";
    }

    private List<Shown> shown(List<AuditFinding> some, Locale locale) {
        return some.stream()
                .map(finding -> new Shown(finding, sentence(messages, finding, locale)))
                .toList();
    }

    static String sentence(MessageSource messages, AuditFinding finding, Locale locale) {
        String found = messages.getMessage(
                "report.finding." + finding.code(), finding.arguments().toArray(), null, locale);
        return found == null ? finding.code() + " " + finding.arguments() : found;
    }
}
