package org.tiezheng.archive.fixity;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEntry;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compares the catalogue's rows of a package with what cannot be changed with them: the log's entries, the signed manifest in the store,
 * and capture.json inside the package. A changed row is found although all bytes are good.
 *
 * <p>What is compared: identity, digests and size of the package; name, digest, size and key of every member; address, title and times of the
 * capture; that every object is enrolled for checks. The log is read from the database here; that it is the log that was published is for
 * the log's own check and for the audit from outside.
 */
final class PackageCheck {
    private static final int MOST_MANIFEST_BYTES = 1 << 20;
    private static final int MOST_CAPTURE_BYTES = 32 << 20;
    private static final int MOST_DIFFERENCES = 50;
    private static final Duration ROUNDING = Duration.ofNanos(2_000);
    private static final String MANIFEST = "META-INF/ASiCManifest001.xml";
    private static final String CAPTURE = "evidence/capture.json";
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    /** What the rows were compared with. */
    enum Source {
        LOG_LEAF,
        LOG_OBJECTS,
        MANIFEST,
        CAPTURE
    }

    /** How a comparison ended. */
    enum Outcome {
        SAME,
        DIFFERS,
        /** Nothing differs, and something could not be compared. */
        UNKNOWN
    }

    /** @param differences in English, one for each */
    record Compared(UUID evidence, Outcome outcome, Set<Source> compared, List<String> differences) {}

    private final JdbcClient jdbc;
    private final EvidenceCatalogue catalogue;
    private final ObjectStore store;

    /** @param store the primary: the catalogue names its versions */
    PackageCheck(JdbcClient jdbc, EvidenceCatalogue catalogue, ObjectStore store) {
        this.jdbc = jdbc;
        this.catalogue = catalogue;
        this.store = store;
    }

    private record Row(
            String sha256,
            String sm3,
            long sizeBytes,
            String targetUrl,
            @Nullable String finalUrl,
            @Nullable String title,
            Instant capturedFrom,
            Instant capturedTo,
            Instant retainUntil,
            boolean disposed) {
        static Row of(ResultSet row, int number) throws SQLException {
            return new Row(
                    row.getString("sha256"),
                    row.getString("sm3"),
                    row.getLong("size_bytes"),
                    row.getString("target_url"),
                    row.getString("final_url"),
                    row.getString("title"),
                    Damages.time(row, "captured_from"),
                    Damages.time(row, "captured_to"),
                    Damages.time(row, "retain_until"),
                    row.getObject("disposed_at") != null);
        }
    }

    /** One comparison under way. */
    private static final class Comparison {
        final UUID evidence;
        final Set<Source> compared = new TreeSet<>();
        final List<String> differences = new ArrayList<>();
        boolean incomplete;

        Comparison(UUID evidence) {
            this.evidence = evidence;
        }

        void same(String what, @Nullable Object row, @Nullable Object truth, Source source) {
            if (!Objects.equals(row, truth)) {
                differ(what + " is " + row + " in the catalogue and " + truth + " in " + source);
            }
        }

        /** The database keeps microseconds, rounded. */
        void sameTime(String what, Instant row, Instant truth) {
            if (Duration.between(row, truth).abs().compareTo(ROUNDING) > 0) {
                same(what, row, truth, Source.CAPTURE);
            }
        }

        void differ(String difference) {
            if (differences.size() < MOST_DIFFERENCES) {
                differences.add(difference);
            }
        }

        Compared end() {
            Outcome outcome = !differences.isEmpty()
                    ? Outcome.DIFFERS
                    : incomplete || compared.isEmpty() ? Outcome.UNKNOWN : Outcome.SAME;
            return new Compared(evidence, outcome, compared, differences);
        }
    }

    /** Compares now; reads some kB of the package. */
    Compared compare(UUID id) {
        Comparison comparison = new Comparison(id);
        Optional<Row> found = jdbc.sql("""
                        select sha256, sm3, size_bytes, target_url, final_url, title, captured_from, captured_to, retain_until, disposed_at
                        from evidence where id = :id""").param("id", id).query(Row::of).optional();
        if (found.isEmpty()) {
            comparison.differ("the row of the package is gone");
            return comparison.end();
        }
        Row row = found.get();
        if (row.disposed()) {
            comparison.compared.add(Source.LOG_LEAF);
            return comparison.end();
        }
        List<EvidenceObject> members = catalogue.objects(id);
        Map<String, EvidenceObject> byName = new HashMap<>();
        members.forEach(member -> byName.put(member.member(), member));
        log(comparison, row, members, byName);
        EvidenceObject wacz = byName.get(AsicNames.WACZ);
        comparison.same(
                "digest of " + AsicNames.WACZ, wacz == null ? null : wacz.sha256(), row.sha256(), Source.LOG_LEAF);
        for (EvidenceObject member : members) {
            if (!member.version().key().equals(ObjectKeys.ofContent(member.sha256()))) {
                comparison.differ("the object of " + member.member() + " is not the one of its digest");
            }
        }
        enrolled(comparison, members);
        manifest(comparison, byName);
        capture(comparison, row, id, wacz);
        return comparison.end();
    }

