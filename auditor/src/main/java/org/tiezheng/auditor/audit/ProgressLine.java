package org.tiezheng.auditor.audit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.tiezheng.verifier.cli.Terminal;

/** Says on the terminal how far an audit is: one line that is written over; without a terminal a line every minute. */
final class ProgressLine implements Audit.Progress {
    private static final Duration ON_TERMINAL = Duration.ofMillis(200);
    private static final Duration ELSEWHERE = Duration.ofMinutes(1);

    private final Terminal terminal;
    private final Clock clock;
    private Instant last;

    ProgressLine(Terminal terminal) {
        this.terminal = terminal;
        this.clock = terminal.clock();
        this.last = clock.instant();
    }

    @Override
    public synchronized void done(String step, long parts, long ofParts, long bytesRead, long packagesVerified) {
        Instant now = clock.instant();
        Duration pause = terminal.interactive() ? ON_TERMINAL : ELSEWHERE;
        boolean last = parts == ofParts;
        if (!terminal.interactive() && Duration.between(this.last, now).compareTo(pause) < 0
                || terminal.interactive()
                        && !last
                        && Duration.between(this.last, now).compareTo(pause) < 0) {
            return;
        }
        this.last = now;
        String name = step.startsWith("3-copy") ? "copy" : step.replaceAll("[^a-z]", "");
        String line = terminal.messages()
                .get(
                        "progress",
                        terminal.messages().get("step." + name),
                        parts * 100 / ofParts,
                        bytesRead / 1_000_000,
                        packagesVerified);
        terminal.err().print(terminal.interactive() ? "\r" + line + (last ? "\n" : "") : line + "\n");
        terminal.err().flush();
    }
}
