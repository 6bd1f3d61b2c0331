package org.tiezheng.archive.filing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.catalogue.Confirmations;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.filing.FilingRunner.Control;
import org.tiezheng.archive.filing.FilingRunner.FailedException;
import org.tiezheng.archive.filing.aip.AipDocuments;
import org.tiezheng.archive.filing.aip.AipFonds;
import org.tiezheng.archive.filing.aip.AipItem;
import org.tiezheng.archive.filing.aip.AipOverview;
import org.tiezheng.archive.filing.aip.CustodyEvent;
import org.tiezheng.evidence.trust.DurableFile;

/**
 * Makes a package for another archive: reads every package once for its digests (writing it to the folder meanwhile, if it goes
 * there), then writes the documents.
 *
 * <p>What a crash leaves: packages whose digests are in their rows are not read again (in a folder: if their file is there whole);
 * the documents are written anew. A folder has its name only when it is whole; before, it ends in {@code .part}.
 */
final class ExportWork implements FilingRunner.Work {
    /** Acts that only look: no custody. */
    private static final Set<String> LOOKING =
            Set.of("evidence.view", "evidence.download", "evidence.export", "evidence.replay");

    private final FilingTasks tasks;
    private final FiledRegister register;
    private final FondsRegister fonds;
    private final FilingDesk desk;
    private final EvidenceCatalogue catalogue;
    private final EvidenceExport export;
    private final Confirmations confirmations;
    private final AuditLog audit;
    private final Function<UUID, RetentionPeriod> retention;
    private final AipOverview overview;
    private final @Nullable Path folder;
    private final String software;
    private final Clock clock;

    ExportWork(
            FilingTasks tasks,
            FiledRegister register,
            FondsRegister fonds,
            FilingDesk desk,
            EvidenceCatalogue catalogue,
            EvidenceExport export,
            Confirmations confirmations,
            AuditLog audit,
            Function<UUID, RetentionPeriod> retention,
            AipOverview overview,
            @Nullable Path folder,
            String software,
            Clock clock) {
        this.tasks = tasks;
        this.register = register;
        this.fonds = fonds;
        this.desk = desk;
        this.catalogue = catalogue;
        this.export = export;
        this.confirmations = confirmations;
        this.audit = audit;
        this.retention = retention;
        this.overview = overview;
        this.folder = folder;
        this.software = software;
        this.clock = clock;
    }

    @Override
    public FilingTask.Kind kind() {
        return FilingTask.Kind.EXPORT;
    }

    @Override
    public void run(FilingTask task, Control control) throws IOException, FailedException {
        String name = task.parameters().path("name").asString("aip");
        Path part = null;
        Path whole = null;
        if (task.parameters().path("toFolder").asBoolean(false)) {
            Path into = folder;
            if (into == null) {
                throw new FailedException("tiezheng.filing.export-folder is not set on this server");
            }
            part = into.resolve(name + ".part");
            whole = into.resolve(name);
            if (Files.exists(whole)) {
                if (isOurs(task, whole)) {
                    return;
                }
                throw new FailedException(whole.getFileName() + " is there already");
            }
            Path unused = Files.createDirectories(part.resolve("data/metadata"));
        }
        long bytes = 0;
        int done = 0;
        List<FilingItem> items = new ArrayList<>();
        for (FilingItem item : tasks.items(task.id(), 0, Integer.MAX_VALUE)) {
            int soFar = done;
            long before = bytes;
            control.progress(soFar, before);
            FilingItem read = read(item, part, control, written -> control.progress(soFar, before + written));
            items.add(read);
            done++;
            bytes += read.sizeBytes() == null ? 0 : read.sizeBytes();
        }
        List<FilingTasks.Document> documents = documents(task, name, items);
        tasks.putDocuments(task.id(), documents);
        if (part != null && whole != null) {
            for (FilingTasks.Document document : documents) {
                DurableFile.write(part.resolve(document.name()), document.content(), "rw-r--r--");
            }
            removeOthers(part, items, documents);
            // If we die before this, the next try finds the folder and writes the documents again; after it, the next
            // try finds
            // the bag whole, by the documents of the task.
            Path unused = Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel names = FileChannel.open(whole.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                names.force(true);
            }
        }
    }

