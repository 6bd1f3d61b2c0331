import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Takes capture.json out of a package, writes it to the file named second, and prints {@code name MS} for each step that
 * ran, {@code verdict WORD}, and {@code requests N}, tab-separated.
 */
public final class Steps {
    private Steps() {}

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[1]);
        try (ZipInputStream outer = new ZipInputStream(Files.newInputStream(Path.of(arguments[0])))) {
            find(outer, "wacz/capture.wacz");
            ZipInputStream inner = new ZipInputStream(outer);
            find(inner, "evidence/capture.json");
            Files.write(file, inner.readAllBytes());
        }
        JsonNode capture = new ObjectMapper().readTree(Files.readAllBytes(file));
        for (JsonNode step : capture.get("steps")) {
            if (!step.get("outcome").asString().equals("skipped")) {
                Duration took = Duration.between(time(step, "startedAt"), time(step, "endedAt"));
                System.out.println(step.get("name").asString() + "\t" + took.toMillis());
            }
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
