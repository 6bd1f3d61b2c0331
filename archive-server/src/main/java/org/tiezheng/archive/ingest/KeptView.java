package org.tiezheng.archive.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tiezheng.evidence.Code;
import org.tiezheng.verifier.cli.ReportTexts;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One package that is kept apart, for a screen.
 *
 * @param findings what the verification found that is not VALID, at most 50
 * @param targetUrl as the package says, if it could be read
 */
public record KeptView(Upload upload, List<Finding> findings, String targetUrl) {
    private static final int MOST = 50;

    /** What a check saw, in the reader's language. */
    public record Finding(
            String code, String verdict, String subject, String title, String meaning, String action, String details) {}

    static KeptView of(Upload upload, Locale locale) {
        List<Finding> findings = new ArrayList<>();
        String url = "";
        try {
            JsonNode report = upload.report() == null
                    ? JsonMapper.shared().createObjectNode()
                    : JsonMapper.shared()
                            .readTree(upload.report())
                            .path("reports")
                            .path(0);
            url = report.path("facts").path("targetUrl").asString("");
            ReportTexts texts = ReportTexts.in(locale);
            for (JsonNode finding : report.path("findings")) {
                String verdict = finding.path("verdict").asString("");
                if (verdict.equals("VALID") || findings.size() >= MOST) {
                    continue;
                }
                Code code = Code.valueOf(finding.path("code").asString(""));
                StringBuilder details = new StringBuilder();
                finding.path("details")
                        .properties()
                        .forEach(detail -> details.append(details.isEmpty() ? "" : "; ")
                                .append(detail.getKey())
                                .append('=')
                                .append(detail.getValue().asString("")));
                findings.add(new Finding(
                        code.name(),
                        verdict,
                        finding.path("subject").asString(""),
                        texts.title(code),
                        texts.meaning(code),
                        texts.action(code),
                        details.toString()));
            }
        } catch (JacksonException | IllegalArgumentException unreadable) {
            // A report of another version: the reason of the row is shown without it.
            return new KeptView(upload, List.copyOf(findings), url);
        }
        return new KeptView(upload, List.copyOf(findings), url);
    }
}
