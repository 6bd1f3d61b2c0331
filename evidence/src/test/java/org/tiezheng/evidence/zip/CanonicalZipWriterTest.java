package org.tiezheng.evidence.zip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.OtherTools;

class CanonicalZipWriterTest {
    private static final String MIME = "application/vnd.etsi.asic-e+zip";

    @TempDir
    Path folder;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] twoMembers() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CanonicalZipWriter zip = new CanonicalZipWriter(bytes);
        zip.add("mimetype", ascii(MIME));
        zip.add("a/b.txt", ascii("hello\n"));
        assertThat(zip.finish()).isEqualTo(bytes.size());
        return bytes.toByteArray();
    }

    @Test
    void everyByteIsTheOneOfTheFormatDocument() throws IOException {
        String expected = """
                504b0304 0a00 0000 0000 0000 2100 8a21f945 1f000000 1f000000 0800 0000
                6d696d6574797065
                6170706c69636174696f6e2f766e642e657473692e617369632d652b7a6970
                504b0304 0a00 0000 0000 0000 2100 20303a36 06000000 06000000 0700 0000
                612f622e747874
                68656c6c6f0a
                504b0102 0a00 0a00 0000 0000 0000 2100 8a21f945 1f000000 1f000000 0800 0000 0000 0000 0000 00000000 00000000
                6d696d6574797065
                504b0102 0a00 0a00 0000 0000 0000 2100 20303a36 06000000 06000000 0700 0000 0000 0000 0000 00000000 45000000
                612f622e747874
                504b0506 0000 0000 0200 0200 6b000000 70000000 0000
                """;
        assertThat(HexFormat.of().formatHex(twoMembers())).isEqualTo(expected.replaceAll("\\s", ""));
    }

    @Test
    void mimetypeStandsAtByte30ItsTextAt38AndTheNextHeaderAt69() throws IOException {
        byte[] zip = twoMembers();
        assertThat(Arrays.copyOfRange(zip, 0, 4)).containsExactly('P', 'K', 3, 4);
        assertThat(Arrays.copyOfRange(zip, 30, 38)).isEqualTo(ascii("mimetype"));
        assertThat(Arrays.copyOfRange(zip, 38, 69)).isEqualTo(ascii(MIME));
        assertThat(Arrays.copyOfRange(zip, 69, 73)).containsExactly('P', 'K', 3, 4);
    }

    @Test
    void unzipPythonAndJavaReadIt() throws Exception {
        Path file = folder.resolve("two.zip");
        Files.write(file, twoMembers());
        OtherTools.run(folder, "unzip", "-t", "two.zip").succeeded();
        assertThat(OtherTools.run(folder, "unzip", "-l", "two.zip").succeeded().output())
                .contains("mimetype", "a/b.txt", "2 files");
        assertThat(OtherTools.run(folder, "python3", "-m", "zipfile", "-t", "two.zip")
                        .succeeded()
                        .output())
                .contains("Done testing");
        try (java.util.zip.ZipFile zip = new java.util.zip.ZipFile(file.toFile())) {
            assertThat(zip.getInputStream(zip.getEntry("a/b.txt")).readAllBytes())
                    .isEqualTo(ascii("hello\n"));
        }
    }

    @Test
    void fileCommandPrintsTheMimeType() throws Exception {
        Files.write(folder.resolve("x.asice"), twoMembers());
        assertThat(OtherTools.run(folder, "file", "x.asice").succeeded().output())
                .contains('"' + MIME + '"');
    }

    @Test
    void digestsOfMembersAndOfTheWholeComeFromTheSamePass() throws IOException {
        Path content = folder.resolve("content");
        byte[] bytes = new byte[300_000];
        new java.util.Random(1).nextBytes(bytes);
        Files.write(content, bytes);
        Path file = folder.resolve("out.zip");
        Digests whole;
        Digests member;
        try (OutputStream out = Files.newOutputStream(file)) {
            DigestingOutputStream digesting = new DigestingOutputStream(out);
            CanonicalZipWriter zip = new CanonicalZipWriter(digesting);
            member = zip.add("content", content);
            zip.finish();
            whole = digesting.digests();
        }
        assertThat(member.sha256()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, bytes));
        assertThat(member.sm3()).isEqualTo(Digest.of(Digest.Algorithm.SM3, bytes));
        assertThat(member.sizeBytes()).isEqualTo(bytes.length);
        assertThat(whole.sha256()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, Files.readAllBytes(file)));
        assertThat(whole.sizeBytes()).isEqualTo(Files.size(file));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/a", "a/", "a//b", "../a", "a/..", "a..b", ".", "a/./b", "a b", "a\\b", "C:a", "名", "a\n"})
    void illegalNamesAreRefused(String name) {
        CanonicalZipWriter zip = new CanonicalZipWriter(OutputStream.nullOutputStream());
        assertThatThrownBy(() -> zip.add(name, new byte[0])).isInstanceOf(IllegalArgumentException.class);
        assertThat(MemberNames.isLegal(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"A.TXT", "a.txt", "a.txt/b"})
    void clashingNamesAreRefused(String second) throws IOException {
        CanonicalZipWriter zip = new CanonicalZipWriter(OutputStream.nullOutputStream());
        zip.add("a.txt", new byte[0]);
        assertThatThrownBy(() -> zip.add(second, new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNameThatIsAFolderAlreadyIsRefused() throws IOException {
        CanonicalZipWriter zip = new CanonicalZipWriter(OutputStream.nullOutputStream());
        zip.add("a/b", new byte[0]);
        assertThatThrownBy(() -> zip.add("A", new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFileThatIsNotTheKnownOneIsRefused() throws IOException {
        Path file = folder.resolve("changed");
        Files.writeString(file, "after");
        CanonicalZipWriter zip = new CanonicalZipWriter(OutputStream.nullOutputStream());
        Digest before = Digest.of(Digest.Algorithm.SHA256, ascii("before"));
        assertThatThrownBy(() -> zip.addKnown("x", file, before))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has changed");
    }

    @Test
    void theLayoutGivesTheSameBytesInAnyRange() throws IOException {
        byte[] whole = twoMembers();
        Map<String, byte[]> contents = Map.of("mimetype", ascii(MIME), "a/b.txt", ascii("hello\n"));
        ZipLayout layout = ZipLayout.of(List.of(
                new ZipLayout.Item("mimetype", 31, 0x45f9218aL), new ZipLayout.Item("a/b.txt", 6, 0x363a3020L)));
        assertThat(layout.sizeBytes()).isEqualTo(whole.length);
        for (int from = 0; from <= whole.length; from++) {
            for (int to = from; to <= whole.length; to++) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                layout.write(out, from, to - from, (name, offset) -> {
                    byte[] content = contents.get(name);
                    return new ByteArrayInputStream(content, (int) offset, content.length - (int) offset);
                });
                assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(whole, from, to));
            }
        }
    }
}
