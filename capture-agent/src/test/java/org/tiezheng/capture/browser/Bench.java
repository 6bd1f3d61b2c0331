package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** A running browser with a page and a journal, for tests. */
final class Bench implements AutoCloseable {
    static final Duration TEN = Duration.ofSeconds(10);
    static final Duration THIRTY = Duration.ofSeconds(30);

    final Chromium chromium;
    final BrowserJournal journal;
    final CapturedPage page;
    final Path folder;

    Bench(Path folder, DeviceProfile device) throws IOException {
        this(folder, options(folder, device));
    }

    Bench(Path folder, LaunchOptions options) throws IOException {
        this.folder = folder;
        chromium = Chromium.launch(options, Clock.systemUTC());
        BrowserJournal opened = null;
        try {
            opened = new BrowserJournal(
                    folder.resolve("browser-events.ndjson"),
                    folder.resolve("console.ndjson"),
                    JournalLimits.DEFAULT,
                    Clock.systemUTC());
            journal = opened;
            page = chromium.openPage(journal);
        } catch (IOException | RuntimeException e) {
            chromium.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    static LaunchOptions options(Path folder, DeviceProfile device) throws IOException {
        return LaunchOptions.of(BrowserPrograms.find(), device, 0, folder.resolve("keys.log"));
    }

    /** Loads a page and waits until it is quiet. */
    LoadOutcome load(String url) throws IOException {
        Navigation navigation = page.navigate(url, THIRTY);
        LoadOutcome outcome = page.waitLoad(navigation, THIRTY);
        IdleOutcome idle = page.networkIdle(() -> Long.MAX_VALUE, Duration.ofMillis(200), TEN);
        if (!idle.idle()) {
            throw new IOException("not idle: " + idle);
        }
        return outcome;
    }

    @Override
    public void close() throws IOException {
        chromium.close();
        journal.close();
    }
}
