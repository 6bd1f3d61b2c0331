package org.tiezheng.verifier.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;

/**
 * Tells an archive's audit report, which is sealed into the same kind of container, from an evidence package. It is recognised, not checked:
 * a file that only pretends to be one gets no verdict, and so never VALID. Source: docs/report.md, "Files".
 */
final class AuditReportFile {
    /** The first three members. */
    private static final List<String> BEGINS = List.of(AsicNames.MIMETYPE, "report.pdf", "report.json");

    /** How {@code report.json} begins, white space left out. */
    private static final String FORM = "{\"form\":\"org.tiezheng.audit-report\",";

    private static final int BEGINNING_BYTES = 100;

    private AuditReportFile() {}

    static boolean is(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            List<String> names = zip.members().stream().map(Member::name).toList();
            if (!zip.findings().isEmpty()
                    || names.size() < BEGINS.size()
                    || !names.subList(0, BEGINS.size()).equals(BEGINS)
                    || names.contains(AsicNames.WACZ)
                    || names.contains(AsicNames.DATAPACKAGE)) {
                return false;
            }
            try (InputStream in = zip.open(zip.members().get(2))) {
                String json = new String(in.readNBytes(BEGINNING_BYTES), StandardCharsets.ISO_8859_1);
                return json.replaceAll("\\s", "").startsWith(FORM);
            }
        }
    }
}
