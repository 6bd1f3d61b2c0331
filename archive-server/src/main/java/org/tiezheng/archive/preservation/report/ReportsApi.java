package org.tiezheng.archive.preservation.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;

/** Audit reports and findings over REST: the same as on the screens. */
@RestController
class ReportsApi {
    private static final int ROWS = 100;
    private static final String LIST = "reports";

    private final Reports reports;
    private final ReportFiles files;
    private final Findings findings;
    private final Cursor cursors;
    private final MessageSource messages;

    ReportsApi(Reports reports, ReportFiles files, Findings findings, Cursor cursors, MessageSource messages) {
        this.reports = reports;
        this.files = files;
        this.findings = findings;
        this.cursors = cursors;
        this.messages = messages;
    }

    /**
     * An order.
     *
     * @param from first day, Beijing
     * @param to last day
     * @param sample packages to read again; absent: 0
     * @param language absent: {@code zh-CN}
     */
    record NewReport(
            @Nullable LocalDate from,
            @Nullable LocalDate to,
            @Nullable Scope scope,
            @Nullable Integer sample,
            @Nullable String language) {}

    /** What closes a finding. */
    record Closing(@Nullable String note) {}

    /** A finding in words. */
    record Told(@JsonProperty("finding") AuditFinding finding, String text) {}

    @GetMapping("/api/v1/reports")
    @PreAuthorize(Access.VIEW_REPORTS)
    Cursor.Page<AuditReport> list(@RequestParam(required = false) @Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        long before = position == null ? Long.MAX_VALUE : Long.parseLong(position.get(0));
        return cursors.page(
                LIST,
                reports.list(before, ROWS + 1),
                ROWS,
                report -> List.of(String.valueOf(ReportTable.numberOf(report.number()))));
    }

    /** Orders a report; ask for it until it is DONE, FAILED or CANCELLED. */
    @PostMapping("/api/v1/reports")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.AUDIT)
    AuditReport order(@RequestBody NewReport wanted) {
        LocalDate from = wanted.from();
        LocalDate to = wanted.to();
        if (from == null || to == null) {
            throw Problem.invalid(from == null ? "from" : "to", "required");
        }
        return reports.order(
                new Reports.Order(
                        from,
                        to,
                        wanted.scope() == null ? Scope.EVERYTHING : wanted.scope(),
                        wanted.sample() == null ? 0 : wanted.sample(),
                        wanted.language() == null ? "zh-CN" : wanted.language()),
                CurrentActor.get());
    }

    @GetMapping("/api/v1/reports/{id}")
    @PreAuthorize(Access.VIEW_REPORTS)
    AuditReport one(@PathVariable UUID id) {
        return reports.get(id);
    }

    @DeleteMapping("/api/v1/reports/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.AUDIT)
    void cancel(@PathVariable UUID id) {
        reports.cancel(id, CurrentActor.get());
    }

    /** {@code <number>.asice}, {@code report.pdf}, {@code report.json}, {@code tables/<key>.csv}. */
    @GetMapping("/api/v1/reports/{id}/files/{*name}")
    @PreAuthorize(Access.VIEW_REPORTS)
    void file(@PathVariable UUID id, @PathVariable String name, HttpServletResponse response) throws IOException {
        ReportsController.send(reports, files, id, name, response);
    }

    /** Findings that are open, worst first. */
    @GetMapping("/api/v1/findings")
    @PreAuthorize(Access.VIEW_FINDINGS)
    List<Told> findings(Locale locale) {
        return findings.open().stream()
                .map(finding -> new Told(finding, ReportsController.sentence(messages, finding, locale)))
                .toList();
    }

    @PostMapping("/api/v1/findings/{id}/close")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.CLOSE_FINDINGS)
    void close(@PathVariable long id, @RequestBody Closing closing) {
        if (closing.note() == null) {
            throw Problem.invalid("note", "required");
        }
        findings.close(id, closing.note(), CurrentActor.get());
    }
}
