package org.tiezheng.archive.filing;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.filing.aip.AipDocuments;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Begins packages for other archives, and gives them out when they are made. Safe for use by many threads. */
public final class ExportDesk {
    private final FilingTasks tasks;
    private final FiledRegister register;
    private final EvidenceCatalogue catalogue;
    private final EvidenceExport export;
    private final JdbcClient jdbc;
    private final @Nullable Path folder;
    private final String node;
    private final int maxPackages;

    /**
     * @param folder where packages may be written on this server; null: nowhere
     * @param node this server
     */
    public ExportDesk(
            FilingTasks tasks,
            FiledRegister register,
            EvidenceCatalogue catalogue,
            EvidenceExport export,
            JdbcClient jdbc,
            @Nullable Path folder,
            String node,
            int maxPackages) {
        this.tasks = tasks;
        this.register = register;
        this.catalogue = catalogue;
        this.export = export;
        this.jdbc = jdbc;
        this.folder = folder;
        this.node = node;
        this.maxPackages = maxPackages;
    }

    /** Whether packages can be written to a folder of this server. */
    public boolean hasFolder() {
        return folder != null;
    }

    /**
     * Begins a package of what is filed: of one evidence, a volume, or a case. What of a case is not filed is left out and named.
     *
     * @param toFolder write it to the server's folder; else it is only downloaded
     * @throws Problem 404, 409 if nothing of it is filed, or too much
     */
    public FilingTask start(
            @Nullable UUID evidence, @Nullable UUID volume, @Nullable String caseNo, boolean toFolder, Actor by) {
        if (toFolder && folder == null) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.no-folder");
        }
        List<UUID> ids = new ArrayList<>();
        String title;
        int left = 0;
        if (evidence != null) {
            Filed filed =
                    register.find(evidence).orElseThrow(() -> Problem.of(HttpStatus.CONFLICT, "filing.not-filed"));
            ids.add(evidence);
            title = filed.archivalCode();
        } else if (volume != null) {
            Volume found = register.volume(volume).orElseThrow(() -> Problem.notFound(volume.toString()));
            title = found.archivalCode();
            register.ofVolume(volume, 0, maxPackages + 1).forEach(filed -> ids.add(filed.evidenceId()));
        } else if (caseNo != null && !caseNo.isBlank()) {
            title = caseNo.strip();
            for (UUID id : ofCase(title)) {
                if (register.find(id).isPresent()) {
                    ids.add(id);
                } else {
                    left++;
                }
            }
        } else {
            throw Problem.invalid("evidence", "required");
        }
        if (ids.isEmpty()) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.not-filed");
        }
        if (ids.size() > maxPackages) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.too-many", maxPackages);
        }
        long bytes = 0;
        for (UUID id : ids) {
            Evidence one = catalogue.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
            if (one.disposedAt() != null) {
                throw Problem.of(HttpStatus.GONE, "filing.disposed", String.valueOf(one.archivalCode()));
            }
            bytes += one.packageBytes();
        }
        ObjectNode parameters = JsonMapper.shared().createObjectNode();
        parameters.put("name", ids.size() == 1 ? "aip-" + ids.get(0) : "aip-" + UUID.randomUUID());
        parameters.put("toFolder", toFolder);
        parameters.put("left", left);
        return tasks.add(FilingTask.Kind.EXPORT, title, parameters, toFolder ? node : null, ids, bytes, by);
    }

    private List<UUID> ofCase(String caseNo) {
        return jdbc.sql("""
                        select e.id from evidence e left join filed f on f.evidence_id = e.id
                        where e.case_no = :case and e.disposed_at is null
                        order by f.archival_code nulls last, e.number limit :most""")
                .param("case", caseNo)
                .param("most", 10 * maxPackages)
                .query(UUID.class)
                .list();
    }

    /** A package that can be downloaded. */
    public final class Ready {
        private final AipPackage aip;
        private final String name;
        private final String tag;

        private Ready(AipPackage aip, String name, String tag) {
            this.aip = aip;
            this.name = name;
            this.tag = tag;
        }

        public String fileName() {
            return name + ".zip";
        }

        public long sizeBytes() {
            return aip.sizeBytes();
        }

        /** The same for the same bytes. */
        public String tag() {
            return tag;
        }

        public void write(org.tiezheng.archive.catalogue.ByteRange range, java.io.OutputStream out) throws IOException {
            aip.write(range, out);
        }
    }

    /**
     * The package of a task that is done.
     *
     * @throws Problem 404; 409 if it is not done, or if a package got further proofs since: then it is made again
     */
    public Ready ready(UUID task) throws FileNotFoundException {
        FilingTask of = tasks.find(task)
                .filter(found -> found.kind() == FilingTask.Kind.EXPORT)
                .orElseThrow(() -> Problem.notFound(task.toString()));
        if (of.state() != FilingTask.State.DONE) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.not-ready");
        }
        List<AipPackage.Part> parts = new ArrayList<>();
        for (FilingItem item : tasks.items(task, 0, Integer.MAX_VALUE)) {
            EvidenceExport.Exported exported = export.open(item.evidenceId());
            if (!exported.tag().equals(item.tag())) {
                throw Problem.of(HttpStatus.CONFLICT, "filing.stale");
            }
            parts.add(new AipPackage.Part(item, exported));
        }
        List<FilingTasks.Document> documents = tasks.documents(task);
        Optional<FilingTasks.Document> tags = documents.stream()
                .filter(document -> AipDocuments.fixesAll(document.name()))
                .findFirst();
        if (tags.isEmpty()) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.not-ready");
        }
        String name = of.parameters().path("name").asString("aip");
        return new Ready(
                new AipPackage(name, documents, parts),
                name,
                Digest.of(Digest.Algorithm.SHA256, tags.get().content()).hex());
    }
}
