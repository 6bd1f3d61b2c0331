package org.tiezheng.archive.preservation;

import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.util.UriUtils;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainCheck;
import org.tiezheng.archive.audit.ChainChecks;
import org.tiezheng.archive.audit.ChainReport;
import org.tiezheng.archive.filing.FilingFigures;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.log.LogFigures;
import org.tiezheng.archive.log.LogState;
import org.tiezheng.archive.preservation.report.AuditReport;
import org.tiezheng.archive.preservation.report.Findings;
import org.tiezheng.archive.preservation.report.Reports;
import org.tiezheng.archive.preservation.report.Severity;
import org.tiezheng.archive.records.RecordFigures;
import org.tiezheng.archive.retention.RetentionFigures;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.archive.stores.StoreSettings;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.archive.stores.WormTests;
import org.tiezheng.archive.web.Format;
import org.tiezheng.storage.MirroredStore;

/**
 * How the archive is now, for one page: figures of the other packages, each leading to its rows, and what is wrong in plain words.
 * Looked at once for everybody within ten seconds. A source that cannot be read is a card without figures, never a zero.
 */
public final class Board {
    private static final Logger LOG = LoggerFactory.getLogger(Board.class);
    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofDays(180);
    private static final int CALENDAR_DAYS = 30;
    private static final String BOARD = "/preservation";
    private static final String COPIES = BOARD + "/copies";
    private static final String PACKAGES = BOARD + "/packages";
    private static final String RECORDED = BOARD + "/recorded";
    private static final String BATCHES = BOARD + "/batches";
    private static final String AUTHORITIES = BOARD + "/authorities";
    /** New rows of the audit log are verified every hour. */
    private static final Duration CHAIN_LATE = Duration.ofHours(3);

    private final Sources sources;
    private final Clock clock;
    private final Format format = new Format();
    private final AtomicReference<@Nullable View> last = new AtomicReference<>();

    /** Where the figures come from. */
    public record Sources(
            JdbcClient jdbc,
            LogFigures log,
            AuditLog audit,
            ChainChecks checks,
            Stores stores,
            StoreGate gate,
            StoreSettings storeSettings,
            WormTests tests,
            StampAuthorities authorities,
            FixityFigures fixity,
            RecordFigures records,
            RetentionFigures retention,
            FilingFigures filing,
            Reports reports,
            Findings findings) {}

    /** How bad something is: the word of the badge. */
    public enum State {
        OK,
        WARN,
        BAD,
        /** Nothing to judge. */
        OFF;

