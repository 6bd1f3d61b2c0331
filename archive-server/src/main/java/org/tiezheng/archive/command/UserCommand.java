package org.tiezheng.archive.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.Migrations;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Passwords;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code user NAME}: a new one-time password, for when nobody can sign in to give one. In the audit log as done by the command
 * line.
 */
@Command(name = "user")
final class UserCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Parameters(paramLabel = "NAME", descriptionKey = "option.username")
    private String username = "";

    UserCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Console.UserError, IOException {
        try (SharedOptions.Opened opened = shared.open(console)) {
            Migrations.run(opened.database().owner());
            DataSource database = opened.database().application();
            JdbcClient jdbc = JdbcClient.create(database);
            TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(database));
            Accounts accounts = new Accounts(
                    jdbc,
                    transactions,
                    new AuditLog(jdbc, console.clock()),
                    console.clock(),
                    new Passwords(),
                    opened.identity());
            Account account = accounts.findByUsername(username)
                    .orElseThrow(() -> new Console.UserError(console.texts().get("error.no-account", username)));
            String password = accounts.resetPassword(account.id(), Actor.system("command-line"));
            console.out().println(console.texts().get("user.reset", account.username(), password));
            return ExitCode.OK;
        }
    }
}
