package org.tiezheng.archive.preservation.report;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;

/** Files of finished reports, from the store; every one is compared with its digest before the first byte goes out. */
public final class ReportFiles {
    private final KeptObjects kept;
    private final Path folder;

    /** @param folder for copies while they are read; each goes when it is closed */
    ReportFiles(KeptObjects kept, Path folder) {
        this.kept = kept;
        this.folder = folder;
    }

    /** A file of a report, open until closed. */
    public static final class Opened implements Closeable {
        private final String name;
        private final long sizeBytes;
        private final FileChannel channel;
        private final InputStream content;

        private Opened(String name, long sizeBytes, FileChannel channel, InputStream content) {
            this.name = name;
            this.sizeBytes = sizeBytes;
            this.channel = channel;
            this.content = content;
        }

        public String name() {
            return name;
        }

        public long sizeBytes() {
            return sizeBytes;
        }

        /** Once. */
        public void copyTo(OutputStream out) throws IOException {
            long unused = content.transferTo(out);
        }

        @Override
        public void close() throws IOException {
            try (channel) {
                content.close();
            }
        }
    }

    /**
     * Opens the container itself ({@code <number>.asice}) or a member of it, such as {@code report.pdf}.
     *
     * @return empty if the report has no such file
     * @throws IOException if the store does not give it, or gives other bytes than were kept
     */
    public Optional<Opened> open(AuditReport report, String name) throws IOException {
        if (report.state() != AuditReport.State.DONE) {
            return Optional.empty();
        }
        // The copy has no name any more once it is open: it goes with whoever reads it.
        FileChannel channel =
                FileChannel.open(fetch(report), StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE);
        try {
            if (name.equals(report.number() + ".asice")) {
                return Optional.of(new Opened(name, channel.size(), channel, Channels.newInputStream(channel)));
            }
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            Optional<Member> member = zip.member(name);
            if (member.isEmpty()) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new Opened(name, member.get().sizeBytes(), channel, zip.open(member.get())));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Names of the tables of a report, {@code tables/….csv}. */
    public List<String> tables(AuditReport report) throws IOException {
        if (report.state() != AuditReport.State.DONE) {
            return List.of();
        }
        try (FileChannel channel =
                FileChannel.open(fetch(report), StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE)) {
            return CanonicalZipReader.read(channel).members().stream()
                    .map(Member::name)
                    .filter(name -> name.startsWith("tables/"))
                    .toList();
        }
    }

    /** A copy of the container on this machine. Reading the last byte fails if it is not what was kept. */
    private Path fetch(AuditReport report) throws IOException {
        KeptObject object = kept.find(KeptObjects.Kind.REPORT, report.id())
                .orElseThrow(() -> new IOException("report " + report.number() + " has no kept object"));
        Path copy = Files.createTempFile(folder, "open", ".asice");
        try (InputStream in = kept.open(object)) {
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return copy;
        } catch (IOException e) {
            Files.deleteIfExists(copy);
            throw e;
        }
    }
}