    // ---- the log ---------------------------------------------------------------------------------------------------

    private void log(Comparison comparison, Row row, List<EvidenceObject> members, Map<String, EvidenceObject> byName) {
        List<String> lines = jdbc.sql("""
                        select leaf from log_entry where evidence_id = :id union all select leaf from log_queue where evidence_id = :id""")
                .param("id", comparison.evidence)
                .query(String.class)
                .list();
        boolean hasLeaf = false;
        List<LogEvent> objects = new ArrayList<>();
        for (String line : lines) {
            LogEntry entry;
            try {
                entry = LogEntries.parse(line.getBytes(StandardCharsets.UTF_8));
            } catch (MalformedLogException e) {
                comparison.differ("an entry of the log for this package cannot be read");
                continue;
            }
            if (entry instanceof LogLeaf leaf) {
                hasLeaf = true;
                comparison.compared.add(Source.LOG_LEAF);
                comparison.same("id", comparison.evidence, leaf.id(), Source.LOG_LEAF);
                comparison.same("sha256", row.sha256(), leaf.sha256().hex(), Source.LOG_LEAF);
                comparison.same("sm3", row.sm3(), leaf.sm3().hex(), Source.LOG_LEAF);
                comparison.same("size", row.sizeBytes(), leaf.sizeBytes(), Source.LOG_LEAF);
            } else if (entry instanceof LogEvent event && event.kind() == LogEvent.Kind.OBJECTS) {
                objects.add(event);
            }
        }
        if (!objects.isEmpty()) {
            comparison.compared.add(Source.LOG_OBJECTS);
            objects(comparison, row, objects, members, byName);
        }
        if (!hasLeaf) {
            comparison.differ("the log has no entry of this package");
        }
    }

    /** @param events those that name the package's objects, one or in parts */
    private static void objects(
            Comparison comparison,
            Row row,
            List<LogEvent> events,
            List<EvidenceObject> members,
            Map<String, EvidenceObject> byName) {
        Set<String> names = new TreeSet<>();
        for (LogEvent.Member logged :
                events.stream().flatMap(event -> event.members().stream()).toList()) {
            names.add(logged.name());
            EvidenceObject member = byName.get(logged.name());
            if (member == null) {
                comparison.differ("member " + logged.name() + " is logged and not in the catalogue");
                continue;
            }
            comparison.same(
                    "digest of " + logged.name(),
                    member.sha256(),
                    logged.sha256().hex(),
                    Source.LOG_OBJECTS);
            comparison.same("size of " + logged.name(), member.sizeBytes(), logged.sizeBytes(), Source.LOG_OBJECTS);
        }
        for (EvidenceObject member : members) {
            if (!names.contains(member.member())) {
                comparison.differ("member " + member.member() + " is in the catalogue and not logged");
            }
        }
        for (LogEvent event : events) {
            Instant until = event.until();
            if (until != null && row.retainUntil().isBefore(until)) {
                comparison.differ("retained until " + row.retainUntil() + ", and logged until " + until);
                return;
            }
        }
    }

    private void enrolled(Comparison comparison, List<EvidenceObject> members) {
        for (EvidenceObject member : members) {
            boolean enrolled = jdbc.sql("""
                            select exists (select 1 from fixity_object o where o.key = :key and o.version_id = :version
                                and o.sha256 = :sha256 and o.size_bytes = :size
                                and not exists (select 1 from fixity_store s where s.retired_at is null
                                    and not exists (select 1 from fixity_copy c where c.object_id = o.id and c.store_id = s.id)))""")
                    .param("key", member.version().key())
                    .param("version", member.version().versionId())
                    .param("sha256", member.sha256())
                    .param("size", member.sizeBytes())
                    .query(Boolean.class)
                    .single();
            if (!enrolled) {
                comparison.differ(
                        "the object of " + member.member() + " is not enrolled for checks as it is in the catalogue");
            }
        }
    }

    // ---- the package -----------------------------------------------------------------------------------------------

