package org.tiezheng.capture;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;
import picocli.CommandLine.Option;

/** Options of every command that touches the data folder or seals. */
final class SharedOptions {
    private static final Duration TSA_TIMEOUT = Duration.ofSeconds(20);

    @Option(names = "--data", paramLabel = "DIR", descriptionKey = "data")
    private @Nullable Path data;

    @Option(names = "--tsa", paramLabel = "URL", descriptionKey = "tsa")
    private List<URI> tsa = new ArrayList<>();

    @Option(names = "--tsa-trust", paramLabel = "PEM", descriptionKey = "tsa-trust")
    private List<Path> tsaTrust = new ArrayList<>();

    @Option(names = "--no-embedded-tsa", descriptionKey = "no-embedded-tsa")
    private boolean noEmbedded;

    @Option(names = "--json", descriptionKey = "json")
    private boolean json;

    @Option(names = "--ui-lang", paramLabel = "zh|en", descriptionKey = "ui-lang")
    private @Nullable String uiLanguage;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            descriptionKey = "help")
    private boolean help;

    boolean json() {
        return json;
    }

    DataFolder openData(Main.Console console) throws UserError {
        Path folder = console.dataFolder(data);
        try {
            return DataFolder.open(folder, console.clock());
        } catch (IOException e) {
            throw new UserError(console.texts().get("error.data", folder, StepRunner.describe(e)));
        }
    }

    /** Signer and authorities as asked for. */
    Authorities openAuthorities(DataFolder data, Main.Console console) throws UserError {
        Texts texts = console.texts();
        Clock clock = console.clock();
        if (!tsa.isEmpty() && tsaTrust.isEmpty()) {
            throw new UserError(texts.get("error.tsa.trust"));
        }
        if (tsa.isEmpty() && noEmbedded) {
            throw new UserError(texts.get("error.tsa.none"));
        }
        TrustAnchors anchors = null;
        if (!tsa.isEmpty()) {
            try {
                anchors = TrustAnchors.ofFiles(tsaTrust);
            } catch (IOException e) {
                throw new UserError(texts.get("error.tsa.trust.bad", StepRunner.describe(e)));
            }
        }
        try {
            return Authorities.of(EmbeddedAuthority.open(data.root(), clock), !noEmbedded, tsa, anchors, TSA_TIMEOUT);
        } catch (IllegalArgumentException e) {
            throw new UserError(texts.get("error.option", "--tsa", String.valueOf(e.getMessage())));
        } catch (IOException e) {
            throw new UserError(texts.get("error.keys", StepRunner.describe(e)));
        }
    }
}