    /** Whether a folder is the bag that this task made before its server died. */
    private boolean isOurs(FilingTask task, Path whole) throws IOException {
        for (FilingTasks.Document document : tasks.documents(task.id())) {
            if (AipDocuments.fixesAll(document.name())) {
                Path file = whole.resolve(document.name());
                return Files.isRegularFile(file) && Arrays.equals(Files.readAllBytes(file), document.content());
            }
        }
        return false;
    }

    /** A task that was cancelled leaves files under the same name; a bag holds nothing that is not in its lists. */
    private static void removeOthers(Path part, List<FilingItem> items, List<FilingTasks.Document> documents)
            throws IOException {
        Set<Path> ours = new HashSet<>();
        items.forEach(item -> ours.add(part.resolve(AipPackage.fileName(item))));
        documents.forEach(document -> ours.add(part.resolve(document.name())));
        try (Stream<Path> files = Files.walk(part)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!ours.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private interface Written {
        void bytes(long count);
    }

    /** Reads one package, unless its row says that this was done and nothing was added since. */
    private FilingItem read(FilingItem item, @Nullable Path part, Control control, Written written) throws IOException {
        EvidenceExport.Exported exported = export.open(item.evidenceId());
        Path file = part == null ? null : part.resolve(AipPackage.fileName(item));
        Long known = item.sizeBytes();
        boolean isRead =
                item.state() == FilingItem.State.READY && exported.tag().equals(item.tag());
        if (isRead && (file == null || (known != null && Files.exists(file) && Files.size(file) == known))) {
            return item;
        }
        Digests digests = new Digests(written);
        ByteRange all = new ByteRange(0, exported.sizeBytes());
        if (file == null) {
            exported.write(all, digests.into(OutputStream.nullOutputStream()));
        } else {
            Path temporary = file.resolveSibling(file.getFileName() + ".part");
            try (OutputStream out = Files.newOutputStream(temporary)) {
                exported.write(all, digests.into(out));
            }
            DurableFile.publish(temporary, file);
        }
        FilingItem ready = new FilingItem(
                item.taskId(),
                item.position(),
                item.evidenceId(),
                FilingItem.State.READY,
                null,
                item.runId(),
                item.uploadId(),
                exported.sizeBytes(),
                digests.sha256(),
                digests.sha512(),
                digests.crc.getValue(),
                exported.tag());
        control.change(ready);
        return ready;
    }

    /** Everything that is computed of a package while it passes. */
    private static final class Digests {
        private final MessageDigest sha256 = start("SHA-256");
        private final MessageDigest sha512 = start("SHA-512");
        private final CRC32 crc = new CRC32();
        private final Written written;
        private long count;

        Digests(Written written) {
            this.written = written;
        }

        private static MessageDigest start(String algorithm) {
            try {
                return MessageDigest.getInstance(algorithm);
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        OutputStream into(OutputStream out) {
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    sha256.update(bytes, offset, length);
                    sha512.update(bytes, offset, length);
                    crc.update(bytes, offset, length);
                    out.write(bytes, offset, length);
                    count += length;
                    written.bytes(count);
                }
            };
        }

        String sha256() {
            return HexFormat.of().formatHex(sha256.digest());
        }

        String sha512() {
            return HexFormat.of().formatHex(sha512.digest());
        }
    }

    private List<FilingTasks.Document> documents(FilingTask task, String name, List<FilingItem> items)
            throws IOException, FailedException {
        List<AipDocuments.Told> told = new ArrayList<>();
        Map<Long, AipFonds> settings = new LinkedHashMap<>();
        for (FilingItem item : items) {
            Filed filed = register.find(item.evidenceId())
                    .orElseThrow(() -> new FailedException(item.evidenceId() + " is not filed"));
            Evidence evidence = catalogue
                    .find(item.evidenceId())
                    .orElseThrow(() -> new FailedException(item.evidenceId() + " is not there"));
            FondsRule rule =
                    fonds.rule(filed.ruleId()).orElseThrow(() -> new FailedException("no setting " + filed.ruleId()));
            settings.putIfAbsent(
                    rule.id(),
                    new AipFonds(
                            rule.no(),
                            rule.name(),
                            rule.unit(),
                            rule.itemPattern().toString(),
                            rule.volumePattern().toString(),
                            rule.categories(),
                            rule.organisations()));
            byte[] report =
                    filed.runId() == null ? null : desk.report(filed.runId()).orElse(null);
            if (report == null) {
                report = register.document(item.evidenceId(), "report.json").orElse(null);
            }
            told.add(new AipDocuments.Told(
                    aipItem(item, filed, evidence, report != null), events(item.evidenceId()), report));
        }
        Instant now = clock.instant();
        String by = task.requestedBy().name();
        List<AipFonds> sent = List.copyOf(settings.values());
        byte[] forPeople = overview.write(name, software, now, by, sent, told);
        return new AipDocuments(name, software, now, by)
                .write(sent, told, forPeople).stream()
                        .map(document -> new FilingTasks.Document(document.name(), document.content()))
                        .toList();
    }

    private AipItem aipItem(FilingItem item, Filed filed, Evidence evidence, boolean hasReport) {
        Map<String, String> links = new LinkedHashMap<>();
        put(links, "CASE", evidence.caseNo());
        put(links, "CLUE", evidence.clueNo());
        put(links, "FACT", evidence.factToProve());
        put(links, "SHOP", evidence.shop());
        put(links, "PLATFORM", evidence.platform());
        put(links, "PURPOSE", evidence.purpose());
        RetentionPeriod period = retention.apply(evidence.id());
        return new AipItem(
                evidence.id(),
                new AipItem.AipFile(
                        AipPackage.fileName(item),
                        java.util.Objects.requireNonNull(item.sizeBytes()),
                        java.util.Objects.requireNonNull(item.sha256()),
                        java.util.Objects.requireNonNull(item.sha512())),
                evidence.sha256().hex(),
                evidence.sm3().hex(),
                filed.archivalCode(),
                filed.fondsNo(),
                filed.volumeCode() == null || filed.volumeNo() == null
                        ? null
                        : new AipItem.AipVolume(
                                filed.volumeCode(),
                                filed.volumeNo(),
                                String.valueOf(filed.caseNo()),
                                String.valueOf(filed.caseNo())),
                filed.category(),
                filed.organisation(),
                filed.year(),
                filed.itemNo(),
                filed.retentionClass(),
                period.classId().equals(filed.retentionClass()) ? period.years() : years(filed),
                filed.title(),
                filed.responsible(),
                filed.documentDate(),
                filed.documentType(),
                filed.pageNo(),
                filed.reason(),
                filed.filedAt(),
                filed.filedByName(),
                Filing.elements(filed),
                links,
                confirmations.of(evidence.id()).stream()
                        .map(c -> new AipItem.Officer(c.name(), c.unit(), c.certNo()))
                        .toList(),
                hasReport ? evidence.id() + ".report.json" : null);
    }

    /** The class was raised since: the code still says how long it was to be when it was filed. */
    private @Nullable Integer years(Filed filed) {
        FondsRule rule = fonds.rule(filed.ruleId()).orElseThrow();
        String volume = filed.volumeCode();
        String code = volume == null
                ? rule.itemPattern()
                        .parse(filed.archivalCode())
                        .map(CodePattern.Parts::retention)
                        .orElse("Y")
                : rule.volumePattern()
                        .parse(volume)
                        .map(CodePattern.Parts::retention)
                        .orElse("Y");
        return code.matches("D[0-9]{1,4}") ? Integer.valueOf(code.substring(1)) : null;
    }

    private static void put(Map<String, String> links, String kind, @Nullable String value) {
        if (value != null) {
            links.put(kind, value);
        }
    }

    private List<CustodyEvent> events(UUID id) {
        List<CustodyEvent> events = new ArrayList<>();
        for (AuditEntry entry : audit.ofObject("evidence", id.toString())) {
            if (!LOOKING.contains(entry.event().action())) {
                events.add(new CustodyEvent(
                        entry.seq(),
                        entry.at(),
                        entry.event().action(),
                        entry.event().result().name(),
                        entry.event().reason(),
                        entry.event().actor().name(),
                        entry.event().actor().role()));
            }
        }
        return events;
    }
}
