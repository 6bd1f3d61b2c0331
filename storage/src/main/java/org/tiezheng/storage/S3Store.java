package org.tiezheng.storage;

import io.minio.BucketExistsArgs;
import io.minio.DisableObjectLegalHoldArgs;
import io.minio.EnableObjectLegalHoldArgs;
import io.minio.GetBucketVersioningArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectLockConfigurationArgs;
import io.minio.GetObjectResponse;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.ObjectVersionArgs;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.SetObjectRetentionArgs;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import io.minio.messages.RetentionMode;
import io.minio.messages.VersioningConfiguration;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Objects in an S3 bucket with versioning and Object Lock, on any server that has them: MinIO and its forks, Ceph RGW,
 * AWS. Whether the lock is real is not believed but tried: {@link WormSelfTest}.
 *
 * <h2>What a put does</h2>
 *
 * It looks for a version of the key that holds these bytes already (a lost answer). If there is none it sends the bytes
 * with retention and hold in the headers of the put itself; objects larger than {@link S3Settings#partBytes} go in parts,
 * and come into being locked when the last part is confirmed. On a server that drops the lock of an upload in parts (Ceph
 * 16.2; {@link StoreCapabilities#lockedParts} tells) the lock follows at once in a second request. The digest is
 * computed here while the bytes pass, and a mismatch breaks the upload before it can be completed. Then the version is
 * asked for: size, lock and hold must be as sent, and the bytes are read back, all of them up to
 * {@link S3Settings#readBackBytes}, else the first and last MiB and {@value #SAMPLES} others. Checksums of the server are
 * a bonus (the client sends CRC-32C), conditional puts are not used.
 *
 * <p>Dying in the middle of an upload in parts leaves parts that the server removes by its own rules (MinIO after 24 hours;
 * elsewhere by a life-cycle rule, docs/storage.md); they are no object and nobody sees them.
 */
public final class S3Store implements VersionedStore, LockAttempts, AutoCloseable {
    private static final String DIGEST_HEADER = "sha256";
    private static final int SAMPLES = 16;
    private static final int MOST_PARTS = 9_000;
    private static final Set<String> MISSING =
            Set.of("NoSuchKey", "NoSuchVersion", "NoSuchObject", "ResourceNotFound", "MethodNotAllowed");
    private static final Set<String> BAD_VERSION_ID = Set.of("InvalidArgument", "XMinioInvalidResourceName");
    private static final Set<Integer> REFUSALS = Set.of(400, 403, 405, 409, 412);

    private final S3Settings settings;
    private final Clock clock;
    private final OkHttpClient http;
    private final MinioClient client;

    /**
     * Does not talk to the server yet: {@link #requireLockedBucket} does.
     *
     * @param clock for refusing retention that has ended; when a lock ends is for the server's clock
     */
    public S3Store(S3Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(64);
        dispatcher.setMaxRequestsPerHost(64);
        this.http = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .connectTimeout(settings.connectTimeout())
                .readTimeout(settings.ioTimeout())
                .writeTimeout(settings.ioTimeout())
                .protocols(List.of(Protocol.HTTP_1_1))
                .followRedirects(false)
                .build();
        this.client = MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(
                        settings.credentials().accessKey(),
                        settings.credentials().secretKey())
                .httpClient(http)
                .build();
    }

    /**
     * Makes sure that the bucket is there with versioning and Object Lock.
     *
     * @param create whether to create it if it is missing
     * @throws IOException if it is missing or has no lock; Object Lock cannot be added later on most servers
     */
    public void requireLockedBucket(boolean create) throws IOException {
        String bucket = settings.bucket();
        boolean exists = call(
                "look for bucket",
                () -> client.bucketExists(
                        BucketExistsArgs.builder().bucket(bucket).build()));
        if (!exists && create) {
            run(
                    "create bucket",
                    () -> client.makeBucket(MakeBucketArgs.builder()
                            .bucket(bucket)
                            .objectLock(true)
                            .build()));
        } else if (!exists) {
            throw new IOException("no bucket " + bucket + " at " + settings.endpoint());
        }
        if (!hasVersioning() || !hasObjectLock()) {
            throw new IOException("bucket " + bucket + " at " + settings.endpoint()
                    + " was created without Object Lock; create another one with it (docs/storage.md)");
        }
    }

    private boolean hasVersioning() throws IOException {
        VersioningConfiguration.Status status = call(
                        "read versioning",
                        () -> client.getBucketVersioning(GetBucketVersioningArgs.builder()
                                .bucket(settings.bucket())
                                .build()))
                .status();
        return status == VersioningConfiguration.Status.ENABLED;
    }

    private boolean hasObjectLock() throws IOException {
        try {
            client.getObjectLockConfiguration(GetObjectLockConfigurationArgs.builder()
                    .bucket(settings.bucket())
                    .build());
            return true;
        } catch (ErrorResponseException e) {
            if (e.errorResponse().code().equals("ObjectLockConfigurationNotFoundError")) {
                return false;
            }
            throw failure("read lock configuration", e);
        } catch (MinioException | RuntimeException e) {
            throw failure("read lock configuration", e);
        }
    }

    @Override
    public StoredObject put(PutRequest request, InputStream content) throws IOException {
        return putBeside(request, content, Set.of());
    }

    @Override
    public StoredObject putBeside(PutRequest request, InputStream content, Set<String> damaged) throws IOException {
        if (!request.retention().holdsAt(clock.instant())) {
            throw new IllegalArgumentException("retention ended already: " + request.retention());
        }
        for (StoredObject candidate : versionsOf(request)) {
            if (!damaged.contains(candidate.version().versionId())
                    && canBeLockedFor(candidate, request)
                    && isWhole(candidate)) {
                return lockAtLeast(candidate, request);
            }
        }
        BlockChecksums checksums =
                new BlockChecksums(new AnnouncedContent(content, request.sizeBytes(), request.sha256(), false));
        ObjectVersion version = upload(request, checksums, Map.of());
        StoredObject stored = head(version).orElseThrow(() -> new ObjectMissingException(version));
        if (request.sizeBytes() > settings.partBytes()
                && (stored.retention() == null || stored.legalHold() != request.legalHold())) {
            // Ceph 16.2 drops the lock of an upload in parts. Dying before this leaves an unlocked version, which the
            // repeated put finds and locks.
            stored = lockAtLeast(stored, request);
        }
        if (stored.sizeBytes() != request.sizeBytes()
                || !request.retention().equals(stored.retention())
                || stored.legalHold() != request.legalHold()
                || !stored.sha256().equals(request.sha256())) {
            throw new IOException("store " + settings.id() + " did not keep " + version + " as it was sent: asked for "
                    + request + ", got " + stored);
        }
        if (stored.sizeBytes() <= settings.readBackBytes() ? !isWhole(stored) : !sampleMatches(stored, checksums)) {
            throw new IOException("store " + settings.id() + " gives other bytes for " + version + " than it was sent");
        }
        return stored;
    }

    private ObjectVersion upload(PutRequest request, InputStream content, Map<String, String> headers)
            throws IOException {
        long partBytes = Math.max(settings.partBytes(), roundUpToMebibyte(request.sizeBytes() / MOST_PARTS));
        PutObjectArgs.Builder put = PutObjectArgs.builder().bucket(settings.bucket()).object(request.key()).stream(
                        content, request.sizeBytes(), partBytes)
                .contentType("application/octet-stream")
                .userMetadata(Map.of(DIGEST_HEADER, request.sha256()))
                .retention(toClient(request.retention()))
                .legalHold(request.legalHold())
                .parallelUploads(settings.parallelParts());
        if (!headers.isEmpty()) {
            put.headers(headers);
        }
        String versionId = call("put " + request.key(), () -> client.putObject(put.build()))
                .versionId();
        return new ObjectVersion(request.key(), requireVersionId(versionId));
    }

    private String requireVersionId(@Nullable String versionId) throws IOException {
        if (versionId == null || versionId.isEmpty() || versionId.equals("null")) {
            throw new IOException("bucket " + settings.bucket() + " keeps no versions");
        }
        return versionId;
    }

    private static long roundUpToMebibyte(long bytes) {
        long mebibyte = 1L << 20;
        return (bytes + mebibyte) / mebibyte * mebibyte;
    }

    /** Versions that say they are the requested bytes; whether they are is to be read. */
    private List<StoredObject> versionsOf(PutRequest request) throws IOException {
        List<ObjectVersion> sameSize = new ArrayList<>();
        eachVersion(request.key(), item -> {
            if (item.objectName().equals(request.key()) && item.size() == request.sizeBytes()) {
                sameSize.add(new ObjectVersion(request.key(), item.versionId()));
            }
        });
        List<StoredObject> candidates = new ArrayList<>();
        for (ObjectVersion version : sameSize) {
            head(version).filter(o -> o.sha256().equals(request.sha256())).ifPresent(candidates::add);
        }
        return candidates;
    }

    /** Servers let nobody turn GOVERNANCE into COMPLIANCE without the right to bypass it, which we do not want. */
    private static boolean canBeLockedFor(StoredObject there, PutRequest request) {
        Retention old = there.retention();
        return old == null
                || old.mode() == Retention.Mode.COMPLIANCE
                || request.retention().mode() == Retention.Mode.GOVERNANCE;
    }

    private boolean isWhole(StoredObject object) throws IOException {
        try (InputStream in = get(object)) {
            byte[] buffer = new byte[1 << 16];
            while (in.read(buffer) >= 0) {
                // The stream compares the digest when it gives the last byte.
            }
            return true;
        } catch (ContentMismatchException e) {
            return false;
        }
    }

    private boolean sampleMatches(StoredObject object, BlockChecksums checksums) throws IOException {
        Random random = new Random(object.version().hashCode());
        List<Integer> blocks = new ArrayList<>(List.of(0, checksums.count() - 1));
        for (int i = 0; i < SAMPLES; i++) {
            blocks.add(random.nextInt(checksums.count()));
        }
        for (int block : blocks) {
            long offset = (long) block * BlockChecksums.BLOCK_BYTES;
            try (InputStream in = get(object.version(), offset, BlockChecksums.BLOCK_BYTES)) {
                if (!checksums.matches(block, in.readAllBytes())) {
                    return false;
                }
            }
        }
        return true;
    }

    private StoredObject lockAtLeast(StoredObject there, PutRequest request) throws IOException {
        Retention old = there.retention();
        Retention wanted = old == null ? request.retention() : old.and(request.retention());
        if (!wanted.equals(old)) {
            run(
                    "lock " + there.version(),
                    () -> client.setObjectRetention(version(SetObjectRetentionArgs.builder(), there.version())
                            .config(toClient(wanted))
                            .build()));
        }
        if (request.legalHold() && !there.legalHold()) {
            setLegalHold(there.version(), true);
        }
        return head(there.version()).orElseThrow(() -> new ObjectMissingException(there.version()));
    }

    @Override
    public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("negative range: " + offset + ", " + length);
        }
        if (length == 0 || length > Long.MAX_VALUE - offset) {
            long size = head(version)
                    .orElseThrow(() -> new ObjectMissingException(version))
                    .sizeBytes();
            if (offset > size || length > size - offset) {
                throw shorter(version, offset, length);
            }
            return InputStream.nullInputStream();
        }
        GetObjectResponse response;
        try {
            response = client.getObject(version(GetObjectArgs.builder(), version)
                    .offset(offset)
                    .length(length)
                    .build());
        } catch (ErrorResponseException e) {
            if (e.errorResponse().code().equals("InvalidRange")) {
                throw shorter(version, offset, length);
            }
            throw failureOf(version, "get", e);
        } catch (MinioException | RuntimeException e) {
            throw failureOf(version, "get", e);
        }
        String bytes = response.headers().get("Content-Length");
        if (bytes != null && !bytes.equals(Long.toString(length))) {
            response.close();
            throw shorter(version, offset, length);
        }
        return new ExactLength(response, length, version.toString());
    }

    private static EOFException shorter(ObjectVersion version, long offset, long length) {
        return new EOFException(version + " is shorter than " + length + " bytes from " + offset);
    }

    @Override
    public Optional<StoredObject> head(ObjectVersion version) throws IOException {
        StatObjectResponse stat;
        try {
            stat = client.statObject(version(StatObjectArgs.builder(), version).build());
        } catch (MinioException | RuntimeException e) {
            IOException failure = failureOf(version, "head", e);
            if (failure instanceof ObjectMissingException) {
                return Optional.empty();
            }
            throw failure;
        }
        String sha256 = stat.userMetadata().getFirst(DIGEST_HEADER);
        Retention retention = stat.lockMode() == null || stat.lockRetainUntilDate() == null
                ? null
                : new Retention(
                        stat.lockMode() == RetentionMode.COMPLIANCE
                                ? Retention.Mode.COMPLIANCE
                                : Retention.Mode.GOVERNANCE,
                        stat.lockRetainUntilDate().toInstant());
        return Optional.of(new StoredObject(
                version,
                stat.size(),
                sha256 != null && ObjectKeys.isSha256(sha256) ? sha256 : "",
                stat.lastModified().toInstant(),
                retention,
                stat.lockLegalHold().status()));
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
        ObjectKeys.checkPrefix(prefix);
        eachVersion(prefix, item -> {
            // Keys of others in the bucket, which we could not name, are none of our objects.
            if (ObjectKeys.isKey(item.objectName())) {
                head(new ObjectVersion(item.objectName(), item.versionId())).ifPresent(consumer);
            }
        });
    }

    @FunctionalInterface
    private interface ItemConsumer {
        void accept(Item item) throws IOException;
    }

    @Override
    public void requireThere() throws IOException {
        requireLockedBucket(false);
    }

    @Override
    public void listVersions(String prefix, Consumer<ListedVersion> consumer, Consumer<ForeignObject> foreign)
            throws IOException {
        ObjectKeys.checkPrefix(prefix);
        eachItem(prefix, item -> {
            if (ObjectKeys.isKey(item.objectName())) {
                consumer.accept(new ListedVersion(
                        new ObjectVersion(item.objectName(), requireVersionId(item.versionId())),
                        item.isDeleteMarker() ? 0 : item.size(),
                        item.lastModified().toInstant(),
                        item.isLatest(),
                        item.isDeleteMarker()));
            } else {
                foreign.accept(foreign(item));
            }
        });
    }

    private static ForeignObject foreign(Item item) {
        return new ForeignObject(
                item.objectName(),
                String.valueOf(item.versionId()),
                item.isDeleteMarker() ? 0 : item.size(),
                item.lastModified().toInstant(),
                item.isLatest(),
                item.isDeleteMarker());
    }

    @Override
    public void listOutside(Consumer<ForeignObject> consumer) throws IOException {
        String after = "";
        while (after != null) {
            after = listOutside(after, consumer);
        }
    }

    /** Lists what comes after a name, until content addresses begin; where to go on behind those, or null at the end. */
    private @Nullable String listOutside(String after, Consumer<ForeignObject> consumer) throws IOException {
        Iterator<Result<Item>> each = items("", after);
        for (Optional<Item> next = next(each, ""); next.isPresent(); next = next(each, "")) {
            Item item = next.get();
            Optional<String> content = ObjectKeys.contentPrefix(item.objectName());
            if (content.isEmpty()) {
                consumer.accept(foreign(item));
            } else {
                // Behind every key of ours; a name that stands behind even that is passed over one by one.
                String behind = content.get() + '~';
                if (item.objectName().compareTo(behind) < 0) {
                    return behind;
                }
            }
        }
        return null;
    }

    private void eachVersion(String prefix, ItemConsumer consumer) throws IOException {
        eachItem(prefix, item -> {
            if (!item.isDeleteMarker()) {
                requireVersionId(item.versionId());
                consumer.accept(item);
            }
        });
    }

    /** Versions and delete markers. */
    private void eachItem(String prefix, ItemConsumer consumer) throws IOException {
        Iterator<Result<Item>> each = items(prefix, "");
        for (Optional<Item> next = next(each, prefix); next.isPresent(); next = next(each, prefix)) {
            Item item = next.get();
            if (!item.isDir()) {
                consumer.accept(item);
            }
        }
    }

    /** @param after names up to this one are left out; empty: none */
    private Iterator<Result<Item>> items(String prefix, String after) {
        ListObjectsArgs.Builder arguments = ListObjectsArgs.builder()
                .bucket(settings.bucket())
                .prefix(prefix)
                .recursive(true)
                .includeVersions(true);
        return client.listObjects((after.isEmpty() ? arguments : arguments.keyMarker(after)).build())
                .iterator();
    }

    /** The iterator asks the server, too; what it throws then is not even a MinioException. */
    private Optional<Item> next(Iterator<Result<Item>> each, String prefix) throws IOException {
        return call(
                "list " + prefix, () -> each.hasNext() ? Optional.of(each.next().get()) : Optional.<Item>empty());
    }

    @Override
    public void extendRetention(ObjectVersion version, Instant until) throws IOException {
        StoredObject there = head(version).orElseThrow(() -> new ObjectMissingException(version));
        Retention old = there.retention();
        Retention asked = new Retention(old == null ? Retention.Mode.COMPLIANCE : old.mode(), until);
        if (old != null && asked.until().isBefore(old.until())) {
            throw new RetentionShorterException(
                    version + " is locked until " + old.until() + ", later than " + asked.until());
        }
        if (asked.equals(old)) {
            return;
        }
        try {
            client.setObjectRetention(version(SetObjectRetentionArgs.builder(), version)
                    .config(toClient(asked))
                    .build());
        } catch (MinioException | RuntimeException e) {
            IOException failure = failureOf(version, "extend retention of", e);
            // Somebody else may have extended it further in between.
            Optional<StoredObject> now = isRefusal(e) ? head(version) : Optional.empty();
            Retention other = now.isPresent() ? now.get().retention() : null;
            if (other != null && asked.until().isBefore(other.until())) {
                throw new RetentionShorterException(version + " is locked until " + other.until(), failure);
            }
            throw failure;
        }
    }

    @Override
    public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
        try {
            if (on) {
                client.enableObjectLegalHold(
                        version(EnableObjectLegalHoldArgs.builder(), version).build());
            } else {
                client.disableObjectLegalHold(
                        version(DisableObjectLegalHoldArgs.builder(), version).build());
            }
        } catch (MinioException | RuntimeException e) {
            throw failureOf(version, "set hold of", e);
        }
    }

    @Override
    public void delete(ObjectVersion version) throws IOException {
        try {
            client.removeObject(version(RemoveObjectArgs.builder(), version).build());
        } catch (MinioException | RuntimeException e) {
            IOException failure = failureOf(version, "delete", e);
            if (failure instanceof ObjectMissingException) {
                return;
            }
            // Servers say no in different words (403 AccessDenied, 400 InvalidRequest): ask why.
            Optional<StoredObject> there = isRefusal(e) ? head(version) : Optional.empty();
            if (there.isPresent() && (there.get().legalHold() || there.get().retention() != null)) {
                throw new ObjectLockedException(
                        version + " is locked: " + there.get().retention()
                                + (there.get().legalHold() ? ", legal hold" : ""),
                        failure);
            }
            throw failure;
        }
    }

    @Override
    public StoreDescription describe() {
        return StoreDescription.of(
                settings.id(), StoreDescription.Kind.S3, settings.endpoint() + "/" + settings.bucket());
    }

    /** Ends connections and threads. Streams that were handed out break. */
    @Override
    public void close() {
        http.dispatcher().executorService().shutdownNow();
        http.connectionPool().evictAll();
    }

    // ---- tries against the lock --------------------------------------------------------------------------------

    @Override
    public Answer deleteVersion(ObjectVersion version) throws IOException {
        return attempt(
                "delete " + version,
                () -> client.removeObject(
                        version(RemoveObjectArgs.builder(), version).build()));
    }

    @Override
    public Answer deleteBypassingLock(ObjectVersion version) throws IOException {
        return attempt(
                "delete " + version,
                () -> client.removeObject(version(RemoveObjectArgs.builder(), version)
                        .bypassGovernanceMode(true)
                        .build()));
    }

    @Override
    public Answer shorten(ObjectVersion version, Instant until) throws IOException {
        return attempt(
                "shorten " + version,
                () -> client.setObjectRetention(version(SetObjectRetentionArgs.builder(), version)
                        .config(toClient(Retention.compliance(until)))
                        .build()));
    }

    @Override
    public Answer shortenBypassingLock(ObjectVersion version, Instant until) throws IOException {
        return attempt(
                "shorten " + version,
                () -> client.setObjectRetention(version(SetObjectRetentionArgs.builder(), version)
                        .config(toClient(Retention.compliance(until)))
                        .bypassGovernanceMode(true)
                        .build()));
    }

    @Override
    public Answer weaken(ObjectVersion version, Instant until) throws IOException {
        return attempt(
                "weaken " + version,
                () -> client.setObjectRetention(version(SetObjectRetentionArgs.builder(), version)
                        .config(toClient(new Retention(Retention.Mode.GOVERNANCE, until)))
                        .bypassGovernanceMode(true)
                        .build()));
    }

    @Override
    public StoreCapabilities capabilities(Instant lockUntil) throws IOException {
        String key = "self-test/capabilities/" + java.util.UUID.randomUUID();
        byte[] one = {'1'};
        byte[] two = {'2'};
        ObjectVersion first = probe(key, one, lockUntil, Map.of());
        ObjectVersion second = probe(key, two, lockUntil, Map.of());
        setLegalHold(first, true);
        boolean held = head(first).map(StoredObject::legalHold).orElse(false);
        setLegalHold(first, false);
        boolean lifted = !head(first).map(StoredObject::legalHold).orElse(true);
        long large = settings.partBytes() + 1;
        ObjectVersion inParts = upload(
                new PutRequest(key + "-parts", large, sha256OfZeros(large), Retention.compliance(lockUntil), false),
                new Zeros(large),
                Map.of());
        boolean lockedParts =
                head(inParts).map(object -> object.retention() != null).orElse(false);
        String wrong =
                Base64.getEncoder().encodeToString(AnnouncedContent.sha256().digest(two));
        return new StoreCapabilities(
                !first.equals(second) && hasVersioning(),
                hasObjectLock(),
                held && lifted,
                lockedParts,
                isRefused(key + "-checksum", one, lockUntil, Map.of("x-amz-checksum-sha256", wrong)),
                isRefused(key, one, lockUntil, Map.of("If-None-Match", "*")));
    }

    /** So many zero bytes, without memory. */
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long count) {
            this.left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }
    }

    private static String sha256OfZeros(long count) {
        java.security.MessageDigest digest = AnnouncedContent.sha256();
        byte[] block = new byte[1 << 16];
        for (long left = count; left > 0; left -= block.length) {
            digest.update(block, 0, (int) Math.min(left, block.length));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private ObjectVersion probe(String key, byte[] bytes, Instant lockUntil, Map<String, String> headers)
            throws IOException {
        String sha256 =
                java.util.HexFormat.of().formatHex(AnnouncedContent.sha256().digest(bytes));
        PutRequest request = new PutRequest(key, bytes.length, sha256, Retention.compliance(lockUntil), false);
        return upload(request, new java.io.ByteArrayInputStream(bytes), headers);
    }

    private boolean isRefused(String key, byte[] bytes, Instant lockUntil, Map<String, String> headers)
            throws IOException {
        try {
            probe(key, bytes, lockUntil, headers);
            return false;
        } catch (IOException e) {
            if (e.getCause() != null && isRefusal(e.getCause())) {
                return true;
            }
            throw e;
        }
    }

    private Answer attempt(String what, Act act) throws IOException {
        try {
            act.run();
            return Answer.DONE;
        } catch (MinioException | RuntimeException e) {
            if (isRefusal(e)) {
                return Answer.REFUSED;
            }
            throw failure(what, e);
        }
    }

    // ---- the client's exceptions ------------------------------------------------------------------------------

    @FunctionalInterface
    private interface Act {
        void run() throws MinioException;
    }

    @FunctionalInterface
    private interface Question<T> {
        T ask() throws MinioException;
    }

    private void run(String what, Act act) throws IOException {
        call(what, () -> {
            act.run();
            return Boolean.TRUE;
        });
    }

    private <T> T call(String what, Question<T> question) throws IOException {
        try {
            return question.ask();
        } catch (MinioException | RuntimeException e) {
            throw failure(what, e);
        }
    }

    private static boolean isRefusal(Throwable e) {
        return e instanceof ErrorResponseException answer
                && REFUSALS.contains(answer.response().code());
    }

    private IOException failureOf(ObjectVersion version, String what, Exception e) {
        if (e instanceof ErrorResponseException answer) {
            String code = answer.errorResponse().code();
            // A version id that is not of the server's form: 400, for HEAD without a word of why.
            boolean badVersionId = BAD_VERSION_ID.contains(code)
                    || (code.equals("BadRequest")
                            && answer.response().request().method().equals("HEAD"));
            if (MISSING.contains(code) || badVersionId) {
                return new ObjectMissingException(version, e);
            }
        }
        return failure(what + " " + version, e);
    }

    /** Never with headers or the query: they carry signatures. What the source of a put threw comes out as it was. */
    private IOException failure(String what, Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ContentMismatchException mismatch) {
                return mismatch;
            }
        }
        String code = e instanceof ErrorResponseException answer
                ? answer.response().code() + " " + answer.errorResponse().code() + ": "
                : "";
        return new IOException("store " + settings.id() + ": " + what + ": " + code + e.getMessage(), e);
    }

    private static io.minio.messages.Retention toClient(Retention retention) {
        return new io.minio.messages.Retention(
                retention.mode() == Retention.Mode.COMPLIANCE ? RetentionMode.COMPLIANCE : RetentionMode.GOVERNANCE,
                retention.until().atZone(ZoneOffset.UTC));
    }

    private <B extends ObjectVersionArgs.Builder<B, ?>> B version(B builder, ObjectVersion version) {
        return builder.bucket(settings.bucket()).object(version.key()).versionId(version.versionId());
    }
}
