package org.tiezheng.archive.register;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.audit.ChainMarks;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.register.RegisterField;
import org.tiezheng.evidence.register.RegisterHead;
import org.tiezheng.evidence.register.RegisterRow;
import org.tiezheng.evidence.register.RegisterWriter;

/**
 * Makes a register. The steps, and what dying in each leaves:
 *
 * <ol>
 *   <li>all rows and the audit chain, over one state of the database, into a file: begun anew when the lease ends; the file is
 *       removed at the next start
 *   <li>the file put into the store: an object without a row, which the search for strays finds; the register is begun anew, and is
 *       another object
 *   <li>one transaction: kept object, entry of the log, audit event, state DONE: all or none
 * </ol>
 *
 * Memory: one row, whatever the size of the catalogue.
 */
final class RegisterMaker {
    private static final Logger LOG = LoggerFactory.getLogger(RegisterMaker.class);
    private static final int FETCH = 500;
    private static final int PROGRESS = 2_000;

    /** Every row of the catalogue; what is text there already stays as it is, a null is left out. */
    private static final String ROWS = """
            select e.*, r.class_id, r.years, r.rule_id, r.begins_on, r.ends_at, r.locked_until, c.chain_id, o.objects,
                o.objects_sha256, (select count(*) from legal_hold_evidence h where h.evidence_id = e.id and h.state = 'ON') as holds
            from evidence e
            left join evidence_retention r on r.evidence_id = e.id
            left join record_current c on c.evidence_id = e.id
            cross join lateral (select count(*) as objects, encode(sha256(convert_to(coalesce(string_agg(x.member || ' ' || x.sha256
                || ' ' || x.size_bytes || ' ' || x.key || E'\\n', '' order by x.position), ''), 'UTF8')), 'hex') as objects_sha256
                from evidence_object x where x.evidence_id = e.id) o
            order by e.number""";

    private final DataSource database;
    private final TransactionTemplate transactions;
    private final Registers registers;
    private final KeptObjects kept;
    private final LogQueue log;
    private final AuditLog audit;
    private final RegisterSettings settings;
    private final String origin;
    private final Path folder;
    private final Clock clock;

    /** It was cancelled, or another server has it now. */
    static final class CancelledException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** What it needs of the rest of the server. */
    record Office(
            DataSource database,
            TransactionTemplate transactions,
            Registers registers,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit) {}

    /**
     * @param origin name of the log
     * @param folder for the file while it is written; what is in it belongs to registers that died
     */
    RegisterMaker(Office office, RegisterSettings settings, String origin, Path folder, Clock clock) {
        this.database = office.database();
        this.transactions = office.transactions();
        this.registers = office.registers();
        this.kept = office.kept();
        this.log = office.log();
        this.audit = office.audit();
        this.settings = settings;
        this.origin = origin;
        this.folder = folder;
        this.clock = clock;
    }

