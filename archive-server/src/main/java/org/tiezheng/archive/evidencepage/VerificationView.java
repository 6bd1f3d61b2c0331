package org.tiezheng.archive.evidencepage;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A report of the verifier as kept in the catalogue: the first of {@code reports} in a document of the form {@code
 * tiezheng-report/1}. What a package said is in it as the verifier printed it; templates escape it.
 *
 * @param areas state by letter of the area: VALID, INDETERMINATE, INVALID, NOT_CHECKED or NOT_PRESENT
 */
public record VerificationView(
        String verdict, Map<String, String> areas, Facts facts, List<Note> notes, List<Finding> findings) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    public VerificationView(
            @Nullable String verdict,
            @Nullable Map<String, String> areas,
            @Nullable Facts facts,
            @Nullable List<Note> notes,
            @Nullable List<Finding> findings) {
        this.verdict = verdict == null ? "INDETERMINATE" : verdict;
        this.areas = areas == null ? Map.of() : areas;
        this.facts = facts == null ? new Facts(null, null, null, null, null) : facts;
        this.notes = notes == null ? List.of() : notes;
        this.findings = findings == null ? List.of() : findings;
    }

    private record Document(@Nullable List<VerificationView> reports) {}

    /** The report in {@code json}; empty if it is none. */
    public static Optional<VerificationView> read(String json) {
        try {
            List<VerificationView> reports =
                    MAPPER.readValue(json, Document.class).reports();
            return reports == null || reports.isEmpty() ? Optional.empty() : Optional.of(reports.get(0));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    public record Facts(
            @Nullable Bound after,
            @Nullable Bound before,
            @Nullable String signer,
            @Nullable String signatureAnchor,
            List<Token> tokens) {
        public Facts(
                @Nullable Bound after,
                @Nullable Bound before,
                @Nullable String signer,
                @Nullable String signatureAnchor,
                @Nullable List<Token> tokens) {
            this.after = after;
            this.before = before;
            this.signer = signer;
            this.signatureAnchor = signatureAnchor;
            this.tokens = tokens == null ? List.of() : tokens;
        }
    }

    /** One end of the time bracket. */
    public record Bound(@Nullable String genTime, boolean proved) {
        public @Nullable Instant at() {
            return time(genTime);
        }
    }

    /** A time-stamp. */
    public record Token(
            @Nullable String subject,
            @Nullable String genTime,
            @Nullable String authority,
            @Nullable String anchor,
            boolean embedded,
            @Nullable String verdict) {
        public @Nullable Instant at() {
            return time(genTime);
        }
    }

    public record Note(String code, @Nullable String text) {
        public Note {
            code = Objects.requireNonNullElse(code, "");
        }
    }

    public record Finding(
            String code,
            String verdict,
            @Nullable String subject,
            @Nullable Map<String, String> details) {
        public Finding {
            code = Objects.requireNonNullElse(code, "");
            verdict = Objects.requireNonNullElse(verdict, "");
        }
    }

    public boolean hasNote(String code) {
        return notes.stream().anyMatch(note -> note.code().equals(code));
    }

    /** Findings that are not VALID. */
    public List<Finding> problems() {
        return findings.stream()
                .filter(finding -> !finding.verdict().equals("VALID"))
                .toList();
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
