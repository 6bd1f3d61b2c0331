package org.tiezheng.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link ObjectStore} says, tried on an implementation. Each test uses keys of its own, so a store may be shared. */
abstract class ObjectStoreContract {
    /** Larger than any part an implementation may hold, so that a put of several parts happens. */
    private static final long HUGE_BYTES = 80L << 20;

    private final String folder = "contract/" + UUID.randomUUID() + "/";

    abstract ObjectStore store();

    /** The time by the clock that decides when a lock ends. */
    abstract Instant now();

    /** Returns when that clock is past {@code instant}. */
    abstract void passUntil(Instant instant) throws InterruptedException;

    String key(String name) {
        return folder + name;
    }

    Instant inAnHour() {
        return now().plusSeconds(3600);
    }

    PutRequest request(String name, byte[] bytes, Instant until) {
        return new PutRequest(key(name), bytes.length, Bytes.sha256(bytes), Retention.compliance(until), false);
    }

    StoredObject put(String name, byte[] bytes, Instant until) throws IOException {
        return store().put(request(name, bytes, until), new ByteArrayInputStream(bytes));
    }

    StoredObject put(String name, String text) throws IOException {
        return put(name, Bytes.utf8(text), inAnHour());
    }

    byte[] read(StoredObject object) throws IOException {
        try (InputStream in = store().get(object)) {
            return in.readAllBytes();
        }
    }

    byte[] read(ObjectVersion version, long offset, long length) throws IOException {
        try (InputStream in = store().get(version, offset, length)) {
            return in.readAllBytes();
        }
    }

