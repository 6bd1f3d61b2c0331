package org.tiezheng.archive.preservation.report;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;

/**
 * Orders for reports, and the list of them. A report is made in the background by {@link ReportRunner}; making one adds a report, an
 * entry of the log and an audit event, and changes nothing that is reported on. Safe for use by many threads and servers.
 */
public final class Reports {
    private static final int MOST_OPEN = 20;
    static final int MOST_SAMPLE = 1000;
    private static final int MOST_TEXT = 200;

    private final ReportTable table;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    Reports(ReportTable table, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.table = table;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * What is wanted.
     *
     * @param from first day in Beijing
     * @param to last day in Beijing; today: up to now
     * @param sample packages to read again, 0 to 1000
     * @param language {@code zh-CN} or {@code en}
     */
    public record Order(LocalDate from, LocalDate to, Scope scope, int sample, String language) {}

    /** @throws Problem if the order cannot be met as it is, or too many wait already */
    public AuditReport order(Order order, Actor actor) {
        Instant now = clock.instant();
        Instant from = order.from().atStartOfDay(Format.BEIJING).toInstant();
        Instant to = order.to().plusDays(1).atStartOfDay(Format.BEIJING).toInstant();
        if (to.isAfter(now)) {
            // Not a day that is not over: totals are of a moment that can be counted again later.
            to = now.truncatedTo(ChronoUnit.SECONDS);
        }
        check(order, from, to, now);
        UUID id = UUID.randomUUID();
        byte[] seed = new byte[16];
        random.nextBytes(seed);
        ReportTable.New report = new ReportTable.New(
                id,
                order.language(),
                from,
                to,
                order.scope(),
                order.sample(),
                HexFormat.of().formatHex(seed),
                actor.id(),
                actor.name(),
                now.truncatedTo(ChronoUnit.MILLIS));
        transactions.executeWithoutResult(status -> {
            if (table.open() >= MOST_OPEN) {
                throw Problem.of(HttpStatus.CONFLICT, "reports.too-many", MOST_OPEN);
            }
            table.insert(report);
            audit.append(AuditEvent.ok(actor, "report.order", "report", id.toString()));
        });
        return get(id);
    }

    private static void check(Order order, Instant from, Instant to, Instant now) {
        List<Problem.FieldError> wrong = new ArrayList<>();
        if (order.from().isBefore(LocalDate.of(2000, 1, 1)) || !from.isBefore(now)) {
            wrong.add(new Problem.FieldError("from", "report-from", List.of()));
        } else if (!from.isBefore(to) || order.to().isAfter(LocalDate.ofInstant(now, ZoneOffset.ofHours(8)))) {
            wrong.add(new Problem.FieldError("to", "report-to", List.of()));
        } else if (from.plus(AuditReport.MOST).isBefore(to)) {
            wrong.add(new Problem.FieldError("from", "report-long", List.of()));
        }
        if (order.sample() < 0 || order.sample() > MOST_SAMPLE) {
            wrong.add(new Problem.FieldError("sample", "report-sample", List.of(MOST_SAMPLE)));
        }
        if (!order.language().equals("zh-CN") && !order.language().equals("en")) {
            wrong.add(new Problem.FieldError("language", "report-language", List.of()));
        }
        Scope scope = order.scope();
        tooLong(wrong, "case", scope.caseNo());
        tooLong(wrong, "fonds", scope.fonds());
        tooLong(wrong, "unit", scope.unit());
        tooLong(wrong, "class", scope.retentionClass());
        if (scope.store() != null && !scope.store().matches("objects|custodian")) {
            wrong.add(new Problem.FieldError("store", "report-store", List.of()));
        }
        if (!wrong.isEmpty()) {
            throw Problem.invalid(wrong);
        }
    }

    private static void tooLong(List<Problem.FieldError> wrong, String field, @Nullable String text) {
        if (text != null && (text.length() > MOST_TEXT || text.indexOf('\0') >= 0)) {
            wrong.add(new Problem.FieldError(field, "too-long", List.of(MOST_TEXT)));
        }
    }

    /** Newest first; {@code before} is the number of the last one of the page before, {@link Long#MAX_VALUE} to begin. */
    public List<AuditReport> list(long before, int most) {
        return table.list(before, most);
    }

    public Optional<AuditReport> find(UUID id) {
        return table.find(id);
    }

    /** @throws Problem 404 if there is no such report */
    public AuditReport get(UUID id) {
        return table.find(id).orElseThrow(() -> Problem.notFound("report " + id));
    }

    /** @throws Problem if there is no such report, or it has ended */
    public void cancel(UUID id, Actor actor) {
        transactions.executeWithoutResult(status -> {
            AuditReport report = get(id);
            if (!table.cancel(id, clock.instant())) {
                throw Problem.of(HttpStatus.CONFLICT, "reports.ended", report.number());
            }
            audit.append(AuditEvent.ok(actor, "report.cancel", "report", id.toString()));
        });
    }

    /** Writes down that somebody took a file of a report. */
    void downloaded(AuditReport report, String file, Actor actor) {
        transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                actor,
                "report.download",
                "report",
                report.id().toString(),
                report.sha256(),
                AuditEvent.Result.OK,
                file,
                null)));
    }
}
