package org.tiezheng.archive.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.StrayObjects;
import org.tiezheng.archive.operations.ObjectCheck;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

class KeptObjectsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
    private static final Instant UNTIL = Instant.parse("2036-11-21T08:00:00Z");
    private static final byte[] CONTENT = "存证批次".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    private final TestDatabase database = TestDatabase.create();
    private FolderStore store;
    private KeptObjects kept;

    @BeforeEach
    void open() throws IOException {
        store = FolderStore.create("objects", folder.resolve("objects"), clock);
        kept = new KeptObjects(database.jdbc(), store, KeptObjects.Gate.OPEN, Retention.Mode.COMPLIANCE, clock);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void anObjectIsLockedUnderItsDigestAndComesBackWhole() throws Exception {
        UUID id = UUID.randomUUID();
        Path file = Files.write(folder.resolve("report"), CONTENT);

        KeptObject object = kept.put(KeptObjects.Kind.REPORT, id, file, UNTIL);

        assertThat(object.version().key()).startsWith("sha256/").endsWith(object.sha256());
        assertThat(store.head(object.version()).map(StoredObject::retention))
                .hasValue(new Retention(Retention.Mode.COMPLIANCE, UNTIL));
        assertThat(kept.find(KeptObjects.Kind.REPORT, id)).hasValue(object);
        assertThat(kept.find(KeptObjects.Kind.RECORD_BATCH, id)).isEmpty();
        assertThat(kept.read(object)).isEqualTo(CONTENT);
    }

    @Test
    void aRepeatedPutIsOneObjectAndOtherBytesAreRefused() throws Exception {
        UUID id = UUID.randomUUID();
        KeptObject first = kept.put(KeptObjects.Kind.RECORD_BATCH, id, CONTENT, UNTIL);

        assertThat(kept.put(KeptObjects.Kind.RECORD_BATCH, id, CONTENT, UNTIL)).isEqualTo(first);
        KeptObject longer = kept.put(KeptObjects.Kind.RECORD_BATCH, id, CONTENT, UNTIL.plusSeconds(60));
        assertThat(longer.version()).isEqualTo(first.version());
        assertThat(longer.until()).isEqualTo(UNTIL.plusSeconds(60));
        assertThat(kept.put(KeptObjects.Kind.RECORD_BATCH, id, CONTENT, UNTIL).until())
                .isEqualTo(longer.until());
        assertThatThrownBy(() -> kept.put(KeptObjects.Kind.RECORD_BATCH, id, new byte[] {1}, UNTIL))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatDiedBetweenObjectAndRowIsAStrayUntilItIsRepeated() throws Exception {
        UUID id = UUID.randomUUID();
        KeptObject stored = kept.store(KeptObjects.Kind.REPORT, id, CONTENT, UNTIL);
        assertThat(strays()).containsExactly(stored.version().key());

        database.transactions().executeWithoutResult(status -> {
            var unused = kept.keep(stored);
            status.setRollbackOnly();
        });
        assertThat(kept.find(KeptObjects.Kind.REPORT, id)).isEmpty();

        KeptObject repeated = kept.put(KeptObjects.Kind.REPORT, id, CONTENT, UNTIL);
        assertThat(repeated).isEqualTo(stored);
        assertThat(strays()).isEmpty();
    }

    @Test
    void theStoreCheckLooksAtKeptObjectsToo() throws Exception {
        KeptObject object = kept.put(KeptObjects.Kind.REPORT, UUID.randomUUID(), CONTENT, UNTIL);
        ObjectCheck check = new ObjectCheck(database.dataSource(), store);
        assertThat(check.run(difference -> {})).isEqualTo(new ObjectCheck.Done(1, 0));

        try (var files = Files.walk(folder.resolve("objects"))) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(f -> f.toString().contains(object.sha256()))
                    .toList()) {
                Files.delete(file);
            }
        }
        assertThat(check.run(difference -> {})).isEqualTo(new ObjectCheck.Done(1, 1));
    }

    @Test
    void theApplicationMayLengthenALockAndChangeNothingElse() throws Exception {
        KeptObject object = kept.put(KeptObjects.Kind.REPORT, UUID.randomUUID(), CONTENT, UNTIL);

        kept.extend(object, UNTIL.plusSeconds(5));
        kept.extend(object, UNTIL.minusSeconds(5));

        Optional<KeptObject> now = kept.find(KeptObjects.Kind.REPORT, object.id());
        assertThat(now.map(KeptObject::until)).hasValue(UNTIL.plusSeconds(5));
        assertThat(store.head(object.version()).map(StoredObject::retention))
                .hasValue(new Retention(Retention.Mode.COMPLIANCE, UNTIL.plusSeconds(5)));
        assertThatThrownBy(() -> database.jdbc().sql("delete from kept_object").update())
                .isInstanceOf(DataAccessException.class);
        assertThatThrownBy(() -> database.jdbc()
                        .sql("update kept_object set sha256 = repeat('0', 64)")
                        .update())
                .isInstanceOf(DataAccessException.class);
    }

    @Test
    void aWalkSeesEachObjectOnce() throws Exception {
        List<KeptObject> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            KeptObjects.Kind kind = KeptObjects.Kind.values()[i % KeptObjects.Kind.values().length];
            all.add(kept.put(kind, UUID.randomUUID(), new byte[] {(byte) i}, UNTIL));
        }
        List<KeptObject> seen = new ArrayList<>();
        KeptObject last = null;
        for (List<KeptObject> some = next(last); !some.isEmpty(); some = next(last)) {
            seen.addAll(some);
            last = some.get(some.size() - 1);
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(all);
    }

    private List<KeptObject> next(@Nullable KeptObject after) {
        return kept.next(after, 3);
    }

    private List<String> strays() throws IOException {
        List<String> keys = new ArrayList<>();
        long unused = new StrayObjects(database.jdbc(), store)
                .find(stray -> keys.add(stray.version().key()));
        return keys;
    }
}
