package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.filing.aip.AipItem;
import org.tiezheng.archive.filing.aip.AipReader;
import org.tiezheng.archive.filing.aip.AipReader.RefusedException;
import org.tiezheng.archive.pdf.PdfA;

/** Archival packages: made, judged by other programs, and refused when they are not what they say. */
class AipTest {
    @TempDir
    private static Path folder;

    private static FilingWorld world;
    private static Path zip;
    private static List<UUID> ids;

    @BeforeAll
    static void begin() throws Exception {
        world = new FilingWorld(folder.resolve("world"));
        var unused = world.fonds();
        ids = List.of(world.evidence(world.whole("甲", Map.of()), "案-导出"), world.evidence("乙 <&>\"", "案-导出"));
        FilingDesk desk = world.desk(world.check(null, false));
        FilingTask task = desk.start(
                new FilingDesk.Selection(null, "案-导出", null), FilingWorld.CHOICE, "测试", FilingWorld.ARCHIVIST);
        world.runner(desk).drain();
        assertThat(world.tasks.counts(task.id())).containsOnlyKeys(FilingItem.State.FILED);
        zip = folder.resolve("aip.zip");
        export(zip);
    }

    @AfterAll
    static void end() throws IOException {
        world.close();
    }

    private static void export(Path into) throws Exception {
        ExportDesk exports = world.exports(null);
        FilingTask task = exports.start(null, null, "案-导出", false, FilingWorld.ARCHIVIST);
        world.exporter(null).drain();
        assertThat(world.tasks.find(task.id()).orElseThrow().state()).isEqualTo(FilingTask.State.DONE);
        ExportDesk.Ready ready = exports.ready(task.id());
        try (OutputStream out = Files.newOutputStream(into)) {
            ready.write(new ByteRange(0, ready.sizeBytes()), out);
        }
        assertThat(Files.size(into)).isEqualTo(ready.sizeBytes());
        byte[] all = Files.readAllBytes(into);
        ByteArrayOutputStream some = new ByteArrayOutputStream();
        long from = ready.sizeBytes() / 3;
        ready.write(new ByteRange(from, 5000), some);
        assertThat(some.toByteArray()).isEqualTo(java.util.Arrays.copyOfRange(all, (int) from, (int) from + 5000));
    }

