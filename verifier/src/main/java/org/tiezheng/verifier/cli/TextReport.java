package org.tiezheng.verifier.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.Area;
import org.tiezheng.verifier.Facts;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.Report;

/**
 * A report for a lawyer: the verdict first, then what was looked at, when it was, what that proves and what
 * it does not; at the end the details, each line beginning with its code so that grep works.
 */
final class TextReport {
    private final Messages messages;
    private final PrintWriter out;

    TextReport(Messages messages, PrintWriter out) {
        this.messages = messages;
        this.out = out;
    }

    void print(Report report, boolean quiet) {
        verdict(report);
        if (!quiet) {
            facts(report.facts());
            areas(report);
            time(report.facts());
            lines("report.notes", notes(report));
            lines("report.proved", proved(report));
            lines("report.notProved", notProved(report));
        }
        details(report, quiet);
    }

    private void verdict(Report report) {
        Verdict verdict = report.verdict();
        line("report.verdict", messages.get("verdict." + verdict), verdict);
        out.println(messages.get("verdict." + verdict + ".sentence"));
        // Unchanged is not complete: a blocked page is kept, sealed and VALID, and must not pass for the shop's page.
        if (report.notes().contains(Note.CAPTURE_NOT_COMPLETE)) {
            completeness(report.facts());
        }
    }

    private void completeness(Facts facts) {
        lineIf("report.completeness", facts.completeness());
        if (!facts.completenessReasons().isEmpty()) {
            line("report.reasons", Printable.of(String.join(", ", facts.completenessReasons())));
        }
    }

    private void facts(Facts facts) {
        out.println();
        line("report.file", Printable.of(facts.fileName()), facts.sizeBytes());
        lineIf("report.id", facts.packageId());
        lineIf("report.url", facts.targetUrl());
        completeness(facts);
        lineIf(
                "report.sha256",
                facts.waczSha256() == null ? null : facts.waczSha256().hex());
        lineIf("report.sm3", facts.waczSm3() == null ? null : facts.waczSm3().hex());
        lineIf("report.signer", facts.signer());
        lineIf("report.anchor", facts.signatureAnchor());
    }

    private void areas(Report report) {
        out.println();
        line("report.checks");
        for (Area area : Area.values()) {
            out.println("  " + area + "  " + messages.get("area." + area) + "  " + state(report, area));
        }
    }

    private String state(Report report, Area area) {
        Set<Note> notes = report.notes();
        if (notes.contains(Note.STOPPED_AT_CONTAINER) && area != Area.Z) {
            return messages.get("area.notRun");
        }
        if (area == Area.R && notes.contains(Note.EVIDENCE_RECORD_NOT_PRESENT)) {
            return messages.get("area.notPresent");
        }
        if (area == Area.L && notes.contains(Note.LOG_PROOF_NOT_PRESENT)) {
            return messages.get("area.notPresent");
        }
        Optional<Verdict> verdict = report.verdict(area);
        String state = verdict.map(v -> messages.get("verdict." + v)).orElse(messages.get("area.notRun"));
        // Anybody can make a tree with this package in it: the word alone would say too much.
        return area == Area.L && verdict.isPresent() && notes.contains(Note.LOG_NOT_TRUSTED)
                ? messages.get("area.logNotTrusted", state)
                : state;
    }

    private void time(Facts facts) {
        out.println();
        line("report.time");
        bound("report.after", facts.after());
        bound("report.before", facts.before());
        for (Facts.Token token : facts.tokens()) {
            line(
                    "report.token",
                    Times.beijing(token.genTime()),
                    Printable.of(token.authority()) + (token.embedded() ? messages.get("report.token.embedded") : ""),
                    token.anchor() == null
                            ? messages.get("report.token.noAnchor")
                            : messages.get("report.token.anchor", Printable.of(token.anchor())),
                    messages.get("verdict." + token.verdict()),
                    Printable.of(token.subject()));
        }
    }

    private void bound(String key, Facts.@Nullable Bound bound) {
        if (bound == null) {
            line(key + ".unknown");
        } else {
            line(
                    key,
                    Times.beijing(bound.genTime()),
                    Times.utc(bound.genTime()),
                    bound.proved() ? "" : messages.get("report.claimed"));
        }
    }

