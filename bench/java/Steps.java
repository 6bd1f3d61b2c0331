import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Takes capture.json out of a package, writes it to the file named second, and prints {@code name MS} for each step that
 * ran, {@code load-event MS} from the call to navigate to the load event by the browser's journal, {@code verdict WORD}, and
 * {@code requests N}, tab-separated.
 */
public final class Steps {
    private Steps() {}

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[1]);
        String events;
        try (ZipInputStream outer = new ZipInputStream(Files.newInputStream(Path.of(arguments[0])))) {
            find(outer, "wacz/capture.wacz");
            ZipInputStream inner = new ZipInputStream(outer);
            // Members stand in a fixed order: the journal, later capture.json.
            find(inner, "evidence/browser-events.ndjson");
            events = new String(inner.readAllBytes(), StandardCharsets.UTF_8);
            find(inner, "evidence/capture.json");
            Files.write(file, inner.readAllBytes());
        }
        ObjectMapper json = new ObjectMapper();
        JsonNode capture = json.readTree(Files.readAllBytes(file));
        for (JsonNode step : capture.get("steps")) {
            if (!step.get("outcome").asString().equals("skipped")) {
                Duration took = Duration.between(time(step, "startedAt"), time(step, "endedAt"));
                System.out.println(step.get("name").asString() + "\t" + took.toMillis());
            }
        }
        Instant asked = null;
        for (JsonNode step : capture.get("steps")) {
            if (step.get("name").asString().equals("navigate")) {
                asked = time(step, "startedAt");
            }
        }
        Optional<Instant> loaded = events.lines()
                .filter(line -> line.contains("\"Page.loadEventFired\""))
                .map(line -> Instant.parse(json.readTree(line).get("t").asString()))
                .filter(asked::isBefore)
                .findFirst();
        if (loaded.isPresent()) {
            System.out.println("load-event\t" + Duration.between(asked, loaded.get()).toMillis());
        }
        System.out.println("verdict\t" + capture.get("completeness").get("verdict").asString());
        System.out.println("requests\t"
                + capture.get("completeness").get("counts").get("requests").asInt());
    }

    private static Instant time(JsonNode step, String name) {
        return Instant.parse(step.get(name).asString());
    }

    private static void find(ZipInputStream zip, String name) throws IOException {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            if (entry.getName().equals(name)) {
                return;
            }
        }
        throw new IOException("no " + name);
    }
}
