package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.HeadNotes;
import org.tiezheng.archive.log.LogTiles;
import org.tiezheng.archive.operations.Restore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code restore FILE}: a backup into an empty server. */
@Command(name = "restore")
final class RestoreCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Parameters(paramLabel = "FILE", descriptionKey = "option.restore-file")
    private Path file = Path.of("");

    @Option(names = "--no-check", descriptionKey = "option.no-check")
    private boolean noCheck;

    RestoreCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Console.UserError, IOException, SQLException {
        Path source = Console.absolute(file);
        try (SharedOptions.Opened opened = shared.open(console)) {
            Restore.Done done =
                    new Restore(opened.database().owner(), opened.folder().folder("secrets")).read(source);
            new HeadNotes(opened.folder().root()).setAside(console.clock().instant());
            Texts texts = console.texts();
            console.out().println(texts.get("restore.done", done.tables(), done.rows(), done.createdAt()));
            console.out()
                    .println(texts.get(
                            done.chain().isIntact() ? "chain.intact" : "chain.broken",
                            String.valueOf(done.chain().rows()),
                            "1"));
            // Evidence without its place in the log would wait for ever: the tiles follow from the entries.
            LogTiles.write(
                    JdbcClient.create(opened.database().application()),
                    opened.folder().folder("log"));
            int objects = noCheck ? ExitCode.OK : CheckStoreCommand.check(console, opened);
            console.out().println(texts.get("restore.next", done.createdAt()));
            return done.chain().isIntact() ? objects : ExitCode.BAD;
        }
    }
}
