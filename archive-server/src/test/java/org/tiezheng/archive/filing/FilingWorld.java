package org.tiezheng.archive.filing;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ArchivalCodes;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.storage.FolderStore;

/** Filing with everything real: PostgreSQL, folder store, sealed packages. */
final class FilingWorld implements AutoCloseable {
    static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    static final Clock CLOCK = Clock.fixed(SEALED.plusSeconds(3600), ZoneOffset.UTC);
    static final Actor ARCHIVIST = new Actor("archivist-1", "档案员甲", "ARCHIVIST", null, "127.0.0.1", "s9");
    static final Filing.Choice CHOICE = new Filing.Choice("0123", "XZCF", "WJ");

    final Path folder;
    final TestDatabase database = TestDatabase.create();
    final FolderStore store;
    final TestPackages packages;
    final TestArchive archive;
    final Trust trust;
    final AuditLog audit = new AuditLog(database.jdbc(), CLOCK);
    final EvidenceCatalogue catalogue = new EvidenceCatalogue(database.jdbc());
    final FondsRegister fonds = new FondsRegister(database.jdbc(), database.transactions(), audit, CLOCK);
    final FiledRegister register = new FiledRegister(database.jdbc());
    final Filing filing = filing(id -> new RetentionPeriod("Y30", 30));

    FilingWorld(Path folder) throws IOException {
        this.folder = folder;
        this.packages = new TestPackages(folder.resolve("packages"), SEALED);
        this.store = FolderStore.create("primary", folder.resolve("objects"), CLOCK);
        this.archive = new TestArchive(database, store, packages, CLOCK);
        Path root = folder.resolve("root.pem");
        packages.writeRoot(root);
        this.trust = new Trust(List.of(), root);
    }

    Filing filing(Function<UUID, RetentionPeriod> retention) {
        return new Filing(
                database.jdbc(),
                catalogue,
                new ArchivalCodes(database.jdbc(), catalogue),
                fonds,
                register,
                retention,
                database.transactions(),
                audit,
                CLOCK);
    }

    FondsRule fonds() {
        return fonds.set(
                new FondsRegister.Setting(
                        "0123",
                        "甲市市场监督管理局",
                        "甲市市场监督管理局",
                        CodePattern.DEFAULT_ITEM,
                        CodePattern.DEFAULT_VOLUME,
                        Map.of("XZCF", "行政处罚"),
                        Map.of("WJ", "网络监管科")),
                ARCHIVIST);
    }

    /** Archived, confirmed by two officers, not filed. */
    UUID evidence(String title, String caseNo) {
        return evidence(packages.make(title, "http://shop.example/" + UUID.randomUUID(), "明前龙井"), caseNo);
    }

    UUID evidence(Path file, String caseNo) {
        UUID id = archive.archive(file, new NewEvidence.InitialLinks(null, caseNo, null, null, null));
        confirm(id, "officer-1", "执法人员甲", "C-1");
        confirm(id, "officer-2", "执法人员乙", "C-2");
        database.jdbc()
                .sql("update evidence set confirmed_at = :at where id = :id")
                .param("at", Timestamp.from(CLOCK.instant()))
                .param("id", id)
                .update();
        return id;
    }

    private void confirm(UUID id, String account, String name, String certificate) {
        database.transactions().executeWithoutResult(status -> {
            database.jdbc()
                    .sql("""
                            insert into confirmation (evidence_id, account_id, name, unit, cert_no, cert_valid_from, cert_valid_to,
                                method, confirmed_at)
                            values (:id, :account, :name, '甲市市场监督管理局网络监管科', :no, '2020-01-01', '2030-01-01',
                                'OWN_SESSION', :at)""")
                    .param("id", id)
                    .param("account", account)
                    .param("name", name)
                    .param("no", certificate)
                    .param("at", Timestamp.from(CLOCK.instant()))
                    .update();
            var unused = audit.append(AuditEvent.ok(
                    new Actor(account, name, "INSPECTOR", certificate, "127.0.0.1", "s"),
                    "evidence.confirm",
                    "evidence",
                    id.toString()));
        });
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
