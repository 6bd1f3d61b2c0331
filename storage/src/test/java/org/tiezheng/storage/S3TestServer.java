package org.tiezheng.storage;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.TestAbortedException;

/**
 * A real S3 server with Object Lock for tests, one per JVM, ended with it.
 *
 * <p>Which one: the one at {@code TIEZHENG_TEST_S3} (with {@code TIEZHENG_TEST_S3_ACCESS_KEY}, {@code …_SECRET_KEY} and
 * {@code …_REGION});
 * else MinIO, built from source by {@code storage/src/test/s3/minio} where Go 1.24 is; else Ceph radosgw where Debian's
 * packages are installed. {@code TIEZHENG_TEST_S3=minio} or {@code radosgw} asks for one of them. Which one ran is
 * written to {@code target/s3-server.txt}. Where there is none the test is skipped and says so on the error stream;
 * {@code TIEZHENG_TEST_S3=required} makes that a failure.
 */
public final class S3TestServer implements AutoCloseable {
    /** Runs a program until our end of its input is closed, which also happens when this JVM is killed. */
    private static final String UNTIL_END_OF_INPUT = "\"$@\" & server=$!; cat >/dev/null; kill -9 $server; wait";

    private static final Object LOCK = new Object();
    private static S3TestServer shared;
    private static String missing = "";

    private final String name;
    private final URI endpoint;
    private final String region;
    private final S3Settings.Credentials credentials;
    private final Process process;
    private final Path folder;

    private S3TestServer(
            String name,
            URI endpoint,
            String region,
            S3Settings.Credentials credentials,
            Process process,
            Path folder) {
        this.name = name;
        this.endpoint = endpoint;
        this.region = region;
        this.credentials = credentials;
        this.process = process;
        this.folder = folder;
    }

