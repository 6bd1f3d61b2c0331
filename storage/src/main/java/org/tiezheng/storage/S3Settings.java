package org.tiezheng.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a bucket is and how to talk to it.
 *
 * @param id see {@link StoreDescription}
 * @param endpoint {@code https://host[:port]}; plain http is for this machine and for tests
 * @param region as the server names it, for example {@code us-east-1}; sent with every signature
 * @param bucket name of a bucket with versioning and Object Lock
 * @param connectTimeout longest wait for a connection
 * @param ioTimeout longest wait for the next bytes to go or come, not for a whole transfer
 * @param partBytes parts of this size for objects larger than it, 5 MiB to 1 GiB; a put of a large object holds
 *     {@code parallelParts + 1} of them in memory
 * @param parallelParts parts sent at a time, 1 to 16
 * @param readBackBytes 1 MiB or more; objects up to this size are read back whole after a put, of larger ones a
 *     sample is
 */
public record S3Settings(
        String id,
        URI endpoint,
        String region,
        String bucket,
        Credentials credentials,
        Duration connectTimeout,
        Duration ioTimeout,
        long partBytes,
        int parallelParts,
        long readBackBytes) {
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final long MIB = 1L << 20;

    /** @throws IllegalArgumentException if a value is not of its form */
    public S3Settings {
        String scheme = endpoint.getScheme() == null ? "" : endpoint.getScheme().toLowerCase(Locale.ROOT);
        String path = endpoint.getRawPath() == null ? "" : endpoint.getRawPath();
        if (!(scheme.equals("https") || scheme.equals("http"))
                || endpoint.getHost() == null
                || endpoint.getUserInfo() != null
                || endpoint.getQuery() != null
                || !(path.isEmpty() || path.equals("/"))) {
            throw new IllegalArgumentException("an endpoint is http(s)://host[:port] and nothing else");
        }
        if (!BUCKET.matcher(bucket).matches()) {
            throw new IllegalArgumentException("not a bucket name: \"" + bucket + "\"");
        }
        if (partBytes < 5 * MIB || partBytes > 1024 * MIB || parallelParts < 1 || parallelParts > 16) {
            throw new IllegalArgumentException("parts of " + partBytes + " bytes, " + parallelParts + " at a time");
        }
        if (readBackBytes < MIB) {
            throw new IllegalArgumentException("read back at least 1 MiB, not " + readBackBytes);
        }
        if (connectTimeout.isNegative() || connectTimeout.isZero() || ioTimeout.isNegative() || ioTimeout.isZero()) {
            throw new IllegalArgumentException("timeouts must be positive");
        }
    }

    /** With the usual timeouts (5 s, 60 s) and 5 x 8 MiB of memory for a put of a large object. */
    public static S3Settings of(String id, URI endpoint, String region, String bucket, Credentials credentials) {
        return new S3Settings(
                id,
                endpoint,
                region,
                bucket,
                credentials,
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                8 * MIB,
                4,
                64 * MIB);
    }

    /** A key pair. Never printed. */
    public record Credentials(String accessKey, String secretKey) {
        private static final int MOST_BYTES = 4096;

        public Credentials {
            if (accessKey.isBlank() || secretKey.isBlank()) {
                throw new IllegalArgumentException("empty credentials");
            }
        }

        /**
         * Reads each key from a file of its own; white space around it is cut off.
         *
         * @throws IOException naming the file, never its content
         */
        public static Credentials fromFiles(Path accessKey, Path secretKey) throws IOException {
            return new Credentials(read(accessKey), read(secretKey));
        }

        private static String read(Path file) throws IOException {
            String key;
            try {
                key = new String(DurableFiles.readSmall(file, MOST_BYTES), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                throw new IOException("cannot read the key file " + file, e);
            }
            if (key.isEmpty()) {
                throw new IOException("the key file " + file + " is empty");
            }
            return key;
        }

        @Override
        public String toString() {
            return "Credentials[hidden]";
        }
    }
}