    private static String run(Path in, String... command) throws Exception {
        Path output = Files.createTempFile(folder, "run", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(output);
        assertThat(process.exitValue())
                .as(String.join(" ", command) + "\n" + text)
                .isZero();
        return text;
    }

    private static Path unpacked(String name) throws Exception {
        Path out = Files.createDirectory(folder.resolve(name));
        run(out, "unzip", "-q", zip.toString());
        try (var tops = Files.list(out)) {
            return tops.findFirst().orElseThrow();
        }
    }

    @Test
    void otherProgramsFindTheBagWholeAndItsMetadataValid() throws Exception {
        Path bag = unpacked("unpacked");
        run(bag, "sha256sum", "--quiet", "--strict", "-c", "manifest-sha256.txt");
        run(bag, "sha512sum", "--quiet", "--strict", "-c", "manifest-sha512.txt");
        run(bag, "sha256sum", "--quiet", "--strict", "-c", "tagmanifest-sha256.txt");
        run(bag, "sha512sum", "--quiet", "--strict", "-c", "tagmanifest-sha512.txt");
        Path docs = Path.of("../docs").toAbsolutePath().normalize();
        run(
                bag,
                "xmllint",
                "--noout",
                "--nonet",
                "--schema",
                docs.resolve("eep.xsd").toString(),
                "data/metadata/eep.xml");
        run(bag, "xmllint", "--noout", "--nonet", "data/metadata/mets.xml");
        String mets = Files.readString(bag.resolve("data/metadata/mets.xml"));
        assertThat(mets).contains("premis:event").contains("evidence.file");
        for (UUID id : ids) {
            assertThat(bag.resolve("data/" + id + ".asice")).exists();
            assertThat(bag.resolve("data/metadata/" + id + ".report.json")).exists();
        }
    }

    private static PythonJudges.Ended bagit(Path bag) throws Exception {
        return PythonJudges.run(bag.resolveSibling("."), "-m", "bagit", "--validate", bag.toString());
    }

    @Test
    void theLibraryOfCongressReaderFindsTheBagValidAndEveryChangeOfItNot() throws Exception {
        Path unused = PythonJudges.folder();
        Path bag = unpacked("bagit");
        PythonJudges.Ended valid = bagit(bag);
        assertThat(valid.exitCode()).as(valid.output()).isZero();
        assertThat(valid.output()).contains("is valid");
        Path file = bag.resolve("data/" + ids.get(0) + ".asice");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(bagit(bag).exitCode()).as("a changed byte").isEqualTo(1);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        Path info = bag.resolve("bag-info.txt");
        String told = Files.readString(info);
        Files.writeString(info, told + "Contact-Name: somebody\n");
        assertThat(bagit(bag).exitCode()).as("a changed tag file").isEqualTo(1);
        Files.writeString(info, told);
        Path extra = Files.createFile(bag.resolve("data/extra.txt"));
        assertThat(bagit(bag).exitCode()).as("a file too many").isEqualTo(1);
        Files.delete(extra);
        Files.delete(file);
        assertThat(bagit(bag).exitCode()).as("a file too few").isEqualTo(1);
    }

    @Test
    void metsPremisAndEepFollowTheirPublishedSchemas() throws Exception {
        PublishedSchemas schemas = PublishedSchemas.load();
        Path metadata = unpacked("schemas").resolve("data/metadata");
        String mets = Files.readString(metadata.resolve("mets.xml"));
        assertThat(schemas.faults(mets)).isEmpty();
        assertThat(schemas.faults(Files.readString(metadata.resolve("eep.xml"))))
                .isEmpty();
        // The judge sees into what METS wraps, of either kind.
        assertThat(schemas.faults(mets.replaceFirst("<premis:size>", "<premis:size>about ")))
                .isNotEmpty();
        assertThat(schemas.faults(mets.replaceFirst("(?s)<premis:eventType>.*?</premis:eventType>", "")))
                .isNotEmpty();
        assertThat(schemas.faults(mets.replaceFirst("ADMID=\"amd-1\"", "ADMID=\"nobody\"")))
                .isNotEmpty();
        assertThat(schemas.faults(mets.replaceFirst("CHECKSUMTYPE=\"SHA-256\"", "CHECKSUMTYPE=\"SHA-99\"")))
                .isNotEmpty();
    }

    @Test
    void theOverviewIsArchivalPdfAndSaysWhatIsInThePackage() throws Exception {
        Path bag = unpacked("overview");
        Path file = bag.resolve("data/metadata/overview.pdf");
        PdfA.assertConforms(Files.readAllBytes(file));
        String text = PdfA.run("pdftotext", "-layout", file.toString(), "-").replaceAll("\\s+", "");
        for (UUID id : ids) {
            Filed filed = world.register.find(id).orElseThrow();
            assertThat(text).contains(filed.archivalCode()).contains("data/" + id + ".asice");
        }
        assertThat(text).contains("归档信息包说明", "乙<&>\"", "执法人员甲", "evidence.file");
        assertThat(Files.readString(bag.resolve("manifest-sha256.txt"))).contains("data/metadata/overview.pdf");
    }

    @Test
    void whatWasWrittenIsReadAgain() throws Exception {
        try (AipReader reader = AipReader.open(zip, 1L << 30)) {
            AipReader.Contents contents = reader.check(read -> {});
            assertThat(contents.items()).extracting(AipItem::evidenceId).containsExactlyElementsOf(ids);
            for (AipItem item : contents.items()) {
                Filed filed = world.register.find(item.evidenceId()).orElseThrow();
                assertThat(item.archivalCode()).isEqualTo(filed.archivalCode());
                assertThat(item.title()).isEqualTo(filed.title());
                assertThat(item.filedAt()).isEqualTo(filed.filedAt());
                assertThat(item.elements()).isEqualTo(Filing.elements(filed));
                assertThat(item.officers()).hasSize(2);
                assertThat(item.retentionYears()).isEqualTo(30);
            }
        }
    }

    @Test
    void itGoesToAFolderToo() throws Exception {
        Path into = Files.createDirectory(folder.resolve("exports"));
        ExportDesk exports = world.exports(into);
        FilingTask task = exports.start(ids.get(0), null, null, true, FilingWorld.ARCHIVIST);
        world.exporter(into).drain();
        assertThat(world.tasks.find(task.id()).orElseThrow().failure()).isNull();
        Path bag = into.resolve("aip-" + ids.get(0));
        run(bag, "sha256sum", "--quiet", "--strict", "-c", "manifest-sha256.txt");
        run(bag, "sha512sum", "--quiet", "--strict", "-c", "tagmanifest-sha512.txt");
        assertThatThrownBy(() -> {
                    FilingTask unused = exports.start(UUID.randomUUID(), null, null, false, FilingWorld.ARCHIVIST);
                })
                .isInstanceOf(org.tiezheng.archive.web.Problem.class);
    }

    // ---- hostile
    // -----------------------------------------------------------------------------------------------------

    private interface Change {
        void to(Map<String, byte[]> files) throws IOException;
    }

    private static Path changed(Change change) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipFile in = new ZipFile(zip.toFile())) {
            Enumeration<? extends ZipEntry> entries = in.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                try (InputStream content = in.getInputStream(entry)) {
                    files.put(entry.getName(), content.readAllBytes());
                }
            }
        }
        change.to(files);
        Path file = Files.createTempFile(folder, "hostile", ".zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> one : files.entrySet()) {
                out.putNextEntry(new ZipEntry(one.getKey()));
                out.write(one.getValue());
                out.closeEntry();
            }
        }
        return file;
    }

    private static List<String> findings(Path file) throws IOException {
        try (AipReader reader = AipReader.open(file, 1L << 30)) {
            AipReader.Contents unused = reader.check(read -> {});
            return List.of();
        } catch (RefusedException refused) {
            return refused.findings().stream()
                    .map(line -> line.substring(0, line.indexOf(':')))
                    .distinct()
                    .toList();
        }
    }

    private static String top(Map<String, byte[]> files) {
        String first = files.keySet().iterator().next();
        return first.substring(0, first.indexOf('/') + 1);
    }

    @Test
    void packedAnewByAnotherProgramItIsTheSame() throws Exception {
        assertThat(findings(changed(files -> {}))).isEmpty();
    }

    @Test
    void whatIsNotWhatItSaysIsRefusedWithItsName() throws Exception {
        assertThat(findings(changed(files -> files.put("../evil.txt", new byte[1]))))
                .contains("NAME");
        assertThat(findings(changed(files -> files.put(top(files) + "data/extra.txt", new byte[1]))))
                .contains("EXTRA");
        assertThat(findings(changed(files -> files.put(top(files) + "data/metadata/x.txt", new byte[1]))))
                .contains("UNLISTED");
        assertThat(findings(changed(files -> files.put(top(files) + "fetch.txt", new byte[1]))))
                .contains("EXTRA");
        assertThat(findings(changed(files -> files.put("other/bagit.txt", new byte[1]))))
                .contains("NO_FOLDER");
        assertThat(findings(changed(files -> files.put(top(files) + "BAGIT.txt", new byte[1]))))
                .contains("TWICE");
        assertThat(findings(changed(files ->
                        files.put(top(files) + "bagit.txt", "BagIt-Version: 9".getBytes(StandardCharsets.US_ASCII)))))
                .contains("NO_BAG");
        assertThat(findings(changed(files -> {
                    byte[] removed = files.remove(top(files) + "data/" + ids.get(0) + ".asice");
                    assertThat(removed).isNotNull();
                })))
                .contains("MISSING");
        assertThat(findings(changed(files -> files.get(top(files) + "data/" + ids.get(0) + ".asice")[500] ^= 1)))
                .contains("DIGEST");
        assertThat(findings(changed(files ->
                        files.put(top(files) + "data/metadata/eep.xml", "<x/>".getBytes(StandardCharsets.US_ASCII)))))
                .contains("DIGEST");
        assertThat(findings(changed(files -> files.put(
                        top(files) + "bag-info.txt", "Payload-Oxum: 1.1\n".getBytes(StandardCharsets.US_ASCII)))))
                .contains("OXUM", "TAG_DIGEST");
        assertThat(findings(changed(files -> files.put(top(files) + "data/metadata/bomb.json", new byte[50 << 20]))))
                .contains("BOMB");
        Path noZip = Files.writeString(folder.resolve("no.zip"), "hello");
        assertThat(findings(noZip)).containsExactly("NOT_A_ZIP");
        assertThatThrownBy(() -> {
                    try (AipReader unused = AipReader.open(zip, 1000)) {
                        throw new AssertionError("opened");
                    }
                })
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("TOO_LARGE");
    }
}
