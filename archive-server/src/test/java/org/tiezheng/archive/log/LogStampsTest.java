package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.TrustAnchors;

class LogStampsTest {
    @TempDir
    Path folder;

    private LogWorld world;
    private LogChanges changes;
    private External first;
    private External second;

    /** A real authority under the name of one that is not the archive's own; may be silent. */
    private static final class External implements TimestampAuthority {
        private final String name;
        private EmbeddedAuthority real;
        private boolean silent;

        External(String name, EmbeddedAuthority real) {
            this.name = name;
            this.real = real;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public TrustAnchors anchors() {
            return real.anchors();
        }

        @Override
        public boolean embedded() {
            return false;
        }

        @Override
        public TimestampToken stamp(Digest sha256) throws TimestampException {
            if (silent) {
                throw new TimestampException("silent", true);
            }
            return real.stamp(sha256);
        }
    }

    @BeforeEach
    void open() throws IOException {
        world = new LogWorld(folder);
        changes = new LogChanges(
                world.database.jdbc(),
                world.database.transactions(),
                new AuditLog(world.database.jdbc(), world.clock),
                new LogQueue(world.database.jdbc(), world.clock),
                world.clock);
        first = new External("https://tsa.one.example", EmbeddedAuthority.open(folder.resolve("one"), world.clock));
        second = new External("https://tsa.two.example", EmbeddedAuthority.open(folder.resolve("two"), world.clock));
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private LogStamps stamps(TimestampAuthority... authorities) {
        return new LogStamps(
                world.database.jdbc(), world.log, new StampingAuthorities(List.of(authorities)), changes, world.clock);
    }

    private LogFigures figures(LogStamps stamps) {
        return new LogFigures(world.database.jdbc(), world.log, world.witnesses, stamps);
    }

    /** Digests of the entries of this kind, in their order. */
    private List<String> said(LogEvent.Kind kind) {
        world.log.run();
        return world
                .database
                .jdbc()
                .sql("select leaf from log_entry where kind = :kind order by pos")
                .param("kind", kind.word())
                .query(String.class)
                .list()
                .stream()
                .map(leaf -> {
                    try {
                        LogEvent event = (LogEvent) LogEntries.parse(leaf.getBytes(StandardCharsets.US_ASCII));
                        return String.valueOf(event.sha256());
                    } catch (MalformedLogException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    private static String certificate(External authority) throws Exception {
        return Digest.of(
                        Digest.Algorithm.SHA256,
                        authority
                                .stamp(Digest.sha256("0".repeat(64)))
                                .authorityCertificate()
                                .orElseThrow()
                                .getEncoded())
                .toString();
    }

    @Test
    void everyAuthorityStampsThePublishedCheckpoint() throws Exception {
        world.queue(3);
        world.log.run();
        LogStamps stamps = stamps(first, second);
        stamps.stamp(false);

        assertThat(stamps.latest(10)).hasSize(2).allSatisfy(stamp -> {
            assertThat(stamp.size()).isEqualTo(3);
            Path files = world.files().resolve("stamps").resolve(String.valueOf(stamp.id()));
            byte[] note = Files.readAllBytes(files.resolve("checkpoint"));
            assertThat(note).isEqualTo(stamp.note().getBytes(StandardCharsets.UTF_8));
            assertThat(TimestampToken.parse(Files.readAllBytes(files.resolve("token.tst")))
                            .imprint())
                    .isEqualTo(Digest.of(Digest.Algorithm.SHA256, note).bytes());
        });
        // Once a day; after a start again.
        stamps.stamp(false);
        assertThat(stamps.latest(10)).hasSize(2);
        stamps.stamp(true);
        assertThat(stamps.latest(10)).hasSize(4);
        world.clock.advance(Duration.ofHours(24));
        stamps.stamp(false);
        assertThat(stamps.latest(10)).hasSize(6);
    }

    /** The server died between the row and its files, or the folder is another one. */
    @Test
    void filesOfAStampThatAreMissingOrOtherOnesAreWrittenFromTheTable() throws Exception {
        world.queue(3);
        world.log.run();
        LogStamps stamps = stamps(first, second);
        stamps.stamp(false);
        assertThat(stamps.writeMissing()).isZero();
        List<LogStamps.Stamp> rows = stamps.latest(10);
        Path one = world.files()
                .resolve("stamps")
                .resolve(String.valueOf(rows.get(0).id()));
        Path other = world.files()
                .resolve("stamps")
                .resolve(String.valueOf(rows.get(1).id()));
        Files.delete(one.resolve("token.tst"));
        Files.delete(one.resolve("checkpoint"));
        Files.delete(one);
        Files.write(other.resolve("token.tst"), new byte[10]);

        assertThat(stamps.writeMissing()).isEqualTo(2);
        for (LogStamps.Stamp row : rows) {
            Path files = world.files().resolve("stamps").resolve(String.valueOf(row.id()));
            assertThat(files.resolve("token.tst")).hasBinaryContent(row.token());
            assertThat(files.resolve("checkpoint")).hasContent(row.note());
        }
        assertThat(stamps.writeMissing()).isZero();
    }

    @Test
    void anAuthorityThatIsSilentIsShownAndAskedAgain() throws Exception {
        world.queue(3);
        world.log.run();
        LogStamps stamps = stamps(first, second);
        stamps.stamp(false);
        world.clock.advance(Duration.ofHours(24));
        second.silent = true;
        assertThatThrownBy(() -> stamps.stamp(false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tsa.two");

        LogFigures.Now now = figures(stamps).now();
        assertThat(now.stamps()).hasSize(2);
        assertThat(now.stamps().get(0).failure()).isNull();
        assertThat(now.stamps().get(1).failure()).isEqualTo("unavailable");
        assertThat(now.stamps().get(1).genTime()).isNotNull();
        second.silent = false;
        stamps.stamp(false);
        assertThat(figures(stamps).now().stamps())
                .allSatisfy(s -> assertThat(s.failure()).isNull());
    }

    /** In, out and in again, by the certificate; the name is not said. */
    @Test
    void theLogSaysWhichAuthoritiesAreInUse() throws Exception {
        world.queue(1);
        world.log.run();
        stamps(first, second).stamp(true);
        String one = certificate(first);
        String two = certificate(second);
        assertThat(said(LogEvent.Kind.TSA)).containsExactly(one, two);
        stamps(first, second).stamp(true);
        assertThat(said(LogEvent.Kind.TSA)).hasSize(2);
        // Removed, then its certificate changed.
        stamps(first).stamp(true);
        assertThat(said(LogEvent.Kind.TSA)).containsExactly(one, two, two);
        first.real = EmbeddedAuthority.open(folder.resolve("three"), world.clock);
        String three = certificate(first);
        stamps(first).stamp(true);
        assertThat(said(LogEvent.Kind.TSA)).containsExactly(one, two, two, one, three);
    }

    @Test
    void theLogSaysWhichKeyItSignsWith() {
        changes.key(LogWorld.SIGNER.verifierKey());
        changes.key(LogWorld.SIGNER.verifierKey());
        byte[] seed = new byte[32];
        seed[0] = 1;
        CheckpointSigner other = CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, seed);
        changes.key(other.verifierKey());
        assertThat(said(LogEvent.Kind.KEY))
                .containsExactly(
                        digest(LogWorld.SIGNER.verifierKey().toString()),
                        digest(other.verifierKey().toString()));
    }

    private static String digest(String vkey) {
        return Digest.of(Digest.Algorithm.SHA256, vkey.getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** Announced, a new key goes on with the same log; not announced, it stops it. */
    @Test
    void aKeyIsChangedOnlyIfTheOldOneIsNamed() throws Exception {
        world.queue(3);
        world.log.run();
        byte[] seed = new byte[32];
        seed[0] = 1;
        CheckpointSigner other = CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, seed);
        assertThatThrownBy(() -> withKey(other, List.of()).check()).isInstanceOf(LogDamagedException.class);
        TransparencyLog changed = withKey(other, List.of(LogWorld.SIGNER.verifierKey()));
        changed.check();
        changes.key(other.verifierKey());
        changed.run();
        assertThat(world.published().size()).isEqualTo(4);
        assertThat(world.published().signedBy(other.verifierKey())).isTrue();
        changed.check();
    }

    private TransparencyLog withKey(CheckpointSigner signer, List<org.tiezheng.evidence.log.VerifierKey> former) {
        return new TransparencyLog(
                world.database.jdbc(),
                world.database.transactions(),
                new LogFolder(world.files()),
                signer,
                new TransparencyLog.Trusted(world.policy(), former, Duration.ZERO, Duration.ofSeconds(1)),
                world.clock,
                100);
    }

    @Test
    void figuresAreThoseOfTheRows() throws Exception {
        world.queue(7);
        changes.key(LogWorld.SIGNER.verifierKey());
        world.log.run();
        LogFigures figures = figures(stamps());
        LogFigures.Now now = figures.now();
        assertThat(now.publishedSize()).isEqualTo(8);
        assertThat(now.state().proved()).isEqualTo(8);
        assertThat(now.needsWitnesses()).isFalse();
        LogFigures.Period period = figures.period(
                world.clock.instant().minusSeconds(1), world.clock.instant().plusSeconds(1));
        assertThat(period.entries()).containsEntry("package", 7L).containsEntry("key", 1L);
        assertThat(period.checkpoints()).isEqualTo(1);
        assertThat(figures.entries("", Long.MAX_VALUE, 5))
                .extracting(LogFigures.Entry::pos)
                .containsExactly(7L, 6L, 5L, 4L, 3L);
        assertThat(figures.entries("key", Long.MAX_VALUE, 5)).hasSize(1);
        assertThat(figures.entries("package", 3, 5))
                .hasSize(3)
                .allSatisfy(e -> assertThat(e.provedSize()).isEqualTo(8));
    }
}
