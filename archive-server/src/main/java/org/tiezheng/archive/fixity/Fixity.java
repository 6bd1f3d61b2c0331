package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.log.LogQueue;

/** The parts of this package, put together; for the wiring, and for tests without it. */
final class Fixity {
    final CopyTable copies;
    final Damages damages;
    final Paces paces;
    final Runs runs;
    final Workers workers;
    final Checks checks;
    final Repairs repairs;
    final Listings listings;
    final PackageChecks packages;
    final ReadRate rate;
    private final CheckedStores stores;
    private final FixitySettings settings;
    private final Clock clock;
    private final String node;

    Fixity(
            CheckedStores stores,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            LogQueue log,
            EvidenceCatalogue catalogue,
            FixitySettings settings,
            FixityMeters meters,
            Clock clock,
            String node,
            Consumer<Repairs.Step> repairSteps) {
        this.stores = stores;
        this.settings = settings;
        this.clock = clock;
        this.node = node;
        long bytesPerSecond = settings.rate().toBytes();
        this.copies = new CopyTable(jdbc);
        this.damages = new Damages(jdbc, audit, clock);
        this.paces = new Paces(jdbc, transactions, audit, clock, bytesPerSecond);
        this.runs = new Runs(jdbc, transactions, audit, catalogue, clock);
        this.workers = new Workers(jdbc, transactions, clock);
        this.rate = new ReadRate(bytesPerSecond);
        CopyCheck check = new CopyCheck(copies::isKnownDigest, rate, clock, Checks.COPIED_WITHIN);
        this.checks = new Checks(copies, damages, stores, check, transactions, meters, node);
        this.listings = new Listings(jdbc, transactions, audit, stores, clock, settings.listingEvery());
        this.packages = new PackageChecks(
                jdbc,
                transactions,
                new PackageCheck(jdbc, catalogue, stores.find(stores.primary()).orElseThrow()),
                damages,
                clock,
                node);
        this.repairs = new Repairs(
                jdbc, transactions, audit, log, stores, copies, checks, damages, rate, clock, node, repairSteps);
    }

    /** The threads of this server; each call makes others. */
    FixityWorkers workers(boolean enabled, Duration rest) {
        return new FixityWorkers(
                stores,
                copies,
                checks,
                runs,
                paces,
                workers,
                rate,
                background(),
                clock,
                settings.batch(),
                node,
                enabled,
                rest);
    }

    private List<FixityWorkers.Work> background() {
        return List.of(runs::prepare, repairs::turn, packages::turn, listings::turn);
    }
}