    List<StoredObject> list(String prefix) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        store().list(prefix, found::add);
        return found;
    }

    StoredObject head(StoredObject object) throws IOException {
        return store().head(object.version()).orElseThrow();
    }

    @Test
    void whatWasPutIsReadBack() throws IOException {
        byte[] bytes = Bytes.utf8("限时特价 ¥99");
        Instant until = inAnHour();

        StoredObject stored = put("one", bytes, until);

        assertThat(stored.version().key()).isEqualTo(key("one"));
        assertThat(stored.sizeBytes()).isEqualTo(bytes.length);
        assertThat(stored.sha256()).isEqualTo(Bytes.sha256(bytes));
        assertThat(stored.retention()).isEqualTo(Retention.compliance(until));
        assertThat(stored.legalHold()).isFalse();
        assertThat(stored.isLockedAt(now())).isTrue();
        assertThat(read(stored)).isEqualTo(bytes);
        assertThat(store().head(stored.version())).contains(stored);
    }

    @Test
    void anEmptyObjectIsAnObject() throws IOException {
        StoredObject stored = put("empty", new byte[0], inAnHour());

        assertThat(stored.sizeBytes()).isZero();
        assertThat(read(stored)).isEmpty();
        assertThat(read(stored.version(), 0, 0)).isEmpty();
        assertThat(head(stored).retention()).isNotNull();
    }

    @Test
    void aRangeIsExactlyThatRange() throws IOException {
        ObjectVersion version = put("range", "0123456789").version();

        assertThat(read(version, 0, 10)).asString().isEqualTo("0123456789");
        assertThat(read(version, 3, 4)).asString().isEqualTo("3456");
        assertThat(read(version, 9, 1)).asString().isEqualTo("9");
        assertThat(read(version, 10, 0)).isEmpty();
        assertThat(read(version, 4, 0)).isEmpty();
    }

    @Test
    void aRangePastTheEndIsAnErrorAndNotAShortAnswer() throws IOException {
        ObjectVersion version = put("short", "0123456789").version();

        assertThatThrownBy(() -> read(version, 5, 6)).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> read(version, 11, 1)).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> read(version, Long.MAX_VALUE, Long.MAX_VALUE)).isInstanceOf(EOFException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> read(version, -1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> read(version, 0, -1));
    }

    @Test
    void whatIsNotThereIsMissing() throws IOException {
        ObjectVersion real = put("there", "bytes").version();
        List<ObjectVersion> others = List.of(
                new ObjectVersion(key("never"), real.versionId()),
                new ObjectVersion(real.key(), UUID.randomUUID().toString()),
                new ObjectVersion(real.key(), "../../../store.json"));

        for (ObjectVersion missing : others) {
            assertThat(store().head(missing)).isEmpty();
            assertThatThrownBy(() -> read(missing, 0, 1)).isInstanceOf(ObjectMissingException.class);
            assertThatThrownBy(() -> store().extendRetention(missing, inAnHour()))
                    .isInstanceOf(ObjectMissingException.class);
            assertThatThrownBy(() -> store().setLegalHold(missing, true)).isInstanceOf(ObjectMissingException.class);
            store().delete(missing);
        }
        assertThat(store().head(real)).isPresent();
    }

    @Test
    void puttingTheSameBytesAgainGivesTheSameVersion() throws IOException {
        StoredObject first = put("again", "bytes");

        // As after a lost answer: the caller does not know that it is there.
        StoredObject second = put(
                "again", Bytes.utf8("bytes"), requireNonNull(first.retention()).until());

        assertThat(second).isEqualTo(first);
        assertThat(list(key("again"))).containsExactly(first);
    }

    @Test
    void puttingTheSameBytesAgainMayLengthenTheLockAndNeverShortensIt() throws IOException {
        Instant later = now().plusSeconds(7200);
        byte[] bytes = Bytes.utf8("bytes");
        StoredObject first = put("lengthen", bytes, inAnHour());

        StoredObject longer = put("lengthen", bytes, later);
        StoredObject shorter = put("lengthen", bytes, now().plusSeconds(60));

        assertThat(longer.version()).isEqualTo(first.version());
        assertThat(longer.retention()).isEqualTo(Retention.compliance(later));
        assertThat(shorter).isEqualTo(longer);
        assertThat(head(first)).isEqualTo(longer);
    }

    @Test
    void puttingTheSameBytesAgainCanSetAHoldAndNeverLiftsIt() throws IOException {
        byte[] bytes = Bytes.utf8("bytes");
        PutRequest plain = request("hold-again", bytes, inAnHour());
        StoredObject first = store().put(plain, new ByteArrayInputStream(bytes));
        PutRequest held = new PutRequest(plain.key(), plain.sizeBytes(), plain.sha256(), plain.retention(), true);

        StoredObject second = store().put(held, new ByteArrayInputStream(bytes));
        StoredObject third = store().put(plain, new ByteArrayInputStream(bytes));

        assertThat(first.legalHold()).isFalse();
        assertThat(second.legalHold()).isTrue();
        assertThat(third.legalHold()).isTrue();
        store().setLegalHold(first.version(), false);
    }

    @Test
    void otherBytesUnderAKeyMakeAnotherVersion() throws IOException {
        StoredObject first = put("versions", "first");
        StoredObject second = put("versions", "second");

        assertThat(second.version().versionId()).isNotEqualTo(first.version().versionId());
        assertThat(read(first)).asString().isEqualTo("first");
        assertThat(read(second)).asString().isEqualTo("second");
        assertThat(list(key("versions"))).containsExactlyInAnyOrder(first, second);
        assertThat(put("versions", "first").version()).isEqualTo(first.version());
    }

    @Test
    void aWrongDigestIsRefusedAndNothingIsLeft() throws IOException {
        byte[] bytes = Bytes.utf8("not what was announced");
        PutRequest lie = new PutRequest(
                key("lie"), bytes.length, Bytes.sha256(Bytes.utf8("x")), Retention.compliance(inAnHour()), false);

        assertThatThrownBy(() -> store().put(lie, new ByteArrayInputStream(bytes)))
                .isInstanceOf(ContentMismatchException.class);

        assertThat(list(key("lie"))).isEmpty();
    }

    @Test
    void aWrongDigestOfALargeObjectIsRefusedAndNothingIsLeft() throws IOException {
        PutRequest lie =
                new PutRequest(key("large-lie"), HUGE_BYTES, "0".repeat(64), Retention.compliance(inAnHour()), false);

        assertThatThrownBy(() -> store().put(lie, Bytes.pattern(HUGE_BYTES, 1)))
                .isInstanceOf(ContentMismatchException.class);

        assertThat(list(key("large-lie"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 21, 23, 1000})
    void aWrongSizeIsRefusedAndNothingIsLeft(long announced) throws IOException {
        byte[] bytes = Bytes.utf8("twenty-two bytes of it");
        PutRequest lie =
                new PutRequest(key("size"), announced, Bytes.sha256(bytes), Retention.compliance(inAnHour()), false);

        assertThatThrownBy(() -> store().put(lie, new ByteArrayInputStream(bytes)))
                .isInstanceOf(ContentMismatchException.class);

        assertThat(list(key("size"))).isEmpty();
    }

    @Test
    void aSourceThatFailsLeavesNothing() throws IOException {
        byte[] bytes = Bytes.utf8("0123456789");
        PutRequest request = request("source", bytes, inAnHour());
        InputStream failing = new InputStream() {
            private int position;

            @Override
            public int read() throws IOException {
                if (position == 5) {
                    throw new IOException("upload broke off");
                }
                return bytes[position++];
            }
        };

        assertThatThrownBy(() -> store().put(request, failing))
                .isInstanceOf(IOException.class)
                .hasStackTraceContaining("upload broke off");

        assertThat(list(key("source"))).isEmpty();
        assertThat(read(store().put(request, new ByteArrayInputStream(bytes)))).isEqualTo(bytes);
    }

    @Test
    void aLockedVersionCannotBeDeleted() throws IOException {
        StoredObject stored = put("locked", "bytes");

        assertThatThrownBy(() -> store().delete(stored.version())).isInstanceOf(ObjectLockedException.class);

        assertThat(read(stored)).asString().isEqualTo("bytes");
    }

    @Test
    void retentionCanBeExtendedButNotShortened() throws IOException {
        StoredObject stored = put("extend", "bytes");
        Instant later = now().plusSeconds(7200);

        store().extendRetention(stored.version(), later);
        store().extendRetention(stored.version(), later);

        assertThat(head(stored).retention()).isEqualTo(Retention.compliance(later));
        assertThatThrownBy(() -> store().extendRetention(stored.version(), inAnHour()))
                .isInstanceOf(RetentionShorterException.class);
        assertThat(head(stored).retention()).isEqualTo(Retention.compliance(later));
    }

    @Test
    void governanceIsRefusedToUsAsWell() throws IOException {
        byte[] bytes = Bytes.utf8("bytes");
        Retention governance = new Retention(Retention.Mode.GOVERNANCE, inAnHour());
        PutRequest request = new PutRequest(key("governance"), bytes.length, Bytes.sha256(bytes), governance, false);

        StoredObject stored = store().put(request, new ByteArrayInputStream(bytes));

        assertThat(stored.retention()).isEqualTo(governance);
        assertThatThrownBy(() -> store().delete(stored.version())).isInstanceOf(ObjectLockedException.class);
        assertThatThrownBy(() -> store().extendRetention(stored.version(), now().plusSeconds(60)))
                .isInstanceOf(RetentionShorterException.class);
        // The same bytes, now in earnest, as another version where a server lets nobody change the mode.
        StoredObject firm = put("governance", bytes, inAnHour());
        assertThat(requireNonNull(firm.retention()).mode()).isEqualTo(Retention.Mode.COMPLIANCE);
        store().put(request, new ByteArrayInputStream(bytes));
        assertThat(head(firm)).isEqualTo(firm);
    }

    @Test
    void whenRetentionHasEndedAVersionCanBeDeleted() throws Exception {
        Instant soon = now().plusSeconds(3);
        StoredObject stored = put("ended", Bytes.utf8("bytes"), soon);
        assertThatThrownBy(() -> store().delete(stored.version())).isInstanceOf(ObjectLockedException.class);

        passUntil(requireNonNull(stored.retention()).until());
        store().delete(stored.version());
        store().delete(stored.version());

        assertThat(store().head(stored.version())).isEmpty();
        assertThat(list(key("ended"))).isEmpty();
    }

    @Test
    void aLegalHoldOutlivesRetention() throws Exception {
        byte[] bytes = Bytes.utf8("bytes");
        PutRequest request = new PutRequest(
                key("hold"), bytes.length, Bytes.sha256(bytes), Retention.compliance(now().plusSeconds(3)), true);
        StoredObject stored = store().put(request, new ByteArrayInputStream(bytes));
        assertThat(head(stored).legalHold()).isTrue();

        passUntil(requireNonNull(stored.retention()).until());
        assertThatThrownBy(() -> store().delete(stored.version())).isInstanceOf(ObjectLockedException.class);
        store().setLegalHold(stored.version(), true);
        store().setLegalHold(stored.version(), false);
        assertThat(head(stored).legalHold()).isFalse();
        store().delete(stored.version());

        assertThat(store().head(stored.version())).isEmpty();
    }

    @Test
    void aHoldCanBeSetLater() throws IOException {
        StoredObject stored = put("hold-later", "bytes");

        store().setLegalHold(stored.version(), true);

        assertThat(head(stored).legalHold()).isTrue();
        assertThat(head(stored).retention()).isEqualTo(stored.retention());
        store().setLegalHold(stored.version(), false);
        assertThat(head(stored)).isEqualTo(stored);
    }

    @Test
    void aRetentionThatHasEndedIsRefused() throws IOException {
        byte[] bytes = Bytes.utf8("bytes");
        PutRequest past = request("past", bytes, now().minusSeconds(60));

        assertThatIllegalArgumentException().isThrownBy(() -> store().put(past, new ByteArrayInputStream(bytes)));

        assertThat(list(key("past"))).isEmpty();
    }

    @Test
    void aListingHoldsEveryVersionUnderThePrefixOnce() throws IOException {
        Set<StoredObject> expected = new HashSet<>();
        for (String name : List.of("list/a/1", "list/a/2", "list/ab/1", "list/b")) {
            expected.add(put(name, "1 of " + name));
            expected.add(put(name, "2 of " + name));
        }

        assertThat(list(key("list/"))).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(list(key("list/a"))).hasSize(6);
        assertThat(list(key("list/a/"))).hasSize(4);
        assertThat(list(key("list/a/1"))).hasSize(2);
        assertThat(list(key("list/none"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "../a",
                "a/../b",
                "a/.b",
                "A",
                "a b",
                "a\u0000b",
                "a\\b",
                "证据",
                "a%2fb",
                "a\nb",
                "a@b",
                "a:b",
                "~",
                "a*"
            })
    void oddKeysAreRefused(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PutRequest(key, 0, "0".repeat(64), Retention.compliance(inAnHour()), false));
        assertThatIllegalArgumentException().isThrownBy(() -> new ObjectVersion(key, "1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../", "/", "a/../", "a//", ".", "A", "a\u0000"})
    void oddPrefixesAreRefused(String prefix) {
        assertThatIllegalArgumentException().isThrownBy(() -> store().list(prefix, object -> {}));
    }

    @Test
    void longKeysWork() throws IOException {
        String name = "s".repeat(100) + "/" + "t".repeat(100) + "/" + "u".repeat(100);

        StoredObject stored = put(name, "bytes");

        assertThat(read(stored)).asString().isEqualTo("bytes");
        assertThatIllegalArgumentException().isThrownBy(() -> new ObjectVersion("v".repeat(101), "1"));
    }

    /** The test JVM's heap is smaller than what passes here in all tests together; see storage/pom.xml. */
    @Test
    void aHugeObjectStreams() throws IOException {
        String sha256 = Bytes.sha256OfPattern(HUGE_BYTES, 7);
        PutRequest request = new PutRequest(key("huge"), HUGE_BYTES, sha256, Retention.compliance(inAnHour()), false);

        StoredObject stored = store().put(request, Bytes.pattern(HUGE_BYTES, 7));

        assertThat(stored.sizeBytes()).isEqualTo(HUGE_BYTES);
        assertThat(stored.retention()).isEqualTo(request.retention());
        assertThatThrownBy(() -> store().delete(stored.version())).isInstanceOf(ObjectLockedException.class);
        try (InputStream in = store().get(stored)) {
            assertThat(in.transferTo(java.io.OutputStream.nullOutputStream())).isEqualTo(HUGE_BYTES);
        }
        long middle = HUGE_BYTES / 2 + 12345;
        byte[] expected = new byte[1000];
        try (InputStream in = Bytes.pattern(HUGE_BYTES, 7)) {
            in.skipNBytes(middle);
            in.readNBytes(expected, 0, expected.length);
        }
        assertThat(read(stored.version(), middle, 1000)).isEqualTo(expected);
        // After a lost answer the large object is recognised, too.
        assertThat(store().put(request, Bytes.pattern(HUGE_BYTES, 7)).version()).isEqualTo(stored.version());
    }

    @Test
    void putsOfOneKeyAtTheSameTimeEndInWholeObjects() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Future<StoredObject>> puts = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Callable<StoredObject> one = i % 3 == 2 ? () -> put("race", "others") : () -> put("race", "same");
                puts.add(threads.submit(one));
            }
            Set<ObjectVersion> versions = new HashSet<>();
            for (int i = 0; i < puts.size(); i++) {
                StoredObject stored = puts.get(i).get(120, TimeUnit.SECONDS);
                assertThat(read(stored)).asString().isEqualTo(i % 3 == 2 ? "others" : "same");
                versions.add(stored.version());
            }
            assertThat(list(key("race")).stream().map(StoredObject::version)).containsAll(versions);
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theDescriptionNamesTheStore() {
        assertThat(store().describe().id()).isNotEmpty();
        assertThat(store().describe().location()).isNotEmpty();
    }
}
