package org.tiezheng.evidence.zip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** What must hold for any bytes: no exception, members within the file, and no findings means our own bytes. */
final class ZipFuzz {
    private ZipFuzz() {}

    static void check(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            boolean contentIsTrue = true;
            for (Member member : zip.members()) {
                assertThat(member.endOffset()).isBetween(0L, channel.size());
                MemberHasher.Result hashed =
                        MemberHasher.hash(zip, member, "x", false, OutputStream.nullOutputStream());
                contentIsTrue &= hashed.findings().isEmpty();
                zip.nested(member, ZipLimits.DEFAULT);
            }
            if (zip.findings().isEmpty() && contentIsTrue) {
                ByteArrayOutputStream again = new ByteArrayOutputStream();
                CanonicalZipWriter writer = new CanonicalZipWriter(again);
                for (Member member : zip.members()) {
                    writer.add(member.name(), zip.open(member).readAllBytes());
                }
                writer.finish();
                assertThat(again.toByteArray()).isEqualTo(Files.readAllBytes(file));
            }
        }
    }
}
