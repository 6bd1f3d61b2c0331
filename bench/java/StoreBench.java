import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3Store;

/**
 * Puts a file of so many MB in turn: with the bare client, parts one after the other and four at a time; through S3Store;
 * into a folder. Prints one line for each put: name and MB/s. Every put has bytes of its own.
 *
 * <p>Arguments: endpoint, access key, secret key, MB, runs, folder.
 */
public final class StoreBench {
    public static void main(String[] arguments) throws Exception {
        URI endpoint = URI.create(arguments[0]);
        S3Settings.Credentials credentials = new S3Settings.Credentials(arguments[1], arguments[2]);
        long bytes = Long.parseLong(arguments[3]) << 20;
        int runs = Integer.parseInt(arguments[4]);
        Path folder = Path.of(arguments[5]);
        Clock clock = Clock.systemUTC();
        S3Settings settings = S3Settings.of("bench", endpoint, "us-east-1", "bench-locked", credentials);
        try (MinioClient client = MinioClient.builder()
                        .endpoint(endpoint.toString())
                        .region("us-east-1")
                        .credentials(credentials.accessKey(), credentials.secretKey())
                        .build();
                S3Store s3 = new S3Store(settings, clock);
                FolderStore files = FolderStore.create("folder", folder.resolve("objects"), clock)) {
            client.makeBucket(MakeBucketArgs.builder().bucket("bench-raw").build());
            s3.requireLockedBucket(true);
            Path file = folder.resolve("content");
            for (int run = 0; run <= runs; run++) {
                boolean warm = run > 0;
                for (int parallel : new int[] {1, 4}) {
                    write(file, bytes, run * 10 + parallel);
                    long begin = System.nanoTime();
                    try (InputStream in = Files.newInputStream(file)) {
                        client.putObject(PutObjectArgs.builder()
                                .bucket("bench-raw")
                                .object("run" + run + "-" + parallel)
                                .stream(in, bytes, 8L << 20)
                                .parallelUploads(parallel)
                                .build());
                    }
                    say(warm, parallel == 1 ? "raw" : "raw4", bytes, begin);
                }
                put(warm, "s3store", s3, file, bytes, run * 10 + 2, clock);
                put(warm, "folder", files, file, bytes, run * 10 + 3, clock);
            }
            Files.delete(file);
        }
    }

    private static void put(
            boolean warm, String name, ObjectStore store, Path file, long bytes, int seed, Clock clock) throws Exception {
        String sha256 = write(file, bytes, seed);
        Retention lock = Retention.compliance(clock.instant().plus(Duration.ofHours(1)));
        long begin = System.nanoTime();
        try (InputStream in = Files.newInputStream(file)) {
            store.put(new PutRequest(ObjectKeys.ofContent(sha256), bytes, sha256, lock, false), in);
        }
        say(warm, name, bytes, begin);
    }

    private static void say(boolean warm, String name, long bytes, long begin) {
        if (warm) {
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf(Locale.ROOT, "%s %.1f%n", name, bytes / 1e6 / seconds);
        }
    }

    /** New bytes for every put; cheap, and no server can compress or recognise them. */
    private static String write(Path file, long bytes, long seed) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
        byte[] buffer = new byte[1 << 20];
        try (var out = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += buffer.length) {
                random.nextBytes(buffer);
                digest.update(buffer);
                out.write(buffer);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
