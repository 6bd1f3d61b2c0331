package org.tiezheng.archive.command;

import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.ingest.StrayObjects;
import org.tiezheng.archive.operations.ObjectCheck;
import org.tiezheng.archive.stores.StoreRegister;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.storage.MirroredStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code check-store}: compares the catalogue with the store; works beside a running server. */
@Command(name = "check-store")
final class CheckStoreCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    CheckStoreCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Console.UserError, IOException, SQLException {
        try (SharedOptions.Opened opened = shared.open(console)) {
            return check(console, opened);
        }
    }

    /** Compares and prints what is wrong. @return the exit code */
    static int check(Console console, SharedOptions.Opened opened) throws IOException, SQLException {
        Texts texts = console.texts();
        JdbcClient jdbc = JdbcClient.create(opened.database().application());
        try (Stores stores = Stores.open(
                opened.primaryStore(),
                opened.folder().root(),
                new StoreRegister(jdbc, console.clock()),
                MirroredStore.Copied.NOBODY,
                console.clock())) {
            ObjectCheck.Done done = new ObjectCheck(opened.database().application(), stores.active())
                    .run(difference -> console.out()
                            .println(texts.get(
                                    difference.found().isEmpty() ? "store.missing" : "store.different",
                                    difference.version().key(),
                                    difference.version().versionId())));
            long[] strays = {0};
            new StrayObjects(jdbc, stores.active()).find(stray -> strays[0]++);
            console.out()
                    .println(texts.get(
                            done.wrong() > 0 ? "store.wrong" : done.objects() == 0 ? "store.empty" : "store.agrees",
                            String.valueOf(done.objects()),
                            String.valueOf(done.wrong()),
                            stores.active().describe().location()));
            if (strays[0] > 0) {
                console.out().println(texts.get("store.strays", String.valueOf(strays[0])));
            }
            return done.wrong() > 0 ? ExitCode.BAD : ExitCode.OK;
        }
    }
}
