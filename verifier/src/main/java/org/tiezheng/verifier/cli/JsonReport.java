package org.tiezheng.verifier.cli;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.Area;
import org.tiezheng.verifier.Facts;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.Report;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reports as JSON, for programs:
 *
 * <pre>
 * {"format": "tiezheng-report/1", "verifiedFor": "2026-11-21T08:00:00Z", "reports": [
 *   {"path": "a.asice", "verdict": "VALID", "areas": {"Z": "VALID", …, "R": "NOT_PRESENT"}, "facts": {…},
 *    "notes": [{"code": "EMBEDDED_AUTHORITY", "text": "…"}],
 *    "notSealed": ["META-INF/trust/root.pem"],
 *    "findings": [{"code": "Z01", "verdict": "VALID", "subject": "package", "details": {}}]},
 *   {"path": "b.asice", "error": "…"}]}
 * </pre>
 *
 * <p>Everything outside ASCII is escaped, so what a package says cannot disturb a terminal.
 */
public final class JsonReport {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private final Messages messages;
    private final ObjectNode root = MAPPER.createObjectNode();
    private final ArrayNode reports;

    JsonReport(Messages messages, Instant verifiedFor) {
        this.messages = messages;
        root.put("format", "tiezheng-report/1");
        root.put("verifiedFor", verifiedFor.toString());
        reports = root.putArray("reports");
    }

    /** One report as a document of this form, in English, for keeping. */
    public static String of(Report report, Instant verifiedFor) {
        JsonReport json = new JsonReport(new Messages(Messages.Language.EN), verifiedFor);
        json.add(Path.of(report.facts().fileName()), report);
        return json.toString();
    }

    void add(Path path, Report report) {
        ObjectNode json = reports.addObject();
        json.put("path", path.toString());
        json.put("verdict", report.verdict().toString());
        ObjectNode areas = json.putObject("areas");
        for (Area area : Area.values()) {
            areas.put(area.toString(), state(report, area));
        }
        facts(json.putObject("facts"), report.facts());
        ArrayNode notes = json.putArray("notes");
        for (Note note : report.notes()) {
            notes.addObject().put("code", note.toString()).put("text", TextReport.note(messages, note, report));
        }
        ArrayNode notSealed = json.putArray("notSealed");
        report.notSealed().forEach(notSealed::add);
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : report.findings()) {
            ObjectNode one = findings.addObject()
                    .put("code", finding.code().toString())
                    .put("verdict", finding.verdict().toString())
                    .put("subject", finding.subject());
            ObjectNode details = one.putObject("details");
            finding.details().forEach(details::put);
            if (finding.verdict() != Verdict.VALID) {
                one.put("title", messages.code(finding.code(), "title"));
            }
        }
    }

    void addError(Path path, String error) {
        reports.addObject().put("path", path.toString()).put("error", error);
    }

    private static String state(Report report, Area area) {
        if (area == Area.R && report.notes().contains(Note.EVIDENCE_RECORD_NOT_PRESENT)
                || area == Area.L && report.notes().contains(Note.LOG_PROOF_NOT_PRESENT)) {
            return "NOT_PRESENT";
        }
        return report.verdict(area).map(Verdict::toString).orElse("NOT_CHECKED");
    }

    private static void facts(ObjectNode json, Facts facts) {
        json.put("fileName", facts.fileName());
        json.put("sizeBytes", facts.sizeBytes());
        json.put("packageId", facts.packageId());
        json.put(
                "sha256", facts.waczSha256() == null ? null : facts.waczSha256().hex());
        json.put("sm3", facts.waczSm3() == null ? null : facts.waczSm3().hex());
        json.put("targetUrl", facts.targetUrl());
        json.put("completeness", facts.completeness());
        ArrayNode reasons = json.putArray("completenessReasons");
        facts.completenessReasons().forEach(reasons::add);
        bound(json, "after", facts.after());
        bound(json, "before", facts.before());
        json.put("signer", facts.signer());
        json.put("signatureAnchor", facts.signatureAnchor());
        ArrayNode tokens = json.putArray("tokens");
        for (Facts.Token token : facts.tokens()) {
            tokens.addObject()
                    .put("subject", token.subject())
                    .put("genTime", token.genTime().toString())
                    .put("authority", token.authority())
                    .put("anchor", token.anchor())
                    .put("embedded", token.embedded())
                    .put("verdict", token.verdict().toString());
        }
    }

    private static void bound(ObjectNode json, String name, Facts.@Nullable Bound bound) {
        if (bound == null) {
            json.putNull(name);
        } else {
            json.putObject(name).put("genTime", bound.genTime().toString()).put("proved", bound.proved());
        }
    }

    @Override
    public String toString() {
        return MAPPER.writeValueAsString(root);
    }
}
