import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The other side of the overhead benchmark: the browser of a capture, with the flags and the viewport that its
 * capture.json records, but without relay, key log, journal and Tiezheng. Loads a page, takes the full-page screenshot
 * over DevTools and prints one line: {@code navigate+load MS, idle MS, screenshot MS, start MS}, tab-separated.
 *
 * <p>Arguments: capture.json, URL, file for the PNG, milliseconds of network silence to wait for after load (0: none).
 * As root it runs the browser as the user the capture used.
 */
public final class PlainChromium {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long CALL_SECONDS = 60;

    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> calls = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicLong lastEvent = new AtomicLong(System.nanoTime());
    private final WebSocket socket;

    private PlainChromium(String address) throws Exception {
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Receiver())
                .get(CALL_SECONDS, TimeUnit.SECONDS);
    }

    public static void main(String[] arguments) throws Exception {
        JsonNode browser = JSON.readTree(Files.readAllBytes(Path.of(arguments[0])))
                .get("environment")
                .get("browser");
        Path profile = Files.createTempDirectory("plain-chromium-");
        Process process = null;
        try {
            long start = System.nanoTime();
            process = launch(browser, profile);
            String address = address(profile, process);
            measure(new PlainChromium(address), browser, arguments, start);
        } finally {
            if (process != null) {
                end(process);
            }
            delete(profile);
        }
    }

    private static Process launch(JsonNode browser, Path profile) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (browser.get("sandbox").asBoolean() && "root".equals(System.getProperty("user.name"))) {
            String user = browser.get("user").asString();
            new ProcessBuilder("chown", user, profile.toString()).inheritIO().start().waitFor();
            command.addAll(List.of("setpriv", "--reuid=" + user, "--clear-groups", "--inh-caps=-all", "--no-new-privs"));
        }
        for (JsonNode argument : browser.get("arguments")) {
            String text = argument.asString();
            // What makes it ours: the way through the relay, the key log, the profile.
            if (!text.matches("--(proxy-|ssl-key-log-file|user-data-dir|remote-debugging).*")) {
                command.add(text);
            }
        }
        command.add("--user-data-dir=" + profile);
        command.add("--remote-debugging-port=0");
        command.add("about:blank");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("HOME", profile.toString());
        builder.environment().put("LANG", "zh_CN.UTF-8");
        return builder.start();
    }

    private static String address(Path profile, Process process) throws IOException, InterruptedException {
        Path file = profile.resolve("DevToolsActivePort");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CALL_SECONDS);
        while (System.nanoTime() < deadline && process.isAlive()) {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() == 2) {
                    return "ws://127.0.0.1:" + lines.get(0) + lines.get(1);
                }
            }
            Thread.sleep(5);
        }
        throw new IOException("Chromium did not start");
    }

    private static void measure(PlainChromium chromium, JsonNode browser, String[] arguments, long start)
            throws Exception {
        long quietNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[3]));
        ObjectNode blank = JSON.createObjectNode().put("url", "about:blank");
        String target = chromium.call(null, "Target.createTarget", blank).get("targetId").asString();
        String session = chromium.call(
                        null,
                        "Target.attachToTarget",
                        JSON.createObjectNode().put("targetId", target).put("flatten", true))
                .get("sessionId")
                .asString();
        JsonNode viewport = browser.get("viewport");
        chromium.call(
                session,
                "Emulation.setDeviceMetricsOverride",
                JSON.createObjectNode()
                        .put("width", viewport.get("width").asInt())
                        .put("height", viewport.get("height").asInt())
                        .put("deviceScaleFactor", viewport.get("deviceScaleFactor").asDouble())
                        .put("mobile", viewport.get("mobile").asBoolean()));
        chromium.call(session, "Page.enable", JSON.createObjectNode());
        if (quietNanos > 0) {
            chromium.call(session, "Network.enable", JSON.createObjectNode());
        }
        long before = System.nanoTime();
        chromium.call(session, "Page.navigate", JSON.createObjectNode().put("url", arguments[1]));
        chromium.loaded.get(CALL_SECONDS, TimeUnit.SECONDS);
        long loaded = System.nanoTime();
        while (quietNanos > 0
                && (chromium.inFlight.get() > 0 || System.nanoTime() - chromium.lastEvent.get() < quietNanos)) {
            Thread.sleep(10);
        }
        long idle = System.nanoTime();
        JsonNode size = chromium.call(session, "Page.getLayoutMetrics", JSON.createObjectNode())
                .get("cssContentSize");
        ObjectNode shot = JSON.createObjectNode().put("format", "png").put("captureBeyondViewport", true);
        shot.putObject("clip")
                .put("x", 0)
                .put("y", 0)
                .put("width", size.get("width").asDouble())
                .put("height", size.get("height").asDouble())
                .put("scale", 1);
        String data = chromium.call(session, "Page.captureScreenshot", shot).get("data").asString();
        Files.write(Path.of(arguments[2]), Base64.getDecoder().decode(data));
        long end = System.nanoTime();
        System.out.printf(
                "%d\t%d\t%d\t%d%n",
                millis(before, loaded), millis(loaded, idle), millis(idle, end), millis(start, before));
    }

    private static long millis(long from, long to) {
        return Math.round((to - from) / 1e6);
    }

    private JsonNode call(String session, String method, ObjectNode parameters) throws Exception {
        int id = ids.incrementAndGet();
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", parameters);
        if (session != null) {
            message.put("sessionId", session);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        calls.put(id, answer);
        socket.sendText(JSON.writeValueAsString(message), true).get(CALL_SECONDS, TimeUnit.SECONDS);
        JsonNode all = answer.get(CALL_SECONDS, TimeUnit.SECONDS);
        if (all.get("result") == null) {
            throw new IOException(method + ": " + all);
        }
        return all.get("result");
    }

    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonNode message = JSON.readTree(text.toString());
                text.setLength(0);
                received(message);
            }
            from.request(1);
            return null;
        }

        private void received(JsonNode message) {
            if (message.get("id") != null) {
                CompletableFuture<JsonNode> call = calls.remove(message.get("id").asInt());
                if (call != null) {
                    call.complete(message);
                }
                return;
            }
            String method = message.get("method").asString();
            if (method.startsWith("Network.")) {
                lastEvent.set(System.nanoTime());
            }
            switch (method) {
                case "Page.loadEventFired" -> loaded.complete(null);
                case "Network.requestWillBeSent" -> inFlight.incrementAndGet();
                case "Network.loadingFinished", "Network.loadingFailed" -> inFlight.decrementAndGet();
                default -> {}
            }
        }
    }

    private static void end(Process process) throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
