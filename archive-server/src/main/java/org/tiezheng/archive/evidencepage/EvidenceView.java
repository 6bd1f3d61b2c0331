package org.tiezheng.archive.evidencepage;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.Verification;
import org.tiezheng.archive.evidencepage.capture.CaptureView;
import org.tiezheng.archive.evidencepage.capture.Shown;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.cli.ReportTexts;

/**
 * What every part of the page of one evidence needs, in the reader's language.
 *
 * @param capture null if capture.json cannot be read, see {@code captureProblem}
 * @param captureProblem {@code store} or {@code unreadable}; null if {@code capture} is there
 * @param report of the verification at ingest; null if the catalogue has none that can be read
 * @param again the latest verification since, that came to a verdict; null if there is none
 * @param againReport what it found; null if there is none, or none that can be read
 */
public record EvidenceView(
        Evidence evidence,
        @Nullable CaptureView capture,
        @Nullable String captureProblem,
        @Nullable VerificationView report,
        @Nullable Verification again,
        @Nullable VerificationView againReport,
        Locale locale,
        MessageSource messages) {

    /** The parts in the order of their links. */
    public static final List<String> PARTS = List.of(
            "screenshot",
            "replay",
            "video",
            "pdf",
            "text",
            "files",
            "wire",
            "environment",
            "proof",
            "history",
            "verify");

    private static final int MAX_HEADING = 160;
    private static final int MOST_REASONS = 5;

    public List<String> parts() {
        return PARTS;
    }

    public UUID id() {
        return evidence.id();
    }

    /** Number in the archive, as lists show it. */
    public String number() {
        return "#" + evidence.number();
    }

    /** Title of the captured page, else its address; fit to be shown. */
    public String heading() {
        String title = evidence.title();
        String text = Shown.text(title == null || title.isBlank() ? evidence.targetUrl() : title.strip());
        return text.length() > MAX_HEADING ? text.substring(0, MAX_HEADING) + "…" : text;
    }

    public String verdictIcon() {
        return switch (evidence.verdict()) {
            case VALID -> "check";
            case INDETERMINATE -> "warn";
            case INVALID -> "bad";
        };
    }

    /** The latest report there is: what is said to be proved follows this one. */
    private @Nullable VerificationView latest() {
        return again == null ? report : againReport;
    }

    /** Whether the latest verification found that the bytes are not what was sealed: then nothing is said to be proved. */
    public boolean refuted() {
        return evidence.verdict() == Verdict.INVALID;
    }

    /** What refutes it, at most {@value #MOST_REASONS}: all checks are with the verification. */
    public List<VerificationView.Finding> refutations() {
        VerificationView known = latest();
        return known == null
                ? List.of()
                : known.problems().stream()
                        .filter(finding -> finding.verdict().equals("INVALID"))
                        .limit(MOST_REASONS)
                        .toList();
    }

    /** Whether the verification at ingest passed, and a later one did not. */
    public boolean passedAtIngest() {
        return again != null && again.verdict() != Verdict.VALID && report != null && "VALID".equals(report.verdict());
    }

    /** What failed first, then what could not be checked, then what passed; each in the order of the report. */
    static List<Verification.Check> worstFirst(List<Verification.Check> checks) {
        return checks.stream()
                .sorted(Comparator.comparing(Verification.Check::verdict).reversed())
                .toList();
    }

    // ---- time bracket ----

    /** Time of the token made before the page was opened; null if there is none. */
    public @Nullable Instant after() {
        VerificationView.Bound after = report == null ? null : report.facts().after();
        return after == null ? null : after.at();
    }

    public boolean afterProved() {
        VerificationView known = latest();
        VerificationView.Bound after = known == null ? null : known.facts().after();
        return !refuted() && after != null && after.proved();
    }

    /** Time of the seal's token. */
    public @Nullable Instant before() {
        VerificationView.Bound before = report == null ? null : report.facts().before();
        return before == null ? evidence.sealedAt() : before.at();
    }

    public boolean beforeProved() {
        VerificationView known = latest();
        VerificationView.Bound before = known == null ? null : known.facts().before();
        return !refuted() && before != null && before.proved();
    }

    /** Whether time servers answered before and after, all within the limit, and nobody set the clock in between. */
    public boolean clockProved() {
        CaptureView known = capture;
        if (known == null) {
            return false;
        }
        CaptureView.Clock clock = known.clock();
        return good(clock.before(), clock.limitMs())
                && good(clock.after(), clock.limitMs())
                && Math.abs(clock.driftMs()) <= clock.limitMs()
                && known.incidents().stream()
                        .noneMatch(incident -> incident.code().startsWith("CLOCK_"));
    }

    private static boolean good(List<CaptureView.TimeAnswer> answers, long limitMs) {
        List<CaptureView.TimeAnswer> usable =
                answers.stream().filter(CaptureView.TimeAnswer::available).toList();
        return !usable.isEmpty()
                && usable.stream()
                        .map(CaptureView.TimeAnswer::offsetMs)
                        .allMatch(offset -> offset != null && Math.abs(offset) <= limitMs);
    }

    /** Milliseconds by which the clock may be wrong. */
    public long clockLimit() {
        CaptureView known = capture;
        return known == null ? 0 : known.clock().limitMs();
    }

    // ---- what is proved ----

    /** @param code of {@code ev.proof.<code>}; a claim that does not hold has words of its own, with {@code .not} */
    public record Proof(String code, boolean holds) {}

    /** Claims with whether the server's latest verification bears them out; none if it refutes the evidence. */
    public List<Proof> proved() {
        List<Proof> claims = new ArrayList<>();
        if (refuted()) {
            return claims;
        }
        boolean unchanged = good("Z") && good("M") && good("W");
        claims.add(proof("unchanged", unchanged));
        claims.add(proof("notAfter", beforeProved()));
        claims.add(proof("notBefore", afterProved()));
        claims.add(proof("signed", good("S")));
        claims.add(proof("derived", derived()));
        claims.add(proof("outside", !evidence.embeddedAuthority() && beforeProved()));
        return claims;
    }

    private static Proof proof(String code, boolean holds) {
        return new Proof(holds ? code : code + ".not", holds);
    }

    /** Not every verification derives again: what was equal at ingest still is if the bytes are the same. */
    private boolean derived() {
        VerificationView known = latest();
        if (known != null && known.hasNote("DERIVATION_EQUAL")) {
            return true;
        }
        return evidence.verdict() == Verdict.VALID && report != null && report.hasNote("DERIVATION_EQUAL");
    }

    private boolean good(String area) {
        VerificationView known = latest();
        return known != null && "VALID".equals(known.areas().get(area));
    }

    /** An area of the verification with its state, see {@code ev.area.*}. */
    public record AreaState(String letter, String state, String kind) {}

    public List<AreaState> areas() {
        VerificationView known = report;
        if (known == null) {
            return List.of();
        }
        List<AreaState> states = new ArrayList<>();
        for (String letter : List.of("Z", "M", "W", "T", "S", "R", "L")) {
            String state = known.areas().getOrDefault(letter, "NOT_CHECKED");
            if (!state.matches("VALID|INDETERMINATE|INVALID|NOT_CHECKED|NOT_PRESENT")) {
                state = "NOT_CHECKED";
            }
            states.add(new AreaState(
                    letter,
                    state,
                    switch (state) {
                        case "VALID" -> "ok";
                        case "INDETERMINATE" -> "warn";
                        case "INVALID" -> "bad";
                        default -> "off";
                    }));
        }
        return states;
    }

    /** What a reader must be told at once, see {@code ev.warning.*}. Source: domain.md, E2 no. 4. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (evidence.embeddedAuthority()) {
            warnings.add("embedded");
        }
        if (evidence.officerIds().size() < 2 && evidence.confirmedAt() == null) {
            warnings.add("oneOfficer");
        }
        CaptureView known = capture;
        if (known != null) {
            if (!clockProved()) {
                warnings.add("clock");
            }
            CaptureView.Survey survey = known.environment().survey();
            if (survey != null
                    && survey.cleanliness().stream()
                            .anyMatch(check -> check.result().equals("NOT_OK"))) {
                warnings.add("notClean");
            }
            if (!known.request().trustedSpki().isEmpty() || known.request().recordInvalidTls()) {
                warnings.add("tls");
            }
            if (known.timeBracket().notBefore() == null) {
                warnings.add("noLowerBound");
            }
        }
        if (evidence.awaitsReview()) {
            warnings.add("review");
        }
        return warnings;
    }

    // ---- completeness ----

    /** @param bad whether it is a number that should be zero and is not */
    public record Count(String name, long value, boolean bad) {}

    /** The counts that are not zero, and the first three. */
    public List<Count> counts() {
        CaptureView known = capture;
        if (known == null) {
            return List.of();
        }
        CaptureView.Counts c = known.completeness().counts();
        List<Count> counts = new ArrayList<>(List.of(
                new Count("requests", c.requests(), false),
                new Count("exchanges", c.exchanges(), false),
                new Count("matched", c.matched(), false)));
        counts.add(new Count("missing", c.missing(), true));
        counts.add(new Count("failed", c.failed(), true));
        counts.add(new Count("truncated", c.truncated(), true));
        counts.add(new Count("undecoded", c.undecoded(), true));
        counts.add(new Count("denied", c.denied(), true));
        counts.add(new Count("imagesNotLoaded", c.imagesNotLoaded(), true));
        counts.add(new Count("extra", c.extra(), false));
        counts.add(new Count("fromCache", c.fromCache(), false));
        counts.add(new Count("fromServiceWorker", c.fromServiceWorker(), false));
        counts.add(new Count("local", c.local(), false));
        counts.add(new Count("cancelled", c.cancelled(), false));
        counts.add(new Count("images", c.images(), false));
        counts.removeIf(count -> count.value() == 0
                && !List.of("requests", "exchanges", "matched", "missing").contains(count.name()));
        return counts.stream()
                .map(count -> new Count(count.name(), count.value(), count.bad() && count.value() > 0))
                .toList();
    }

    // ---- words ----

    /** Text of {@code prefix + code}, or the code itself if the bundle does not know it: packages may be newer than we. */
    public String words(String prefix, @Nullable String code) {
        String known = Objects.requireNonNullElse(code, "");
        String text = messages.getMessage(prefix + known, null, known, locale);
        return text == null ? known : text;
    }

    /** Title of a problem, for a form that was refused. */
    public @Nullable String problem(String code, Object[] arguments) {
        return messages.getMessage("problem." + code, arguments, code, locale);
    }

    /** What to do about it; null if nothing is said. */
    public @Nullable String problemTodo(String code) {
        return messages.getMessage("problem." + code + ".todo", null, null, locale);
    }

    /** What the evidence is linked to now; null if to nothing of this kind. */
    public @Nullable String link(String kind) {
        return switch (kind) {
            case "CLUE" -> evidence.clueNo();
            case "CASE" -> evidence.caseNo();
            case "FACT" -> evidence.factToProve();
            case "SHOP" -> evidence.shop();
            case "PLATFORM" -> evidence.platform();
            default -> null;
        };
    }

    /** What a failed check means. */
    public String codeTitle(String code) {
        return code(code).map(known -> ReportTexts.in(locale).title(known)).orElse(code);
    }

    /** What a check looks at, for one that passed as well: the area it belongs to. */
    public String codeChecks(String code) {
        return code.isEmpty() ? "" : words("ev.area.", code.substring(0, 1));
    }

    private static Optional<Code> code(String text) {
        try {
            return Optional.of(Code.valueOf(text));
        } catch (IllegalArgumentException newer) {
            return Optional.empty();
        }
    }

    public String noteText(VerificationView.Note note) {
        try {
            return ReportTexts.in(locale).note(Note.valueOf(note.code()), List.of());
        } catch (IllegalArgumentException newer) {
            return Objects.requireNonNullElse(note.text(), note.code());
        }
    }

    /** What kind of file this is, by its name: key below {@code ev.kind.}. */
    public String kind(String name) {
        String file = name.substring(name.lastIndexOf('/') + 1);
        if (file.matches("screenshot-[0-9]{3}\\.png")) {
            return "screenshot-tile";
        }
        return messages.getMessage("ev.kind." + file, null, null, locale) == null ? "other" : file;
    }

    /** The step that should have made an artefact, if it did not end well. */
    public CaptureView.@Nullable Step failed(String step) {
        CaptureView known = capture;
        if (known == null) {
            return null;
        }
        String also = step.equals("video-stop") ? "video-start" : step;
        return known.failed(step).or(() -> known.failed(also)).orElse(null);
    }

    /** A time of capture.json; null if it is none. */
    public @Nullable Instant at(@Nullable String text) {
        try {
            return text == null || text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** How long a step took. */
    public String millis(CaptureView.Step step) {
        Instant from = at(step.startedAt());
        Instant to = at(step.endedAt());
        return from == null || to == null ? "—" : Duration.between(from, to).toMillis() + " ms";
    }
}
