package org.tiezheng.archive.stores;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings {@code tiezheng.store.*}; docs/configuration.md explains them.
 *
 * @param kind {@code folder}, or {@code s3}: endpoint, bucket and the two key files are needed then
 * @param folder of a folder store; empty: {@code <data>/archive/objects}
 * @param endpoint {@code https://host[:port]} of an S3 server
 * @param region as the server names it
 * @param bucket with versioning and Object Lock
 * @param accessKeyFile holds the access key and nothing else
 * @param secretKeyFile holds the secret key and nothing else
 * @param createBucket whether a bucket that is missing is created, with Object Lock, the first time it is used
 * @param selfTestEvery time between two WORM self-tests; there is one at each start, too
 * @param custodian the second store
 */
@ConfigurationProperties(prefix = "tiezheng.store", ignoreUnknownFields = false)
public record StoreSettings(
        @DefaultValue("folder") Kind kind,
        @Nullable Path folder,
        @Nullable URI endpoint,
        @DefaultValue("us-east-1") String region,
        @Nullable String bucket,
        @Nullable Path accessKeyFile,
        @Nullable Path secretKeyFile,
        @DefaultValue("true") boolean createBucket,
        @DefaultValue("24h") Duration selfTestEvery,
        @DefaultValue Custodian custodian) {
    /** Where objects go. */
    public enum Kind {
        FOLDER,
        S3,
        /** For the custodian only: there is no second copy. */
        NONE
    }

    /**
     * The second store, best run by somebody else; the first nine as for the primary.
     *
     * @param catchUpEvery how often waiting copies are tried again
     * @param catchUpRate bytes per second at which they are copied
     * @param alarmAfter a copy that waits longer makes the custodian's health DOWN
     */
    public record Custodian(
            @DefaultValue("folder") Kind kind,
            @Nullable Path folder,
            @Nullable URI endpoint,
            @DefaultValue("us-east-1") String region,
            @Nullable String bucket,
            @Nullable Path accessKeyFile,
            @Nullable Path secretKeyFile,
            @DefaultValue("true") boolean createBucket,
            @DefaultValue("15s") Duration catchUpEvery,
            @DefaultValue("50MB") DataSize catchUpRate,
            @DefaultValue("24h") Duration alarmAfter) {
        public Custodian {
            requireComplete("tiezheng.store.custodian", kind, endpoint, bucket, accessKeyFile, secretKeyFile);
            requirePositive("tiezheng.store.custodian.catch-up-every", catchUpEvery);
            requirePositive("tiezheng.store.custodian.alarm-after", alarmAfter);
            if (catchUpRate.toBytes() < 1) {
                throw new IllegalArgumentException("tiezheng.store.custodian.catch-up-rate must be positive");
            }
        }

        Place place() {
            return new Place(kind, folder, endpoint, region, bucket, accessKeyFile, secretKeyFile, createBucket);
        }
    }

    public StoreSettings {
        if (kind == Kind.NONE) {
            throw new IllegalArgumentException("tiezheng.store.kind is folder or s3");
        }
        requireComplete("tiezheng.store", kind, endpoint, bucket, accessKeyFile, secretKeyFile);
        requirePositive("tiezheng.store.self-test-every", selfTestEvery);
    }

    Place place() {
        return new Place(kind, folder, endpoint, region, bucket, accessKeyFile, secretKeyFile, createBucket);
    }

    /** The same without the second store, for commands beside the server, whose queue of copies is its own. */
    public StoreSettings withoutCustodian() {
        return new StoreSettings(
                kind,
                folder,
                endpoint,
                region,
                bucket,
                accessKeyFile,
                secretKeyFile,
                createBucket,
                selfTestEvery,
                new Custodian(
                        Kind.NONE,
                        null,
                        null,
                        custodian.region(),
                        null,
                        null,
                        null,
                        false,
                        custodian.catchUpEvery(),
                        custodian.catchUpRate(),
                        custodian.alarmAfter()));
    }

    /** Where one store is. */
    record Place(
            Kind kind,
            @Nullable Path folder,
            @Nullable URI endpoint,
            String region,
            @Nullable String bucket,
            @Nullable Path accessKeyFile,
            @Nullable Path secretKeyFile,
            boolean createBucket) {}

    private static void requireComplete(
            String prefix,
            Kind kind,
            @Nullable URI endpoint,
            @Nullable String bucket,
            @Nullable Path accessKeyFile,
            @Nullable Path secretKeyFile) {
        if (kind == Kind.S3 && (endpoint == null || bucket == null || accessKeyFile == null || secretKeyFile == null)) {
            throw new IllegalArgumentException(
                    prefix + ".kind=s3 needs endpoint, bucket, access-key-file and secret-key-file");
        }
    }

    private static void requirePositive(String name, Duration duration) {
        if (duration.toMillis() < 1) {
            throw new IllegalArgumentException(name + " must be positive");
        }
    }
}
