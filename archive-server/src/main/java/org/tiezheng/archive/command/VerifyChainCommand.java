package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.audit.ChainReport;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.audit.HeadNotes;
import org.tiezheng.archive.operations.AuditAnchors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code verify-chain}: reads the whole audit log and compares it with the heads noted in the data folder and on the command
 * line. Works beside a running server.
 */
@Command(name = "verify-chain")
final class VerifyChainCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Option(names = "--head", paramLabel = "SEQ:HASH", descriptionKey = "option.head")
    private List<String> heads = new ArrayList<>();

    @Option(names = "--json", descriptionKey = "option.json")
    private boolean json;

    @Option(names = "--tokens", paramLabel = "DIR", descriptionKey = "option.tokens")
    private @Nullable Path tokens;

    VerifyChainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Console.UserError, IOException, SQLException {
        List<ChainHead> noted = new ArrayList<>();
        for (String text : heads) {
            noted.add(ChainHead.parse(text)
                    .orElseThrow(() -> new Console.UserError(console.texts().get("error.head", text))));
        }
        List<Long> wrongTokens = new ArrayList<>();
        ChainReport report;
        int notes;
        try (SharedOptions.Opened opened = shared.open(console)) {
            List<ChainHead> own = new HeadNotes(opened.folder().root()).heads();
            notes = own.size();
            noted.addAll(own);
            for (AuditAnchors.Anchor anchor : AuditAnchors.all(opened.database().application())) {
                if (anchor.isOverHead()) {
                    noted.add(anchor.head());
                    notes++;
                } else {
                    wrongTokens.add(anchor.head().seq());
                }
                if (tokens != null) {
                    write(tokens, anchor);
                }
            }
            report = new ChainVerifier(opened.database().application()).verify(noted);
        }
        if (json) {
            console.out().println(JsonMapper.builder().build().writeValueAsString(report));
        } else {
            print(report, notes + heads.size());
        }
        for (Long seq : wrongTokens) {
            (json ? console.err() : console.out()).println(console.texts().get("chain.token", String.valueOf(seq)));
        }
        return report.isIntact() && wrongTokens.isEmpty() ? ExitCode.OK : ExitCode.BAD;
    }

    /** For {@code openssl ts -verify -digest HASH -token_in -in FILE}. */
    private static void write(Path folder, AuditAnchors.Anchor anchor) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve(anchor.head().seq() + "-" + anchor.head().hash() + ".tst"), anchor.token());
    }

    private void print(ChainReport report, int notes) {
        Texts texts = console.texts();
        for (ChainReport.Break found : report.breaks()) {
            console.out()
                    .println(texts.get(
                            "chain.break",
                            String.valueOf(found.seq()),
                            found.kind().name(),
                            texts.get("chain." + found.kind().name()),
                            found.detail()));
        }
        if (report.truncated()) {
            console.out().println(texts.get("chain.more"));
        }
        console.out()
                .println(texts.get(
                        report.isIntact() ? report.rows() == 0 ? "chain.empty" : "chain.intact" : "chain.broken",
                        String.valueOf(report.rows()),
                        String.valueOf(notes)));
        console.out().println(texts.get("chain.head", report.head().toString()));
    }
}
