package org.tiezheng.archive.filing;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLayout;

/**
 * An archival package as one zip that need not exist as a file: documents from the database, packages from the store. Its bytes are
 * the same at every request, so ranges work.
 */
final class AipPackage {
    private final ZipLayout layout;
    private final Map<String, byte[]> documents = new HashMap<>();
    private final Map<String, EvidenceExport.Exported> packages = new HashMap<>();

    /** One package with what was recorded when it was read. */
    record Part(FilingItem item, EvidenceExport.Exported exported) {}

    /** @param top the bag's folder */
    AipPackage(String top, List<FilingTasks.Document> written, List<Part> parts) {
        List<ZipLayout.Item> items = new ArrayList<>();
        for (FilingTasks.Document document : written) {
            // The packages stand before the lists of their digests, behind the declaration.
            if (document.name().startsWith("manifest-sha256")) {
                parts.forEach(part -> add(top, part, items));
            }
            String name = top + "/" + document.name();
            CRC32 crc = new CRC32();
            crc.update(document.content());
            documents.put(name, document.content());
            items.add(new ZipLayout.Item(name, document.content().length, crc.getValue()));
        }
        layout = ZipLayout.of(items);
    }

    private void add(String top, Part part, List<ZipLayout.Item> items) {
        Long size = part.item().sizeBytes();
        Long crc = part.item().crc32();
        if (size == null || crc == null) {
            throw new IllegalArgumentException(
                    "a package that was not read: " + part.item().evidenceId());
        }
        String name = top + "/" + fileName(part.item());
        packages.put(name, part.exported());
        items.add(new ZipLayout.Item(name, size, crc));
    }

    /** Name within the bag. */
    static String fileName(FilingItem item) {
        return "data/" + item.evidenceId() + ".asice";
    }

    long sizeBytes() {
        return layout.sizeBytes();
    }

    /** Writes a range of the zip. Does not close {@code out}. */
    void write(ByteRange range, OutputStream out) throws IOException {
        long from = range.offset();
        long to = from + range.length();
        long position = 0;
        for (Member member : layout.members()) {
            part(out, member.headerOffset(), member.dataOffset(), from, to);
            long begin = Math.max(from, member.dataOffset());
            long end = Math.min(to, member.endOffset());
            if (begin < end) {
                content(out, member, begin - member.dataOffset(), end - begin);
            }
            position = member.endOffset();
        }
        part(out, position, layout.sizeBytes(), from, to);
    }

    /** Headers and directory: nothing of a member's content. */
    private void part(OutputStream out, long start, long end, long from, long to) throws IOException {
        long begin = Math.max(from, start);
        long stop = Math.min(to, end);
        if (begin < stop) {
            layout.write(out, begin, stop - begin, (name, offset) -> {
                throw new FileNotFoundException(name);
            });
        }
    }

    private void content(OutputStream out, Member member, long offset, long length) throws IOException {
        byte[] document = documents.get(member.name());
        if (document != null) {
            try (ByteArrayInputStream in = new ByteArrayInputStream(document, (int) offset, (int) length)) {
                long unused = in.transferTo(out);
            }
            return;
        }
        EvidenceExport.Exported exported = packages.get(member.name());
        if (exported == null) {
            throw new FileNotFoundException(member.name());
        }
        exported.write(new ByteRange(offset, length), out);
    }
}
