package org.tiezheng.archive.register;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.Retention;

/** Makes registers as the server does, without a server. */
public final class TestRegisters {
    static final Actor AUDITOR = new Actor("auditor-1", "审计员甲", "AUDITOR", null, "127.0.0.1", "session");

    final Registers registers;
    final KeptObjects kept;
    final RegisterRunner runner;

    /** @param folder made if it is not there */
    public TestRegisters(TestDatabase database, ObjectStore store, String origin, Path folder, Clock clock)
            throws IOException {
        AuditLog audit = new AuditLog(database.jdbc(), clock);
        RegisterSettings settings = new RegisterSettings(
                true, java.time.LocalTime.of(3, 40), java.time.Period.ofDays(400), java.time.Duration.ofSeconds(3));
        registers = new Registers(database.jdbc(), database.transactions(), audit, clock);
        kept = new KeptObjects(database.jdbc(), store, KeptObjects.Gate.OPEN, Retention.Mode.COMPLIANCE, clock);
        RegisterMaker maker = new RegisterMaker(
                new RegisterMaker.Office(
                        database.dataSource(),
                        database.transactions(),
                        registers,
                        kept,
                        new LogQueue(database.jdbc(), clock),
                        audit),
                settings,
                origin,
                Files.createDirectories(folder),
                clock);
        runner = new RegisterRunner(registers, maker, settings.every());
    }

    /** As an auditor asks for it. */
    public Register make() {
        Register ordered = registers.order(AUDITOR);
        if (!runner.runOne() || registers.get(ordered.id()).state() != Register.State.DONE) {
            throw new IllegalStateException("not made: " + registers.get(ordered.id()));
        }
        return registers.get(ordered.id());
    }
}
