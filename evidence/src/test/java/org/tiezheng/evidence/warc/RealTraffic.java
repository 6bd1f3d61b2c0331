package org.tiezheng.evidence.warc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.tiezheng.evidence.wire.PcapngWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Real clients talk to a real server through a recording relay; the server says what it sent. Node, curl, Chromium, OpenSSL. */
final class RealTraffic {
    /** What the server says about one exchange. */
    record Truth(String url, int status, String body, String request, String version, boolean cut) {}

    /** @param securePort port of the TLS server, as the pcapng shows it */
    record Recording(Path pcapng, List<Truth> truths, int securePort, int plainPort) {}

    private RealTraffic() {}

    static Recording record(Path folder, boolean withChromium) throws IOException, InterruptedException {
        Path key = folder.resolve("key.pem");
        Path certificate = folder.resolve("cert.pem");
        run(
                folder,
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString(),
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1");
        Path script = folder.resolve("origin.mjs");
        try (InputStream in = RealTraffic.class.getResourceAsStream("origin.mjs")) {
            Files.write(script, in.readAllBytes());
        }
        Path keyLog = folder.resolve("keys.log");
        Path spool = folder.resolve("spool.pcapng");
        List<Truth> truths = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        Process origin = new ProcessBuilder("node", script.toString(), key.toString(), certificate.toString())
                .redirectError(folder.resolve("origin.err").toFile())
                .start();
        int securePort;
        int plainPort;
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            BufferedReader said = origin.inputReader(StandardCharsets.UTF_8);
            JsonMapper json = new JsonMapper();
            JsonNode ports = json.readTree(said.readLine());
            securePort = ports.get("secure").asInt();
            plainPort = ports.get("plain").asInt();
            Thread reader = new Thread(() -> said.lines().forEach(line -> {
                JsonNode t = json.readTree(line);
                truths.add(new Truth(
                        t.get("url").asString(),
                        t.get("status").asInt(),
                        t.get("body").asString(),
                        t.get("request").asString(),
                        t.get("version").asString(),
                        t.has("cut")));
                if (t.get("url").asString().equals("/done")) {
                    done.countDown();
                }
            }));
            reader.start();
            try (RecordingRelay secure = new RecordingRelay(securePort, writer);
                    RecordingRelay plain = new RecordingRelay(plainPort, writer)) {
                curl(folder, keyLog, secure.port(), plain.port());
                if (withChromium) {
                    chromium(folder, keyLog, "https://127.0.0.1:" + secure.port() + "/page", done);
                }
            } finally {
                origin.getOutputStream().close();
                if (!origin.waitFor(20, TimeUnit.SECONDS)) {
                    origin.destroyForcibly();
                }
                reader.join(20_000);
            }
        }
        Path pcapng = folder.resolve("network.pcapng");
        try (OutputStream out = Files.newOutputStream(pcapng)) {
            PcapngWriter.finish(spool, keyLog, new PcapngWriter.Section("test", "test", "test"), null, out);
        }
        return new Recording(pcapng, List.copyOf(truths), securePort, plainPort);
    }

    private static void curl(Path folder, Path keyLog, int securePort, int plainPort)
            throws IOException, InterruptedException {
        Path upload = folder.resolve("upload");
        Files.write(upload, "upload ".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
        String[][] kinds = {
            {"--http2", "https://127.0.0.1:" + securePort},
            {"--http1.1", "https://127.0.0.1:" + securePort},
            {"--http1.1", "--tls-max", "1.2", "https://127.0.0.1:" + securePort},
            {"--http1.1", "http://127.0.0.1:" + plainPort},
        };
        int number = 0;
        for (String[] kind : kinds) {
            String base = kind[kind.length - 1];
            List<String> options = List.of(kind).subList(0, kind.length - 1);
            String by = "?by=curl" + number++;
            List<String> all = new ArrayList<>(List.of("--path-as-is"));
            for (String path :
                    List.of("/plain", "/chunked", "/gzip", "/br", "/empty", "/hints", "/big", "/missing", "/etag")) {
                all.add(base + path + by);
            }
            curl(folder, keyLog, options, all);
            curl(folder, keyLog, options, List.of("-I", base + "/plain" + by + "head"));
            curl(folder, keyLog, options, List.of("--data-binary", "@" + upload, base + "/post" + by));
            curl(
                    folder,
                    keyLog,
                    options,
                    List.of("-T", upload.toString(), "-H", "Transfer-Encoding: chunked", base + "/post" + by + "put"));
            curl(folder, keyLog, options, List.of(base + "/cut" + by));
            if (!options.contains("--http2")) {
                curl(folder, keyLog, options, List.of(base + "/close" + by));
            }
        }
    }

    private static void curl(Path folder, Path keyLog, List<String> options, List<String> more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("curl", "-k", "-s", "--max-time", "60"));
        command.addAll(options);
        command.addAll(more);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("curl.err").toFile());
        builder.environment().put("SSLKEYLOGFILE", keyLog.toString());
        builder.environment().remove("http_proxy");
        builder.environment().remove("https_proxy");
        Process curl = builder.start();
        if (!curl.waitFor(90, TimeUnit.SECONDS)) {
            curl.destroyForcibly();
            throw new AssertionError("curl hangs: " + command);
        }
    }

    private static void chromium(Path folder, Path keyLog, String url, CountDownLatch done)
            throws IOException, InterruptedException {
        Process chromium = new ProcessBuilder(
                        "chromium",
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-quic",
                        "--no-first-run",
                        "--ignore-certificate-errors",
                        "--proxy-server=direct://",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--ssl-key-log-file=" + keyLog,
                        "--user-data-dir=" + folder.resolve("profile"),
                        url)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("chromium.err").toFile())
                .start();
        try {
            if (!done.await(90, TimeUnit.SECONDS)) {
                throw new AssertionError("the page did not come to its end");
            }
        } finally {
            chromium.descendants().forEach(ProcessHandle::destroy);
            chromium.destroy();
            if (!chromium.waitFor(20, TimeUnit.SECONDS)) {
                chromium.destroyForcibly();
            }
        }
    }

    /** The lines jwarc's validator calls errors. */
    static List<String> jwarcComplaints(Path folder, Path warc) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "jwarc", ".out");
        Process jwarc = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.netpreserve.jwarc.tools.WarcTool",
                        "validate",
                        "-v",
                        warc.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!jwarc.waitFor(120, TimeUnit.SECONDS)) {
            jwarc.destroyForcibly();
            throw new AssertionError("jwarc hangs");
        }
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        if (lines.stream().noneMatch(line -> line.contains("block digest pass"))) {
            throw new AssertionError("jwarc checked nothing: " + lines);
        }
        return lines.stream()
                .filter(line -> line.contains("ERROR") || line.contains("Exception"))
                .toList();
    }

    static String run(Path folder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "run", ".out");
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(folder.resolve("run.err").toFile())
                .start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("hangs: " + List.of(command));
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(List.of(command) + " ended with " + process.exitValue() + ": "
                    + Files.readString(folder.resolve("run.err")));
        }
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
