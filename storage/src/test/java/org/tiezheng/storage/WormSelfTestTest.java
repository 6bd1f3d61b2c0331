package org.tiezheng.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WormSelfTestTest {
    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();

    private WormReport run(ObjectStore store, LockAttempts attempts) throws InterruptedException {
        return new WormSelfTest(
                        store,
                        attempts,
                        clock,
                        time -> clock.moveTo(clock.instant().plus(time)))
                .run();
    }

    private static List<String> violated(WormReport report) {
        return report.probes().stream()
                .filter(probe -> probe.outcome() == WormReport.Outcome.VIOLATED)
                .map(WormReport.Probe::name)
                .toList();
    }

    @Test
    void aRealServerThatLocksIsWorm() throws Exception {
        try (S3Store store = S3TestServer.shared().newStore("objects")) {
            WormReport report = new WormSelfTest(store, store, Clock.systemUTC()).run();

            assertThat(report.verdict()).as(report.toString()).isEqualTo(WormReport.Verdict.WORM);
            assertThat(report.probes()).hasSize(8);
            assertThat(report.capabilities()).hasValueSatisfying(can -> {
                assertThat(can.versioning()).isTrue();
                assertThat(can.objectLock()).isTrue();
                assertThat(can.legalHold()).isTrue();
            });
        }
    }

    @Test
    void aFolderIsHonestlyNotWorm() throws Exception {
        try (FolderStore store = FolderStore.create("objects", folder, clock)) {
            WormReport report = run(store, store);

            assertThat(report.verdict()).isEqualTo(WormReport.Verdict.NOT_WORM);
            assertThat(violated(report)).contains("delete-bypass");
        }
    }

    /** Like the servers that take the headers of Object Lock and do not mean them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "delete-version",
                "delete-bypass",
                "shorten",
                "shorten-bypass",
                "weaken",
                "overwrite",
                "hold-after-retention",
                "hold-bypass"
            })
    void everySingleHoleIsFound(String hole) throws Exception {
        try (FolderStore real = FolderStore.create("objects", folder, clock)) {
            Leaky leaky = new Leaky(real, hole);

            WormReport report = run(leaky, leaky);

            assertThat(report.verdict()).as(report.toString()).isEqualTo(WormReport.Verdict.NOT_WORM);
            assertThat(violated(report)).contains(hole);
        }
    }

    @Test
    void aStoreThatIsTightPasses() throws Exception {
        try (FolderStore real = FolderStore.create("objects", folder, clock)) {
            Leaky tight = new Leaky(real, "none");

            WormReport report = run(tight, tight);

            assertThat(report.verdict()).as(report.toString()).isEqualTo(WormReport.Verdict.WORM);
        }
    }

    @Test
    void aServerThatIsAwayIsUnknownAndNotTight() throws Exception {
        S3Settings away = S3Settings.of(
                "objects",
                URI.create("http://127.0.0.1:9"),
                "us-east-1",
                "bucket",
                new S3Settings.Credentials("key", "secret"));
        try (S3Store store = new S3Store(away, Clock.systemUTC())) {
            WormReport report = run(store, store);

            assertThat(report.verdict()).isEqualTo(WormReport.Verdict.UNKNOWN);
        }
    }

    @Test
    void oldCanariesAreRemoved() throws Exception {
        try (FolderStore real = FolderStore.create("objects", folder, clock)) {
            Leaky tight = new Leaky(real, "none");
            run(tight, tight);
            assertThat(list(real)).isNotEmpty();
            clock.moveTo(clock.instant().plus(WormSelfTest.CANARY_LOCK).plusSeconds(3600));
            List<StoredObject> first = list(real);

            run(tight, tight);

            assertThat(list(real)).doesNotContainAnyElementsOf(first);
        }
    }

    private static List<StoredObject> list(ObjectStore store) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        store.list("self-test/", found::add);
        return found;
    }

    /** A folder that refuses what a locking server refuses, but for one hole. */
    private static final class Leaky implements ObjectStore, LockAttempts {
        private final FolderStore real;
        private final String hole;

        Leaky(FolderStore real, String hole) {
            this.real = real;
            this.hole = hole;
        }

        private boolean isHeld(ObjectVersion version) {
            return version.key().endsWith("-held");
        }

        @Override
        public Answer deleteVersion(ObjectVersion version) throws IOException {
            String name = isHeld(version) ? "hold-after-retention" : "delete-version";
            return hole.equals(name) ? real.deleteBypassingLock(version) : real.deleteVersion(version);
        }

        @Override
        public Answer deleteBypassingLock(ObjectVersion version) throws IOException {
            String name = isHeld(version) ? "hold-bypass" : "delete-bypass";
            return hole.equals(name) ? real.deleteBypassingLock(version) : Answer.REFUSED;
        }

        @Override
        public Answer shorten(ObjectVersion version, Instant until) throws IOException {
            return hole.equals("shorten") ? real.shortenBypassingLock(version, until) : Answer.REFUSED;
        }

        @Override
        public Answer shortenBypassingLock(ObjectVersion version, Instant until) throws IOException {
            return hole.equals("shorten-bypass") ? real.shortenBypassingLock(version, until) : Answer.REFUSED;
        }

        @Override
        public Answer weaken(ObjectVersion version, Instant until) throws IOException {
            return hole.equals("weaken") ? real.weaken(version, until) : Answer.REFUSED;
        }

        @Override
        public StoreCapabilities capabilities(Instant lockUntil) {
            return real.capabilities(lockUntil);
        }

        @Override
        public StoredObject put(PutRequest request, InputStream content) throws IOException {
            List<StoredObject> older = new ArrayList<>();
            real.list(request.key(), older::add);
            StoredObject stored = real.put(request, content);
            for (StoredObject old : older) {
                if (hole.equals("overwrite") && old.version().key().equals(request.key())) {
                    real.deleteBypassingLock(old.version());
                }
            }
            return stored;
        }

        @Override
        public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
            return real.get(version, offset, length);
        }

        @Override
        public Optional<StoredObject> head(ObjectVersion version) throws IOException {
            return real.head(version);
        }

        @Override
        public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
            real.list(prefix, consumer);
        }

        @Override
        public void extendRetention(ObjectVersion version, Instant until) throws IOException {
            real.extendRetention(version, until);
        }

        @Override
        public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
            real.setLegalHold(version, on);
        }

        @Override
        public void delete(ObjectVersion version) throws IOException {
            real.delete(version);
        }

        @Override
        public StoreDescription describe() {
            return real.describe();
        }
    }
}
