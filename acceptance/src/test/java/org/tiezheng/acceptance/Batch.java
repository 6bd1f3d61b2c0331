package org.tiezheng.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What one {@code capture --json} of several addresses said and left. */
final class Batch {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern RESULT = Pattern.compile("\\{\\s*\"captures\"");

    private final Program.Ended ended;
    private final Map<String, Taken> taken = new LinkedHashMap<>();

    private Batch(Program.Ended ended) {
        this.ended = ended;
    }

    static Batch of(Station station, Program.Ended ended) {
        Batch batch = new Batch(ended);
        Matcher start = RESULT.matcher(ended.output());
        if (!start.find()) {
            throw new AssertionError("no JSON, exit code " + ended.exitCode() + "\n" + ended.output());
        }
        for (JsonNode item :
                JSON.readTree(ended.output().substring(start.start())).path("captures")) {
            batch.taken.put(item.path("url").asString(), new Taken(station, item, ended.output()));
        }
        return batch;
    }

    Program.Ended ended() {
        return ended;
    }

    /** @throws AssertionError if that address was not captured */
    Taken of(String url) {
        Taken found = taken.get(url);
        if (found == null) {
            throw new AssertionError(url + " is not among " + taken.keySet());
        }
        return found;
    }

    List<Path> packages() {
        return taken.values().stream().map(Taken::file).toList();
    }

    /** One capture of the command. */
    static final class Taken {
        private final Station station;
        private final JsonNode item;
        private final String output;
        private @Nullable Path unpacked;

        private Taken(Station station, JsonNode item, String output) {
            this.station = station;
            this.item = item;
            this.output = output;
        }

        /** The package. @throws AssertionError if there is none */
        Path file() {
            String path = item.path("package").asString("");
            if (path.isEmpty()) {
                throw new AssertionError("no package: " + item + "\n" + output);
            }
            return Path.of(path);
        }

        String verdict() {
            return item.path("verdict").asString("none");
        }

        List<String> codes() {
            List<String> codes = new ArrayList<>();
            item.path("reasons").forEach(reason -> codes.add(reason.path("code").asString()));
            return codes;
        }

        /** All details under a code, one line each. */
        String reason(String code) {
            StringBuilder text = new StringBuilder();
            for (JsonNode reason : item.path("reasons")) {
                if (reason.path("code").asString().equals(code)) {
                    text.append(reason.path("detail").asString()).append('\n');
                }
            }
            return text.toString();
        }

        /** The inner WACZ, unpacked by unzip. */
        Path inner() throws IOException, InterruptedException {
            Path folder = unpacked;
            if (folder == null) {
                folder = Files.createTempDirectory(station.folder, "unpacked");
                Program.run(folder, Duration.ofMinutes(1), "unzip", "-q", file().toString())
                        .orFail();
                Program.run(folder, Duration.ofMinutes(1), "unzip", "-q", "wacz/capture.wacz", "-d", "inner")
                        .orFail();
                unpacked = folder;
            }
            return folder.resolve("inner");
        }

        Path artefact(String name) throws IOException, InterruptedException {
            return inner().resolve("evidence").resolve(name);
        }

        /** {@code evidence/capture.json}. */
        JsonNode record() throws IOException, InterruptedException {
            return JSON.readTree(artefact("capture.json").toFile());
        }

        /** A count of the completeness verdict. */
        int count(String name) throws IOException, InterruptedException {
            JsonNode count = record().path("completeness").path("counts").path(name);
            if (!count.isInt()) {
                throw new AssertionError("no count " + name);
            }
            return count.asInt();
        }

        /** Details of the incidents of a kind. */
        List<String> incidents(String kind) throws IOException, InterruptedException {
            List<String> details = new ArrayList<>();
            for (JsonNode incident : record().path("incidents")) {
                if (incident.toString().contains("\"" + kind + "\"")) {
                    details.add(incident.path("detail").asString());
                }
            }
            return details;
        }

        /** Addresses of the WARC's responses, from the index. */
        List<String> recordedUrls() throws IOException, InterruptedException {
            List<String> urls = new ArrayList<>();
            for (String line : Files.readAllLines(inner().resolve("indexes/index.cdx"))) {
                int brace = line.indexOf('{');
                if (brace > 0) {
                    urls.add(JSON.readTree(line.substring(brace)).path("url").asString());
                }
            }
            return urls;
        }

        @Override
        public String toString() {
            return item.toString();
        }
    }
}