    /** The server of this JVM; starts it at the first call. Skips the test, loudly, where there is none. */
    public static S3TestServer shared() {
        synchronized (LOCK) {
            if (shared == null && missing.isEmpty()) {
                try {
                    shared = startAny();
                    S3TestServer server = shared;
                    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
                    report(server.name + " at " + server.endpoint);
                } catch (TestAbortedException e) {
                    missing = String.valueOf(e.getMessage());
                    report("NONE: " + missing);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            if (shared == null) {
                if ("required".equals(wanted())) {
                    throw new IllegalStateException(missing);
                }
                Assumptions.abort(missing);
            }
            return shared;
        }
    }

    /** What it is, with its version. */
    public String name() {
        return name;
    }

    public URI endpoint() {
        return endpoint;
    }

    public S3Settings.Credentials credentials() {
        return credentials;
    }

    /** Where MinIO has its files, for whoever plays an administrator of its disk; empty for servers that keep them elsewhere. */
    public Optional<Path> files() {
        return folder == null || !Files.isDirectory(folder.resolve("data"))
                ? Optional.empty()
                : Optional.of(folder.resolve("data"));
    }

    /** Settings for a bucket of a new name; {@link S3Store#requireLockedBucket} creates it. */
    public S3Settings newBucket(String id) {
        return S3Settings.of(id, endpoint, region, "test-" + UUID.randomUUID(), credentials);
    }

    /** A store in a new locked bucket. */
    public S3Store newStore(String id) throws IOException {
        S3Store store = new S3Store(newBucket(id), Clock.systemUTC());
        store.requireLockedBucket(true);
        return store;
    }

    private static String wanted() {
        return System.getenv().getOrDefault("TIEZHENG_TEST_S3", "");
    }

    private static S3TestServer startAny() throws IOException {
        String wanted = wanted();
        if (wanted.startsWith("http")) {
            return new S3TestServer(
                    "the server named by TIEZHENG_TEST_S3",
                    URI.create(wanted),
                    System.getenv().getOrDefault("TIEZHENG_TEST_S3_REGION", "us-east-1"),
                    new S3Settings.Credentials(
                            System.getenv().getOrDefault("TIEZHENG_TEST_S3_ACCESS_KEY", "?"),
                            System.getenv().getOrDefault("TIEZHENG_TEST_S3_SECRET_KEY", "?")),
                    null,
                    null);
        }
        List<String> reasons = new ArrayList<>();
        if (!wanted.equals("radosgw")) {
            Path binary = minioBinary(reasons);
            if (binary != null) {
                return startMinio(binary);
            }
        }
        if (!wanted.equals("minio")) {
            if (hasRadosgw()) {
                return startRadosgw();
            }
            reasons.add("Ceph radosgw is not installed (Debian: ceph-mon ceph-mgr ceph-osd radosgw)");
        }
        throw new TestAbortedException("no S3 server with Object Lock: " + String.join("; ", reasons));
    }

    private static Path minioBinary(List<String> reasons) throws IOException {
        Path script = scripts().resolve("minio");
        Process build = new ProcessBuilder("sh", script.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String path;
        try (InputStream out = build.getInputStream()) {
            path = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
        int code = waitFor(build, 20 * 60);
        if (code == 0) {
            return Path.of(path);
        }
        reasons.add("MinIO could not be built (" + script.getFileName() + " ended with " + code + ", see above)");
        return null;
    }

    private static S3TestServer startMinio(Path binary) throws IOException {
        Path folder = Files.createTempDirectory("tiezheng-minio-");
        int port = freePorts(1);
        String secret = UUID.randomUUID().toString();
        ProcessBuilder server = new ProcessBuilder(
                "sh",
                "-c",
                UNTIL_END_OF_INPUT,
                "sh",
                binary.toString(),
                "server",
                "--quiet",
                "--address",
                "127.0.0.1:" + port,
                folder.resolve("data").toString());
        Map<String, String> environment = server.environment();
        environment.keySet().removeIf(name -> name.startsWith("MINIO_"));
        environment.put("MINIO_ROOT_USER", "testadmin");
        environment.put("MINIO_ROOT_PASSWORD", secret);
        environment.put("MINIO_BROWSER", "off");
        environment.put("MINIO_UPDATE", "off");
        // Its own folder as home: it must not find a user's settings.
        environment.put("HOME", folder.toString());
        Process process = server.redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .start();
        URI endpoint = URI.create("http://127.0.0.1:" + port);
        S3TestServer started = new S3TestServer(
                binary.getFileName().toString(),
                endpoint,
                "us-east-1",
                new S3Settings.Credentials("testadmin", secret),
                process,
                folder);
        started.awaitAnswer(endpoint.resolve("/minio/health/ready"));
        return started;
    }

    private static boolean hasRadosgw() {
        return Stream.of("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr")
                .allMatch(program -> Files.isExecutable(Path.of("/usr/bin", program)));
    }

    private static S3TestServer startRadosgw() throws IOException {
        Path folder = Files.createTempDirectory("tiezheng-rgw-");
        int port = freePorts(60);
        String secret = UUID.randomUUID().toString().replace("-", "");
        Process process = new ProcessBuilder(
                        "sh",
                        scripts().resolve("radosgw").toString(),
                        folder.toString(),
                        Integer.toString(port),
                        "testadmin",
                        secret)
                .redirectError(folder.resolve("script.log").toFile())
                .start();
        S3TestServer started = new S3TestServer(
                "Ceph radosgw",
                URI.create("http://127.0.0.1:" + port),
                // Its only one; it refuses to create buckets in others.
                "default",
                new S3Settings.Credentials("testadmin", secret),
                process,
                folder);
        CompletableFuture<String> ready = CompletableFuture.supplyAsync(() -> firstLine(process));
        try {
            if ("ready".equals(ready.get(180, TimeUnit.SECONDS))) {
                return started;
            }
            throw new IOException("radosgw did not start; see " + folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            throw new IOException("radosgw did not start; see " + folder, e);
        }
    }

    private static String firstLine(Process process) {
        try {
            return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitAnswer(URI uri) throws IOException {
        for (int tries = 0; tries < 300; tries++) {
            try {
                HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
                connection.setConnectTimeout(1000);
                connection.setReadTimeout(5000);
                if (connection.getResponseCode() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                if (!process.isAlive()) {
                    break;
                }
            }
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        throw new IOException(name + " does not answer; see " + folder);
    }

    private static int waitFor(Process process, int seconds) throws IOException {
        try {
            if (process.waitFor(seconds, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            throw new IOException(
                    "not done after " + seconds + " s: " + process.info().command());
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The first of {@code count} neighbouring ports that are free now. */
    private static int freePorts(int count) throws IOException {
        for (int tries = 0; tries < 100; tries++) {
            List<ServerSocket> sockets = new ArrayList<>();
            try {
                InetAddress loopback = InetAddress.getLoopbackAddress();
                ServerSocket first = new ServerSocket(0, 1, loopback);
                sockets.add(first);
                for (int i = 1; i < count; i++) {
                    sockets.add(new ServerSocket(first.getLocalPort() + i, 1, loopback));
                }
                return first.getLocalPort();
            } catch (IOException | IllegalArgumentException taken) {
                if (count == 1) {
                    throw new IOException("no free port", taken);
                }
            } finally {
                for (ServerSocket socket : sockets) {
                    socket.close();
                }
            }
        }
        throw new IOException("no " + count + " free ports in a row");
    }

    /** Tests of any module run in its folder, so the scripts are here or in the storage module beside it. */
    private static Path scripts() throws IOException {
        for (Path base = Path.of("").toAbsolutePath(); base != null; base = base.getParent()) {
            for (String inside : List.of("src/test/s3", "storage/src/test/s3")) {
                if (Files.isRegularFile(base.resolve(inside).resolve("minio"))) {
                    return base.resolve(inside);
                }
            }
        }
        throw new IOException(
                "storage/src/test/s3 is not found from " + Path.of("").toAbsolutePath());
    }

    private static void report(String which) {
        String line = "S3 server of these tests: " + which;
        System.err.println(line.toLowerCase(Locale.ROOT).contains("none:") ? "*** SKIPPED TESTS *** " + line : line);
        Path target = Path.of("target");
        if (Files.isDirectory(target)) {
            try {
                Files.writeString(target.resolve("s3-server.txt"), which + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Ends the server and removes its files. One that we did not start stays. */
    @Override
    public void close() {
        if (process == null) {
            return;
        }
        try {
            process.getOutputStream().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.err.println("left behind: " + folder + " (" + e + ")");
        }
    }
}
