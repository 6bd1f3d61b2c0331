package org.tiezheng.archive.filing.check;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.Confirmations;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceFiles;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.filing.check.PackageInspection.ScannerState;

/**
 * Makes the four-property check of one package, out of the store, in the caller's thread. Every run is kept, also one that fails or
 * is given up. Safe for use by many threads.
 */
public final class FourPropertyCheck {
    /** Grows with every change of what an item means. Kept with every run and printed in every report. */
    public static final String RULE_VERSION = "tiezheng-gd/1 (DA/T 70-2018)";

    private final EvidenceCatalogue catalogue;
    private final EvidenceFiles files;
    private final Trust trust;
    private final Confirmations confirmations;
    private final CaseLinks links;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final CheckRuns runs;
    private final ContentCheck content;
    private final CaptureSchema schema = new CaptureSchema();
    private final @Nullable Clamd clamd;
    private final boolean unscannedBlocks;
    private final Clock clock;

    /**
     * @param clamd null: no virus scanner is configured
     * @param unscannedBlocks whether what no scanner saw may not be filed
     */
    public FourPropertyCheck(
            EvidenceCatalogue catalogue,
            EvidenceFiles files,
            Trust trust,
            Confirmations confirmations,
            CaseLinks links,
            AuditLog audit,
            JdbcClient jdbc,
            CheckRuns runs,
            Ffprobe ffprobe,
            @Nullable Clamd clamd,
            boolean unscannedBlocks,
            Clock clock) {
        this.catalogue = catalogue;
        this.files = files;
        this.trust = trust;
        this.confirmations = confirmations;
        this.links = links;
        this.audit = audit;
        this.jdbc = jdbc;
        this.runs = runs;
        this.content = new ContentCheck(ffprobe);
        this.clamd = clamd;
        this.unscannedBlocks = unscannedBlocks;
        this.clock = clock;
    }

    /** Told how far a check is; may end it with a {@link CancellationException}. */
    @FunctionalInterface
    public interface Progress {
        void read(long bytes, long ofBytes);
    }

    /** Whether what no scanner saw may not be filed. */
    public boolean unscannedBlocks() {
        return unscannedBlocks;
    }

    /**
     * Checks one package.
     *
     * @return the run, DONE
     * @throws IOException if the store or a database could not be read: nothing is known then, and the run says so
     * @throws CancellationException if {@code progress} threw it
     */
    public CheckRun check(UUID evidenceId, Profile profile, CodeState code, Actor by, Progress progress)
            throws IOException {
        Evidence evidence =
                catalogue.find(evidenceId).orElseThrow(() -> new FileNotFoundException("no evidence " + evidenceId));
        UUID run = runs.begin(evidenceId, profile, RULE_VERSION, by);
        boolean ended = false;
        try {
            PackageInspection inspection = inspect(evidence, code, progress);
            List<CheckResult> results = new ArrayList<>();
            results.addAll(AuthenticityRules.judge(inspection));
            results.addAll(CompletenessRules.judge(inspection));
            results.addAll(UsabilityRules.judge(inspection));
            results.addAll(SecurityRules.judge(inspection));
            results.sort(Comparator.comparing(CheckResult::item));
            CheckOutcome outcome = CheckOutcome.of(results, java.util.Map.of(), unscannedBlocks);
            runs.done(run, evidenceId, profile, results, outcome, by);
            ended = true;
            return runs.find(run).orElseThrow();
        } catch (CancellationException cancelled) {
            runs.ended(run, CheckRun.State.CANCELLED, null);
            ended = true;
            throw cancelled;
        } catch (IOException failed) {
            runs.ended(run, CheckRun.State.FAILED, failed.getClass().getSimpleName() + ": " + failed.getMessage());
            ended = true;
            throw failed;
        } finally {
            if (!ended) {
                runs.ended(run, CheckRun.State.FAILED, "see the server's log");
            }
        }
    }

    private PackageInspection inspect(Evidence evidence, CodeState code, Progress progress) throws IOException {
        Instant now = clock.instant();
        ScannerState scanner = scanner();
        Clamd client = scanner == null || scanner.version() == null ? null : clamd;
        PackageInspection.FromPackage read;
        try (FileChannel channel = files.openPackage(evidence.id())) {
            read = PackageInspection.read(
                    channel, evidence, trust.anchors(), now, schema, content, name -> scan(client), progress::read);
        }
        UUID id = evidence.id();
        // Read again: events that came while the bytes were read belong to the evidence too.
        return new PackageInspection(
                catalogue.find(id).orElseThrow(() -> new FileNotFoundException("no evidence " + id)),
                catalogue.objects(id),
                catalogue.files(id),
                read.report(),
                read.walked(),
                read.capture(),
                read.captureFaults(),
                read.datapackage(),
                read.opened(),
                scanner,
                confirmations.of(id),
                links.reviews(id),
                laterLinks(id),
                audit.ofObject("evidence", id.toString()),
                chainBreaks(id),
                isLogged(id),
                code,
                now);
    }

    private @Nullable ScannerState scanner() {
        if (clamd == null) {
            return null;
        }
        try {
            return new ScannerState(clamd.version(), null);
        } catch (IOException away) {
            return new ScannerState(null, away.getMessage());
        }
    }

    /** A scanner that goes away meanwhile leaves files unscanned; it does not stop the check. */
    private static Clamd.@Nullable Scan scan(@Nullable Clamd client) {
        if (client == null) {
            return null;
        }
        try {
            return client.scan();
        } catch (IOException away) {
            return null;
        }
    }

    /** Links made after the package was archived: those have an event of their own. */
    private int laterLinks(UUID id) {
        return jdbc.sql("""
                        select count(*) from evidence_link l join evidence e on e.id = l.evidence_id
                        where l.evidence_id = :id and l.linked_at > e.archived_at""").param("id", id).query(Integer.class).single();
    }

    private List<Long> chainBreaks(UUID id) {
        return jdbc.sql("""
                        select e.seq from audit_event e
                        where e.object_type = 'evidence' and e.object_id = :id and e.seq > 1 and not exists
                            (select 1 from audit_event p where p.seq = e.seq - 1 and p.hash = e.prev_hash)
                        order by e.seq limit 100""").param("id", id.toString()).query(Long.class).list();
    }

    private boolean isLogged(UUID id) {
        return jdbc.sql("""
                        select exists (select 1 from log_entry where evidence_id = :id and kind = 'package')
                            or exists (select 1 from log_queue where evidence_id = :id and kind = 'package')""").param("id", id).query(Boolean.class).single();
    }
}