    private List<String> notes(Report report) {
        return report.notes().stream().map(n -> note(messages, n, report)).toList();
    }

    /** The text of a note; names of known members are safe to print. */
    static String note(Messages messages, Note note, Report report) {
        return messages.get("note." + note, String.join(", ", report.notSealed()));
    }

    private List<String> proved(Report report) {
        Facts facts = report.facts();
        List<String> proved = new ArrayList<>();
        if (report.verdict() != Verdict.VALID) {
            proved.add(messages.get("proved.nothing"));
        }
        boolean intact = isValid(report, Area.Z) && isValid(report, Area.M);
        if (intact && facts.before() != null && facts.before().proved()) {
            proved.add(messages.get(
                    "proved.unchanged", Times.beijing(facts.before().genTime())));
        }
        if (intact) {
            outside(facts)
                    .ifPresent(t -> proved.add(
                            messages.get("proved.external", Times.beijing(t.genTime()), Printable.of(t.authority()))));
        }
        if (intact
                && isValid(report, Area.W)
                && facts.after() != null
                && facts.after().proved()) {
            proved.add(messages.get("proved.after", Times.beijing(facts.after().genTime())));
        }
        if (intact && isValid(report, Area.S) && facts.signer() != null) {
            proved.add(messages.get("proved.signer", Printable.of(facts.signer())));
        }
        if (isValid(report, Area.Z) && isValid(report, Area.W)) {
            proved.add(messages.get("proved.consistent"));
        }
        return proved;
    }

    private List<String> notProved(Report report) {
        Facts facts = report.facts();
        List<String> notProved = new ArrayList<>();
        if (facts.before() == null || !facts.before().proved()) {
            notProved.add(messages.get("notProved.time"));
        }
        if (!isValid(report, Area.S)) {
            notProved.add(messages.get("notProved.signer"));
        }
        if (report.notes().contains(Note.EMBEDDED_AUTHORITY) && outside(facts).isEmpty()) {
            notProved.add(messages.get("notProved.embedded"));
        }
        for (String always : List.of("shop", "truth", "before", "completeness")) {
            notProved.add(messages.get("notProved." + always));
        }
        return notProved;
    }

    /** The earliest good token over the content by an authority that is not the maker's own. */
    private static Optional<Facts.Token> outside(Facts facts) {
        return facts.tokens().stream()
                .filter(t -> t.verdict() == Verdict.VALID && !t.embedded())
                .filter(t -> t.subject().endsWith(".tst"))
                .min(Comparator.comparing(Facts.Token::genTime));
    }

    private static boolean isValid(Report report, Area area) {
        return report.verdict(area).filter(v -> v == Verdict.VALID).isPresent();
    }

    private void lines(String title, List<String> texts) {
        if (texts.isEmpty()) {
            return;
        }
        out.println();
        line(title);
        texts.forEach(text -> out.println("  - " + text));
    }

    private void details(Report report, boolean quiet) {
        List<Finding> problems = report.problems();
        if (problems.isEmpty() && quiet) {
            return;
        }
        out.println();
        line("report.details");
        if (problems.isEmpty()) {
            line("report.details.none");
            return;
        }
        for (Finding finding : problems) {
            out.println(oneLine(finding));
            out.println("    " + messages.code(finding.code(), "title"));
        }
        line("report.explain", problems.get(0).code());
    }

    /** {@code M03 INVALID <subject> reason="…" listed=…}: code first. */
    static String oneLine(Finding finding) {
        StringBuilder text = new StringBuilder()
                .append(finding.code())
                .append(' ')
                .append(finding.verdict())
                .append(' ')
                .append(Printable.of(finding.subject()));
        for (Map.Entry<String, String> detail : finding.details().entrySet()) {
            String value = Printable.of(detail.getValue());
            text.append(' ').append(detail.getKey()).append('=');
            text.append(value.contains(" ") ? "\"" + value + "\"" : value);
        }
        return text.toString();
    }

    private void line(String key, Object... values) {
        out.println(messages.get(key, values));
    }

    private void lineIf(String key, @Nullable String value) {
        if (value != null) {
            line(key, Printable.of(value));
        }
    }
}
