package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.tiezheng.archive.operations.Backup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code backup FILE}: the database and its secrets into one file; works beside a running server. */
@Command(name = "backup")
final class BackupCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Parameters(paramLabel = "FILE", descriptionKey = "option.backup-file")
    private Path file = Path.of("");

    @Option(names = "--no-check", descriptionKey = "option.no-check")
    private boolean noCheck;

    BackupCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Console.UserError, IOException, SQLException {
        Path target = Console.absolute(file);
        try (SharedOptions.Opened opened = shared.open(console)) {
            Backup.Done done = new Backup(
                            opened.database().owner(), opened.folder().folder("secrets"), console.clock())
                    .write(target);
            console.out()
                    .println(console.texts()
                            .get(
                                    "backup.done",
                                    target.toString(),
                                    done.tables(),
                                    done.rows(),
                                    done.sizeBytes(),
                                    done.auditHead().toString()));
            // A backup of a catalogue whose objects are gone would be found out too late.
            return noCheck ? ExitCode.OK : CheckStoreCommand.check(console, opened);
        }
    }
}
