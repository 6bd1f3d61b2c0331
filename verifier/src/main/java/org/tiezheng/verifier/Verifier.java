package org.tiezheng.verifier;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Verifies evidence packages offline.
 *
 * <pre>
 * Verifier verifier = new Verifier(TrustAnchors.ofFiles(List.of(rootPem)), Clock.systemUTC(), VerifierOptions.DEFAULT);
 * Report report = verifier.verify(path);
 * report.findings().forEach(System.out::println);
 * </pre>
 *
 * <p>Source: docs/format.md, "Verifier codes". Safe for use by several threads; each verification runs about
 * four threads of its own and takes some 20 MB of heap whatever the size of the package.
 */
public final class Verifier {

    /** Told how far a verification is; called often, in the thread that called {@code verify}. */
    @FunctionalInterface
    public interface Progress {
        void read(long bytes, long ofBytes);
    }

    private final TrustAnchors anchors;
    private final Clock clock;
    private final VerifierOptions options;
    private final @Nullable LogTrust log;
    private final AlgorithmPolicy policy;

    /**
     * @param anchors from the user's configuration, never from a package
     * @param clock tells the time to verify for; {@code Clock.fixed} for another time than now
     */
    public Verifier(TrustAnchors anchors, Clock clock, VerifierOptions options) {
        this(anchors, clock, options, null, AlgorithmPolicy.standard());
    }

    private Verifier(
            TrustAnchors anchors,
            Clock clock,
            VerifierOptions options,
            @Nullable LogTrust log,
            AlgorithmPolicy policy) {
        this.anchors = anchors;
        this.clock = clock;
        this.options = options;
        this.log = log;
        this.policy = policy;
    }

    /** The same verifier, which also asks whether log proofs are of a log its user trusts. */
    public Verifier with(LogTrust trust) {
        return new Verifier(anchors, clock, options, trust, policy);
    }

    /** The same verifier, which judges algorithms by {@code newer} and not by the policy that came with it. */
    public Verifier with(AlgorithmPolicy newer) {
        return new Verifier(anchors, clock, options, log, newer);
    }

    /** Verifies for the time {@code at}. */
    public Verifier(TrustAnchors anchors, Instant at, VerifierOptions options) {
        this(anchors, Clock.fixed(at, java.time.ZoneOffset.UTC), options);
    }

    public Report verify(Path file) throws IOException {
        return verify(file, (read, of) -> {});
    }

    /**
     * Makes every check that can be made. What is wrong with the package is in the report, never an exception.
     *
     * @throws IOException if the file cannot be read, or changed while it was read: nothing is known then
     */
    public Report verify(Path file, Progress progress) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            FileTime modified = Files.getLastModifiedTime(file);
            Path name = file.getFileName();
            Report report = verify(channel, name == null ? file.toString() : name.toString(), progress);
            if (channel.size() != size || !Files.getLastModifiedTime(file).equals(modified)) {
                throw new IOException("the file changed while it was read");
            }
            return report;
        }
    }

    /**
     * Verifies a package that need not be a file of this machine.
     *
     * @param channel asked for its size and for reads at a position, by several threads, mostly in order; stays open
     * @param name what the report calls it
     * @throws IOException if it cannot be read: nothing is known then
     */
    public Report verify(FileChannel channel, String name, Progress progress) throws IOException {
        return new Verification(channel, name, anchors, log, policy, clock.instant(), options).run(progress);
    }
}