    /**
     * Makes the register this server has claimed.
     *
     * @throws IOException if disk or store failed; later perhaps
     * @throws SQLException if the database failed; later perhaps
     */
    void make(Register register, UUID worker) throws CancelledException, IOException, SQLException {
        Path file = folder.resolve(register.id() + "-" + worker);
        try {
            Written written = write(register, worker, file);
            Instant until = clock.instant()
                    .atOffset(ZoneOffset.UTC)
                    .plus(settings.keep())
                    .toInstant();
            if (!registers.progress(register.id(), worker, written.rows(), written.rows())) {
                throw new CancelledException();
            }
            finish(register, worker, written, kept.store(KeptObjects.Kind.REGISTER, register.id(), file, until));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private record Written(RegisterHead head, long rows) {}

    private Written write(Register register, UUID worker, Path file)
            throws CancelledException, IOException, SQLException {
        try (Connection connection = database.getConnection()) {
            int isolation = connection.getTransactionIsolation();
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (OutputStream out = Files.newOutputStream(file)) {
                RegisterHead head = head(connection, register.id());
                try (RegisterWriter writer = new RegisterWriter(out, head)) {
                    rows(connection, register, worker, writer);
                    ChainMarks.walk(connection, earlierHeads(connection), writer::mark);
                    writer.end();
                    return new Written(head, writer.rows());
                }
            } finally {
                connection.rollback();
                connection.setReadOnly(false);
                connection.setTransactionIsolation(isolation);
                connection.setAutoCommit(true);
            }
        }
    }

    private RegisterHead head(Connection connection, UUID id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                select s.assigned, a.seq, a.hash from log_state s
                left join (select seq, hash from audit_event order by seq desc limit 1) a on true""");
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("log_state is empty");
            }
            String hash = row.getString("hash");
            return new RegisterHead(
                    id,
                    clock.instant().truncatedTo(ChronoUnit.SECONDS),
                    origin,
                    row.getLong("assigned"),
                    row.getLong("seq"),
                    hash == null ? ChainHead.EMPTY.hash() : hash);
        }
    }

    private static List<Long> earlierHeads(Connection connection) throws SQLException {
        List<Long> heads = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("select distinct events from register where state = 'DONE'");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                heads.add(row.getLong(1));
            }
        }
        return heads;
    }

    private void rows(Connection connection, Register register, UUID worker, RegisterWriter writer)
            throws SQLException, IOException, CancelledException {
        long total;
        try (PreparedStatement statement = connection.prepareStatement("select count(*) from evidence");
                ResultSet row = statement.executeQuery()) {
            total = row.next() ? row.getLong(1) : 0;
        }
        try (PreparedStatement statement = connection.prepareStatement(ROWS)) {
            statement.setFetchSize(FETCH);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    if (writer.rows() % PROGRESS == 0
                            && (Thread.currentThread().isInterrupted()
                                    || !registers.progress(register.id(), worker, writer.rows(), total))) {
                        throw new CancelledException();
                    }
                    writer.row(row(row));
                }
            }
        }
    }

    private static RegisterRow row(ResultSet row) throws SQLException {
        Map<RegisterField, String> fields = new EnumMap<>(RegisterField.class);
        put(fields, RegisterField.SHA256, row.getString("sha256"));
        put(fields, RegisterField.SM3, row.getString("sm3"));
        put(fields, RegisterField.SIZE, row.getString("size_bytes"));
        put(fields, RegisterField.PACKAGE_SHA256, row.getString("package_sha256"));
        put(fields, RegisterField.PACKAGE_SIZE, row.getString("package_bytes"));
        put(fields, RegisterField.URL, row.getString("target_url"));
        put(fields, RegisterField.FINAL_URL, row.getString("final_url"));
        put(fields, RegisterField.TITLE, row.getString("title"));
        put(fields, RegisterField.FROM, time(row, "captured_from"));
        put(fields, RegisterField.TO, time(row, "captured_to"));
        put(fields, RegisterField.SEALED, time(row, "sealed_at"));
        put(fields, RegisterField.ARCHIVED, time(row, "archived_at"));
        put(fields, RegisterField.ARCHIVED_BY, row.getString("archived_by_name"));
        put(fields, RegisterField.ORIGIN, row.getString("origin"));
        put(fields, RegisterField.OFFICERS, String.join("\n", (String[])
                row.getArray("officer_names").getArray()));
        put(fields, RegisterField.PURPOSE, row.getString("purpose"));
        put(fields, RegisterField.COMPLETENESS, row.getString("completeness"));
        put(fields, RegisterField.OBJECTS, row.getString("objects"));
        put(fields, RegisterField.OBJECTS_SHA256, row.getString("objects_sha256"));
        put(fields, RegisterField.UNTIL, time(row, "retain_until"));
        put(fields, RegisterField.CLASS, row.getString("class_id"));
        put(fields, RegisterField.YEARS, row.getString("years"));
        put(fields, RegisterField.RULE, row.getString("rule_id"));
        put(fields, RegisterField.BEGINS, row.getString("begins_on"));
        put(fields, RegisterField.ENDS, time(row, "ends_at"));
        put(fields, RegisterField.LOCKED, time(row, "locked_until"));
        put(fields, RegisterField.HELD, String.valueOf(row.getBoolean("held")));
        put(fields, RegisterField.HOLDS, row.getString("holds"));
        put(fields, RegisterField.DISPOSED, time(row, "disposed_at"));
        put(fields, RegisterField.DISPOSAL, row.getString("disposal_id"));
        put(fields, RegisterField.CODE, row.getString("archival_code"));
        put(fields, RegisterField.CLUE, row.getString("clue_no"));
        put(fields, RegisterField.CASE, row.getString("case_no"));
        put(fields, RegisterField.FACT, row.getString("fact_to_prove"));
        put(fields, RegisterField.SHOP, row.getString("shop"));
        put(fields, RegisterField.PLATFORM, row.getString("platform"));
        put(fields, RegisterField.CONFIRMED, time(row, "confirmed_at"));
        put(fields, RegisterField.REVIEWED, time(row, "reviewed_at"));
        put(fields, RegisterField.VERDICT, row.getString("verdict"));
        put(fields, RegisterField.VERIFIED, time(row, "verified_at"));
        put(fields, RegisterField.RECORD, row.getString("chain_id"));
        return new RegisterRow(row.getLong("number"), row.getObject("id", UUID.class), fields);
    }

    private static void put(Map<RegisterField, String> fields, RegisterField field, @Nullable String value) {
        if (value != null) {
            fields.put(field, value);
        }
    }

    private static @Nullable String time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null
                ? null
                : time.toInstant().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private void finish(Register register, UUID worker, Written written, KeptObject stored) throws CancelledException {
        boolean ours = Boolean.TRUE.equals(transactions.execute(status -> {
            if (!registers.done(register.id(), worker, written.head(), stored, written.rows())) {
                return false;
            }
            KeptObject row = kept.keep(stored);
            log.append(LogEvent.ofObject(
                    LogEvent.Kind.REGISTER,
                    register.id(),
                    Digest.sha256(row.sha256()),
                    row.sizeBytes(),
                    row.until(),
                    clock.instant()));
            audit.append(new AuditEvent(
                    Registers.SERVER,
                    "register.made",
                    "register",
                    register.id().toString(),
                    row.sha256(),
                    AuditEvent.Result.OK,
                    written.rows() + " rows, " + written.head().events() + " events; asked for by "
                            + register.requestedByName(),
                    null));
            return true;
        }));
        if (!ours) {
            throw new CancelledException();
        }
        LOG.info("register {}: {} rows, {} bytes", register.number(), written.rows(), stored.sizeBytes());
    }

    /** Removes what this server left unfinished when it died. */
    void clean() {
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("folder of registers: {}", e.getMessage());
        }
    }
}