    private void manifest(Comparison comparison, Map<String, EvidenceObject> byName) {
        EvidenceObject object = byName.get(MANIFEST);
        if (object == null) {
            comparison.differ("there is no " + MANIFEST);
            return;
        }
        byte[] bytes = read(comparison, object, 0, object.sizeBytes(), MOST_MANIFEST_BYTES);
        if (bytes == null) {
            return;
        }
        if (!Digest.of(Digest.Algorithm.SHA256, bytes).hex().equals(object.sha256())) {
            // A matter of the copy, which the check of copies finds; nothing can be compared with it.
            comparison.incomplete = true;
            return;
        }
        AsicManifest manifest = AsicManifest.parse(bytes, MANIFEST).value();
        if (manifest == null) {
            comparison.differ(MANIFEST + " cannot be read");
            return;
        }
        comparison.compared.add(Source.MANIFEST);
        for (AsicManifest.Entry entry : manifest.entries()) {
            EvidenceObject member = byName.get(entry.name());
            if (member == null) {
                comparison.differ("member " + entry.name() + " is in the manifest and not in the catalogue");
            } else {
                comparison.same(
                        "digest of " + entry.name(),
                        member.sha256(),
                        entry.sha256().hex(),
                        Source.MANIFEST);
            }
        }
    }

    private void capture(Comparison comparison, Row row, UUID id, @Nullable EvidenceObject wacz) {
        Optional<EvidenceFile> file = catalogue.files(id).stream()
                .filter(one -> one.name().equals(CAPTURE))
                .findFirst();
        if (wacz == null || file.isEmpty()) {
            comparison.differ("there is no " + CAPTURE);
            return;
        }
        byte[] bytes =
                read(comparison, wacz, file.get().dataOffset(), file.get().sizeBytes(), MOST_CAPTURE_BYTES);
        if (bytes == null) {
            return;
        }
        JsonNode capture;
        try {
            capture = JSON.readTree(bytes);
        } catch (JacksonException e) {
            comparison.differ(CAPTURE + " is not where the catalogue says");
            return;
        }
        comparison.compared.add(Source.CAPTURE);
        comparison.same("id", id.toString(), capture.path("id").asString(id.toString()), Source.CAPTURE);
        JsonNode target = capture.path("target");
        text(comparison, "address", row.targetUrl(), target.path("inputUrl"));
        text(comparison, "final address", row.finalUrl(), target.path("finalUrl"));
        text(comparison, "title", row.title(), target.path("title"));
        time(capture, "startedAt", false)
                .ifPresent(from -> comparison.sameTime("captured from", row.capturedFrom(), from));
        time(capture, "endedAt", true)
                .filter(to -> !to.isBefore(row.capturedFrom()))
                .ifPresent(to -> comparison.sameTime("captured to", row.capturedTo(), to));
    }

    /** Long texts are cut in the catalogue, and characters that the database cannot hold are replaced: those are not compared. */
    private static void text(Comparison comparison, String what, @Nullable String row, JsonNode truth) {
        String said = truth.isString() && !truth.asString().isBlank() ? truth.asString() : null;
        if (said != null && (said.length() > 4000 || said.indexOf(0) >= 0 || said.indexOf('\uFFFD') >= 0)) {
            return;
        }
        if (said != null && !StandardCharsets.UTF_8.newEncoder().canEncode(said)) {
            return;
        }
        comparison.same(what, row, said, Source.CAPTURE);
    }

    private static Optional<Instant> time(JsonNode capture, String key, boolean latest) {
        List<Instant> times = new ArrayList<>();
        for (JsonNode step : capture.path("steps")) {
            try {
                times.add(Instant.parse(step.path(key).asString("")));
            } catch (DateTimeException notATime) {
                // A step that does not say when.
            }
        }
        return latest ? times.stream().max(Instant::compareTo) : times.stream().min(Instant::compareTo);
    }

    /** Null if it cannot be read, which makes the comparison incomplete. */
    private byte @Nullable [] read(Comparison comparison, EvidenceObject object, long offset, long length, int most) {
        if (offset < 0 || length < 0 || length > most || offset > object.sizeBytes() - length) {
            comparison.differ("a range of " + object.member() + " is not in it");
            return null;
        }
        try (InputStream in = store.get(object.version(), offset, length)) {
            return in.readAllBytes();
        } catch (FileNotFoundException e) {
            comparison.incomplete = true;
            return null;
        } catch (IOException | IllegalArgumentException e) {
            comparison.incomplete = true;
            return null;
        }
    }
}