        /** Class of the badge. */
        public String css() {
            return "state-" + name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Something wrong.
     *
     * @param code of its sentence, {@code board.alarm.<code>}
     * @param path page of the menu that {@code href} belongs to: who is not offered the one is not led to the other
     * @param href to the rows it speaks of
     */
    public record Alarm(State state, String code, List<Object> arguments, String path, String href) {
        public Alarm {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * One figure.
     *
     * @param key {@code board.<card>.<key>}
     * @param amount null where it is no number
     * @param href to its rows
     * @param path page of the menu that {@code href} belongs to
     */
    public record Figure(String key, @Nullable Long amount, String shown, State state, String path, String href) {}

    /**
     * A group of figures.
     *
     * @param key {@code board.<key>}
     * @param available false: its source could not be read
     * @param chart null if it has none
     */
    public record Card(
            String key,
            boolean available,
            List<Figure> figures,
            @Nullable BarChart chart) {
        public Card {
            figures = List.copyOf(figures);
        }
    }

    /** The whole board; alarms with the worst first. */
    public record View(Instant at, State state, List<Alarm> alarms, List<Card> cards) {
        public View {
            alarms = List.copyOf(alarms);
            cards = List.copyOf(cards);
        }
    }

    public Board(Sources sources, Clock clock) {
        this.sources = sources;
        this.clock = clock;
    }

    /** At most ten seconds old. */
    public View view() {
        Instant now = clock.instant();
        View known = last.get();
        if (known == null || known.at().plus(KEPT).isBefore(now)) {
            known = look(now);
            last.set(known);
        }
        return known;
    }

    @FunctionalInterface
    private interface Source {
        void look(Draft draft) throws Exception;
    }

    /** A card while it is made. */
    private static final class Draft {
        private final List<Figure> figures = new ArrayList<>();
        private final List<Alarm> alarms = new ArrayList<>();
        private @Nullable BarChart chart;

        void number(String key, long amount, State state, String path, String href) {
            figures.add(new Figure(key, amount, new Format().number(amount), state, path, href));
        }

        void text(String key, String shown, State state, String path, String href) {
            figures.add(new Figure(key, null, shown, state, path, href));
        }

        void alarm(State state, String code, String path, Object... arguments) {
            alarms.add(new Alarm(state, code, List.of(arguments), path, path));
        }

        /** An alarm about what the figure of {@code key} counts leads where that leads. */
        void alarmOf(String key, State state, String code, Object... arguments) {
            Figure figure = figures.stream()
                    .filter(one -> one.key().equals(key))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no figure " + key));
            alarms.add(new Alarm(state, code, List.of(arguments), figure.path(), figure.href()));
        }
    }

    private View look(Instant now) {
        List<Alarm> alarms = new ArrayList<>();
        List<Card> cards = new ArrayList<>();
        card("log", this::log, cards, alarms);
        card("fixity", this::fixity, cards, alarms);
        card("copies", this::copies, cards, alarms);
        card("time", this::time, cards, alarms);
        card("records", this::records, cards, alarms);
        card("retention", this::retention, cards, alarms);
        card("filing", this::filing, cards, alarms);
        card("audit", this::audit, cards, alarms);
        alarms.sort(Comparator.comparing(alarm -> alarm.state() != State.BAD));
        State state = alarms.stream().anyMatch(alarm -> alarm.state() == State.BAD)
                ? State.BAD
                : alarms.isEmpty() ? State.OK : State.WARN;
        return new View(now, state, alarms, cards);
    }

    private static void card(String key, Source source, List<Card> cards, List<Alarm> alarms) {
        Draft draft = new Draft();
        try {
            source.look(draft);
            cards.add(new Card(key, true, draft.figures, draft.chart));
            alarms.addAll(draft.alarms);
        } catch (Exception e) {
            LOG.warn("preservation board, {}: {}", key, e.toString());
            cards.add(new Card(key, false, List.of(), null));
            alarms.add(new Alarm(State.BAD, "unavailable." + key, List.of(), "/status", "/status"));
        }
    }

    private void log(Draft card) {
        LogFigures.Now now = sources.log().now();
        LogState state = now.state();
        String page = "/preservation/log";
        Instant late = clock.instant().minus(Duration.ofMinutes(10));
        long behind = state.assigned() - state.signed() + state.waiting();
        Instant signed = state.signedAt();
        boolean stuck = behind > 0 && (signed == null || signed.isBefore(late));
        card.number("size", state.signed(), State.OFF, page, page + "#entries");
        card.text("checkpoint", format.time(signed), stuck ? State.BAD : State.OFF, page, page);
        card.number("behind", behind, stuck ? State.BAD : State.OFF, page, page + "#entries");
        long cosigning = now.witnesses().stream()
                .filter(witness -> witness.cosignedAt() != null && witness.failure() == null)
                .count();
        card.text(
                "witnesses",
                cosigning + " / " + now.witnesses().size(),
                cosigning < now.witnesses().size() ? State.WARN : State.OFF,
                page,
                page + "#witnesses");
        Instant stamped = now.stamps().stream()
                .map(LogFigures.StampFigures::genTime)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(null);
        card.text("stamped", format.time(stamped), State.OFF, page, page + "#stamps");
        if (now.damage() != null) {
            card.alarm(State.BAD, "log-damaged", page, now.damage());
        }
        if (stuck) {
            card.alarm(State.BAD, "log-behind", page, behind);
        }
        if (!now.mayAdvance()) {
            card.alarm(State.BAD, "log-comparing", page, String.join(", ", now.comparing()));
        }
        if (!now.needsWitnesses()) {
            card.alarm(State.WARN, "log-no-witnesses", page);
        }
        for (LogFigures.WitnessFigures witness : now.witnesses()) {
            if (witness.failure() != null) {
                card.alarm(State.WARN, "log-witness", page, witness.name(), witness.failure());
            }
        }
    }

    private void fixity(Draft card) {
        FixityFigures.Now now = sources.fixity().now();
        String page = "/fixity";
        boolean all = now.copies() > 0 && now.checked() == now.copies();
        card.text(
                "checked",
                format.number(now.checked()) + " / " + format.number(now.copies()),
                all ? State.OK : State.OFF,
                BOARD,
                COPIES + "?state=checked");
        long overdue = now.stores().stream()
                .mapToLong(FixityFigures.StoreFigures::overdue)
                .sum();
        long never = now.stores().stream()
                .mapToLong(FixityFigures.StoreFigures::neverChecked)
                .sum();
        card.number("never", never, State.OFF, BOARD, COPIES + "?state=never");
        card.number("overdue", overdue, overdue > 0 ? State.WARN : State.OFF, BOARD, COPIES + "?state=overdue");
        card.number(
                "damages", now.openDamages(), now.openDamages() > 0 ? State.BAD : State.OFF, page, page + "#damages");
        card.number(
                "repairs",
                now.repairsToApprove(),
                now.repairsToApprove() > 0 ? State.WARN : State.OFF,
                page,
                page + "#repairs");
        card.number("extras", now.extras(), now.extras() > 0 ? State.WARN : State.OFF, page, page + "#extras");
        card.chart = BarChart.of(
                "calendar",
                sources.fixity().calendar(CALENDAR_DAYS).stream()
                        .map(day -> new BarChart.Item(
                                day.day().toString(),
                                day.copies(),
                                format.bytes(day.bytes()),
                                COPIES + "?day=" + day.day()))
                        .toList());
        if (now.withoutGoodCopy() > 0) {
            card.alarmOf("damages", State.BAD, "no-good-copy", now.withoutGoodCopy());
        }
        if (now.openDamages() > 0) {
            card.alarmOf("damages", State.BAD, "damages", now.openDamages());
        }
        if (now.packagesDiffering() > 0) {
            card.alarmOf("damages", State.BAD, "catalogue-differs", now.packagesDiffering());
        }
        if (overdue > 0) {
            card.alarmOf("overdue", State.WARN, "fixity-overdue", overdue);
        }
        if (now.paused()) {
            card.alarm(State.WARN, "fixity-paused", page);
        }
        if (now.extras() > 0) {
            card.alarmOf("extras", State.WARN, "extras", now.extras());
        }
        if (now.repairsToApprove() > 0) {
            card.alarmOf("repairs", State.WARN, "repairs", now.repairsToApprove());
        }
    }

    private void copies(Draft card) {
        String page = "/stores";
        int parts = sources.stores().parts().size();
        card.number("stores", parts, parts < 2 ? State.BAD : State.OFF, page, page);
        if (parts < 2) {
            card.alarm(State.BAD, "one-copy", page);
        }
        if (sources.stores().mirrored().isPresent()) {
            MirroredStore.Status status = sources.stores().mirrored().get().status();
            boolean late = status.age(clock.instant())
                            .compareTo(sources.storeSettings().custodian().alarmAfter())
                    > 0;
            card.number("waiting", status.waiting(), late ? State.BAD : State.OFF, page, page + "#store-custodian");
            if (late) {
                card.alarmOf("waiting", State.BAD, "copies-late", status.waiting());
            }
        }
        for (Stores.Part part : sources.stores().parts()) {
            String id = part.description().id();
            StoreGate.Standing standing = sources.gate().standing(part.description());
            Instant tested = sources.tests()
                    .lastDecided(part.description())
                    .map(kept -> kept.report().at())
                    .orElse(null);
            State state = switch (standing) {
                case PROVED -> State.OK;
                case FOLDER -> State.WARN;
                case NOT_WORM, NOT_PROVED -> State.BAD;
            };
            card.text("worm." + id, format.time(tested), state, page, page + "#store-" + id);
            if (state != State.OK) {
                card.alarmOf("worm." + id, state, "store." + standing.name() + "." + id);
            }
        }
        if (sources.gate().decide().override() != null) {
            card.alarm(State.WARN, "overridden", page);
        }
    }

    private void time(Draft card) {
        boolean external = false;
        int number = 0;
        for (StampAuthorities.Seen one : sources.authorities().seen()) {
            if (!one.configured()) {
                continue;
            }
            number++;
            external |= !one.embedded();
            Instant ends = one.certificateEnds();
            boolean soon = ends != null && ends.isBefore(clock.instant().plus(SOON));
            String key = one.embedded() ? "own" : "authority";
            card.figures.add(new Figure(
                    key,
                    null,
                    (one.embedded() ? "" : one.name() + " · ") + format.day(ends),
                    soon ? State.BAD : State.OFF,
                    BOARD,
                    AUTHORITIES));
            if (soon) {
                card.alarmOf(key, State.BAD, "tsa-ends", one.name(), format.day(ends));
            }
        }
        card.number("authorities", number, number == 0 ? State.BAD : State.OFF, BOARD, AUTHORITIES);
        if (!external) {
            card.alarmOf("authorities", State.WARN, "tsa-own");
        }
    }

    private void records(Draft card) {
        RecordFigures.Now now = sources.records().now();
        String page = "/records";
        card.number("recorded", now.recorded(), State.OFF, page, page + "#batches");
        card.number("waiting", now.waiting(), now.late() ? State.WARN : State.OFF, BOARD, RECORDED + "?state=waiting");
        card.number("batches", now.liveBatches(), State.OFF, BOARD, BATCHES + "?state=live");
        card.text("nextBatch", format.time(now.nextBatchAt()), State.OFF, BOARD, RECORDED + "?state=waiting");
        card.text(
                "nextRenewal",
                format.day(now.nextRenewalBy()),
                now.ended() > 0 ? State.BAD : State.OFF,
                BOARD,
                BATCHES + (now.ended() > 0 ? "?state=ended" : "?state=live"));
        card.number(
                "bad",
                now.badPackages(),
                now.badPackages() > 0 ? State.BAD : State.OFF,
                BOARD,
                RECORDED + "?state=bad");
        card.number(
                "failing",
                now.failing(),
                now.failing() > 0 ? State.WARN : State.OFF,
                BOARD,
                BATCHES + "?state=failing");
        if (now.ended() > 0) {
            card.alarmOf("nextRenewal", State.BAD, "records-ended", now.ended());
        }
        if (now.badPackages() > 0) {
            card.alarmOf("bad", State.BAD, "records-bad", now.badPackages());
        }
        if (now.late()) {
            card.alarmOf("waiting", State.WARN, "records-late", now.waiting());
        }
        if (now.failing() > 0) {
            card.alarmOf("failing", State.WARN, "records-failing", now.failing());
        }
    }

    private void retention(Draft card) {
        RetentionFigures.Waiting waiting = sources.retention().waiting();
        card.number("holds", waiting.holdsInForce(), State.OFF, "/holds", "/holds");
        card.number("held", waiting.heldEvidence(), State.OFF, "/evidence", "/evidence?held=yes");
        card.number(
                "appraise",
                waiting.toAppraise(),
                waiting.toAppraise() > 0 ? State.WARN : State.OFF,
                "/appraisals",
                "/appraisals");
        card.number(
                "soon",
                sources.retention().endingBefore(clock.instant().plus(Duration.ofDays(365))),
                State.OFF,
                BOARD,
                PACKAGES + "?state=soon");
        card.number("approvals", waiting.approvals(), State.OFF, "/retention", "/retention/approvals");
        card.number(
                "locksBehind",
                waiting.locksBehind(),
                waiting.locksBehind() > 0 ? State.BAD : State.OFF,
                BOARD,
                PACKAGES + "?state=locks-behind");
        card.number("disposals", waiting.disposalsOpen(), State.OFF, "/disposals", "/disposals?open=true");
        List<RetentionFigures.InClass> classes = sources.retention().distribution();
        long all =
                classes.stream().mapToLong(RetentionFigures.InClass::evidence).sum();
        card.chart = BarChart.of(
                "classes",
                classes.stream()
                        .map(one -> new BarChart.Item(
                                one.classId(),
                                one.evidence(),
                                Math.round(100.0 * one.evidence() / Math.max(1, all)) + " %",
                                PACKAGES + "?class=" + UriUtils.encode(one.classId(), StandardCharsets.UTF_8)))
                        .toList());
        if (waiting.locksBehind() > 0) {
            card.alarmOf("locksBehind", State.BAD, "locks-behind", waiting.locksBehind());
        }
        if (waiting.holdsWaiting() > 0) {
            card.alarm(State.WARN, "holds-waiting", "/holds", waiting.holdsWaiting());
        }
        if (waiting.toAppraise() > 0) {
            card.alarm(State.WARN, "to-appraise", "/appraisals", waiting.toAppraise());
        }
    }

    private void filing(Draft card) {
        FilingFigures.Now now = sources.filing().now();
        card.number("filed", now.filed(), State.OFF, "/filing", "/filing/filed");
        card.number("waiting", now.waiting(), State.OFF, "/filing", "/filing#waiting");
        card.number("open", now.open(), State.OFF, "/filing", "/filing#open");
        card.number("blocked", now.blocked(), now.blocked() > 0 ? State.WARN : State.OFF, "/filing", "/filing#blocked");
        if (now.blocked() > 0) {
            card.alarmOf("blocked", State.WARN, "filing-blocked", now.blocked());
        }
    }

    private void audit(Draft card) {
        card.number("rows", sources.audit().head().seq(), State.OFF, "/audit", "/audit");
        chain(card);
        Instant limit = clock.instant().minus(Duration.ofDays(2));
        Instant stamped = at("select max(at) from audit_anchor");
        Instant first = at("select at from audit_event order by seq limit 1");
        // The first stamp of a new archive comes in its first night.
        boolean old = first != null && first.isBefore(limit) && (stamped == null || stamped.isBefore(limit));
        card.text(
                "stamped", format.time(stamped), old ? State.WARN : State.OFF, "/audit", "/audit?action=audit.anchor");
        if (old) {
            card.alarmOf("stamped", State.WARN, "audit-not-stamped");
        }
        AuditReport report = sources.reports().list(Long.MAX_VALUE, 20).stream()
                .filter(one -> one.state() == AuditReport.State.DONE)
                .findFirst()
                .orElse(null);
        card.figures.add(new Figure(
                "report",
                null,
                report == null
                        ? "—"
                        : report.number() + " · " + format.day(Objects.requireNonNull(report.finishedAt())),
                State.OFF,
                "/reports",
                report == null ? "/reports" : "/reports/" + report.id()));
        long open = sources.findings().open().size();
        long high = sources.findings().open().stream()
                .filter(finding -> finding.severity() == Severity.HIGH)
                .count();
        card.number(
                "findings", open, high > 0 ? State.BAD : open > 0 ? State.WARN : State.OFF, "/findings", "/findings");
        if (high > 0) {
            card.alarm(State.BAD, "findings-high", "/findings", high);
        }
    }

    private void chain(Draft card) {
        ChainChecks.Standing standing = sources.checks().standing();
        ChainCheck latest = standing.latest();
        boolean late =
                latest != null && latest.endedAt().isBefore(clock.instant().minus(CHAIN_LATE));
        State state = standing.isBroken()
                ? State.BAD
                : late || latest != null && latest.report() == null
                        ? State.WARN
                        : standing.isIntact() ? State.OK : State.OFF;
        String page = "/audit";
        card.figures.add(new Figure(
                "chain", null, format.time(latest == null ? null : latest.endedAt()), state, page, page + "#chain"));
        ChainReport report = latest == null ? null : latest.report();
        if (report != null) {
            card.number("verified", report.head().seq(), state, page, page + "#chain");
        }
        if (standing.isBroken()) {
            card.alarm(State.BAD, "chain-broken", page);
        } else if (latest != null && report == null) {
            card.alarm(State.WARN, "chain-unreadable", page);
        } else if (late) {
            card.alarm(State.WARN, "chain-late", page);
        }
    }

    private @Nullable Instant at(String query) {
        return sources.jdbc().sql(query).query((row, n) -> Optional.ofNullable(row.getTimestamp(1))).list().stream()
                .flatMap(Optional::stream)
                .map(Timestamp::toInstant)
                .findFirst()
                .orElse(null);
    }
}
