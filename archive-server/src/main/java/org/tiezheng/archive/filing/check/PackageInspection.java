package org.tiezheng.archive.filing.check;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.Confirmations.Confirmation;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLimits;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything about one package that the rules look at: bytes recomputed, the verifier's report, metadata out of the package and out
 * of the database, what persons and programs did.
 *
 * @param report of the verifier over the package out of the store, SM3 included
 * @param walked what one pass over all bytes showed
 * @param capture capture.json; an empty object if it cannot be read
 * @param captureFaults where it does not follow its schema
 * @param datapackage datapackage.json of the WACZ; an empty object if it cannot be read
 * @param opened every file of the WACZ by name, opened as its type asks
 * @param scanner what virus scanner there is; null: none is configured
 * @param events audit events of this evidence, oldest first
 * @param chainBreaks numbers of events whose predecessor is not there or is another
 * @param isLogged whether the transparency log has the package, or will in a few seconds
 * @param now time of the check
 */
record PackageInspection(
        Evidence evidence,
        List<EvidenceObject> objects,
        List<EvidenceFile> files,
        Report report,
        PackageWalk.Walked walked,
        JsonNode capture,
        List<SchemaFault> captureFaults,
        JsonNode datapackage,
        Map<String, ContentCheck.Opened> opened,
        @Nullable ScannerState scanner,
        List<Confirmation> confirmations,
        List<CaseLinks.Review> reviews,
        int laterLinks,
        List<AuditEntry> events,
        List<Long> chainBreaks,
        boolean isLogged,
        CodeState code,
        Instant now) {

    /**
     * The virus scanner.
     *
     * @param version as it says itself; null if it could not be asked
     * @param failure why not
     */
    record ScannerState(@Nullable String version, @Nullable String failure) {}

    private static final int MAX_JSON = 64 << 20;

    /** The part that is read from the package. */
    record FromPackage(
            Report report,
            PackageWalk.Walked walked,
            JsonNode capture,
            List<SchemaFault> captureFaults,
            JsonNode datapackage,
            Map<String, ContentCheck.Opened> opened) {}

    /**
     * Reads the package: once for the verifier, once for the digests, and its files as they are opened.
     *
     * @param progress told of the first two passes as of one
     */
    static FromPackage read(
            FileChannel channel,
            Evidence evidence,
            org.tiezheng.evidence.trust.TrustAnchors anchors,
            Instant at,
            CaptureSchema schema,
            ContentCheck content,
            PackageWalk.Scanner scanner,
            PackageWalk.Progress progress)
            throws IOException {
        long size = channel.size();
        Report report = new Verifier(anchors, Clock.fixed(at, ZoneOffset.UTC), new VerifierOptions(true, false))
                .verify(channel, evidence.fileName(), (read, of) -> progress.read(read / 2, size));
        PackageWalk.Walked walked =
                PackageWalk.walk(channel, scanner, (read, of) -> progress.read(of / 2 + read / 2, size));
        CanonicalZipReader outer = CanonicalZipReader.read(channel);
        Optional<Member> wacz = outer.member(AsicNames.WACZ);
        JsonNode capture = JsonMapper.shared().createObjectNode();
        List<SchemaFault> faults = List.of(new SchemaFault("json", "not there"));
        JsonNode datapackage = JsonMapper.shared().createObjectNode();
        Map<String, ContentCheck.Opened> opened = new LinkedHashMap<>();
        if (wacz.isPresent()) {
            CanonicalZipReader inner = outer.nested(wacz.get(), ZipLimits.DEFAULT);
            Optional<String> text = text(inner, "evidence/capture.json");
            if (text.isPresent()) {
                faults = schema.faults(text.get());
                capture = json(text.get());
            }
            datapackage =
                    text(inner, "datapackage.json").map(PackageInspection::json).orElse(datapackage);
            for (Member member : inner.members()) {
                Optional<FileType> type = FileType.ofName(member.name());
                opened.putIfAbsent(
                        member.name(),
                        type.isEmpty()
                                ? ContentCheck.Opened.notTried("unknown format")
                                : content.open(type.get(), member.sizeBytes(), inner.open(member)));
                progress.read(size, size);
            }
        }
        return new FromPackage(report, walked, capture, faults, datapackage, opened);
    }

    private static Optional<String> text(CanonicalZipReader zip, String name) throws IOException {
        Optional<Member> member = zip.member(name);
        if (member.isEmpty()) {
            return Optional.empty();
        }
        return zip.readSmall(member.get(), MAX_JSON).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static JsonNode json(String text) {
        try {
            JsonNode node = JsonMapper.shared().readTree(text);
            return node.isObject() ? node : JsonMapper.shared().createObjectNode();
        } catch (JacksonException bad) {
            return JsonMapper.shared().createObjectNode();
        }
    }

    /** Findings of the verifier with one of these first letters that are not VALID. */
    List<Finding> problems(String letters) {
        return report.findings().stream()
                .filter(finding -> finding.verdict() != Verdict.VALID)
                .filter(finding -> letters.indexOf(finding.code().name().charAt(0)) >= 0)
                .toList();
    }

    /** Findings of these codes that are not VALID. */
    List<Finding> problemsOf(String... codes) {
        List<String> wanted = List.of(codes);
        return report.findings().stream()
                .filter(finding -> finding.verdict() != Verdict.VALID)
                .filter(finding -> wanted.contains(finding.code().name()))
                .toList();
    }

    static boolean isDigest(@Nullable String text) {
        return text != null && Digest.isTextForm(text);
    }
}
