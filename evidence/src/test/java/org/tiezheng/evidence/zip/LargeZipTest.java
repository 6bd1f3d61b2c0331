package org.tiezheng.evidence.zip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.OtherTools;

/** A member of more than 4 GiB, written by our writer into a sparse file and read by other people's programs. */
class LargeZipTest {
    private static final long SIZE = (1L << 32) + 12_345;
    private static final long NEEDED_BYTES = 10L << 30;

    @TempDir
    Path folder;

    /** Leaves holes where it is given zeros, so that the test needs address space and no disk. */
    private static final class SparseOutput extends OutputStream {
        private final FileChannel channel;
        private long position;

        SparseOutput(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            boolean zeros = true;
            for (int i = offset; i < offset + length && zeros; i++) {
                zeros = bytes[i] == 0;
            }
            if (!zeros) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
                while (buffer.hasRemaining()) {
                    channel.write(buffer, position + buffer.position() - offset);
                }
            }
            position += length;
        }
    }

    @Test
    void zip64IsReadByUnzipPythonJavaAndOurselves() throws Exception {
        // A file system without holes would need the space for real.
        Assumptions.assumeTrue(
                Files.getFileStore(folder).getUsableSpace() >= NEEDED_BYTES,
                "less than 10 GB free: members beyond 4 GiB were not tried with other people's programs");
        Path content = folder.resolve("content");
        byte[] end = "the end of it".getBytes(StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(
                content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(end), SIZE - end.length);
        }
        Path file = folder.resolve("large.zip");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            CanonicalZipWriter zip = new CanonicalZipWriter(new SparseOutput(channel));
            zip.add("first", new byte[] {1});
            zip.addKnown("large", content, digestOf(content));
            zip.add("after", end);
            zip.finish();
        }
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            assertThat(zip.findings()).isEmpty();
            assertThat(zip.members()).extracting(Member::sizeBytes).isEqualTo(List.of(1L, SIZE, (long) end.length));
            Member large = zip.members().get(1);
            assertThat(zip.open(large, SIZE - end.length, end.length).readAllBytes())
                    .isEqualTo(end);
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            assertThat(zip.getEntry("large").getSize()).isEqualTo(SIZE);
            assertThat(zip.getInputStream(zip.getEntry("after")).readAllBytes()).isEqualTo(end);
        }
        assertThat(OtherTools.run(folder, "unzip", "-l", "large.zip")
                        .succeeded()
                        .output())
                .contains(Long.toString(SIZE), "after");
        OtherTools.run(folder, "unzip", "-tq", "large.zip").succeeded();
        assertThat(OtherTools.run(
                                folder,
                                "python3",
                                "-c",
                                "import zipfile; z = zipfile.ZipFile('large.zip');"
                                        + " print(z.getinfo('large').file_size, z.read('after'))")
                        .succeeded()
                        .output())
                .contains(SIZE + " b'the end of it'");
    }

    private static Digest digestOf(Path file) throws IOException {
        var digest = Digest.Algorithm.SHA256.start();
        byte[] buffer = new byte[1 << 17];
        try (var in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest());
    }
}
