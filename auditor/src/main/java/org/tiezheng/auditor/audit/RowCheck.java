package org.tiezheng.auditor.audit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.register.RegisterField;
import org.tiezheng.evidence.register.RegisterRow;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLayout;
import org.tiezheng.evidence.zip.ZipLimits;
import org.tiezheng.verifier.Facts;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares the row of a package with the package itself: what the catalogue took from it must stand in it. */
final class RowCheck {
    private static final String CAPTURE = "evidence/capture.json";
    private static final int MAX_JSON_BYTES = 32 << 20;
    /** The catalogue cuts texts there. */
    private static final int MAX_CHARS = 8000;
    /** Which of a seal's tokens counts depends on whom one trusts; all are of one moment. */
    private static final Duration TOLERANCE = Duration.ofMinutes(10);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final RegisterRow row;
    private final UnitLog log;

    RowCheck(RegisterRow row, UnitLog log) {
        this.row = row;
        this.log = log;
    }

    /** The file as it arrived, put together again: its size and its digest. */
    void file(ZipLayout layout, ZipLayout.Source source) throws IOException {
        same(RegisterField.PACKAGE_SIZE, Long.toString(layout.sizeBytes()));
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        layout.write(
                new java.security.DigestOutputStream(java.io.OutputStream.nullOutputStream(), digest),
                0,
                layout.sizeBytes(),
                source);
        same(RegisterField.PACKAGE_SHA256, HexFormat.of().formatHex(digest.digest()));
    }

    /** What the verifier saw. */
    void facts(Facts facts) {
        same(RegisterField.URL, text(facts.targetUrl()));
        same(RegisterField.COMPLETENESS, String.valueOf(facts.completeness()));
        Facts.Bound sealed = facts.before();
        Instant said = time(row.get(RegisterField.SEALED).orElse("")).orElse(null);
        if (sealed != null
                && said != null
                && Duration.between(said, sealed.genTime()).abs().compareTo(TOLERANCE) > 0) {
            differs(RegisterField.SEALED, sealed.genTime().toString());
        }
    }

    /** What its capture.json says. */
    void capture(FileChannel channel) throws IOException {
        CanonicalZipReader outer = CanonicalZipReader.read(channel);
        Optional<Member> wacz = outer.member(AsicNames.WACZ);
        if (wacz.isEmpty()) {
            return;
        }
        CanonicalZipReader inner = outer.nested(wacz.get(), ZipLimits.DEFAULT);
        Optional<Member> member = inner.member(CAPTURE);
        if (member.isEmpty()) {
            return;
        }
        JsonNode capture;
        try {
            capture =
                    JSON.readTree(inner.readSmall(member.get(), MAX_JSON_BYTES).orElse(new byte[] {'{', '}'}));
        } catch (JacksonException named) {
            return; // By the verifier.
        }
        same(RegisterField.TITLE, text(capture.path("target").path("title")));
        same(RegisterField.FINAL_URL, text(capture.path("target").path("finalUrl")));
        Optional<Instant> from = times(capture, "startedAt").stream().min(Comparator.naturalOrder());
        if (from.isPresent()) {
            Instant to = times(capture, "endedAt").stream()
                    .max(Comparator.naturalOrder())
                    .filter(end -> !end.isBefore(from.get()))
                    .orElse(from.get());
            same(RegisterField.FROM, from.get().truncatedTo(ChronoUnit.SECONDS).toString());
            same(RegisterField.TO, to.truncatedTo(ChronoUnit.SECONDS).toString());
        }
    }

    private void same(RegisterField field, String right) {
        if (!row.get(field).orElse("").equals(right)) {
            differs(field, right);
        }
    }

    private void differs(RegisterField field, String right) {
        log.invalid(
                AuditCode.ROW_DIFFERS,
                RegisterRows.subject(row),
                "its " + field.word() + " is \"" + row.get(field).orElse("") + "\", in the package \"" + right + "\"");
    }

    private static List<Instant> times(JsonNode capture, String key) {
        List<Instant> times = new ArrayList<>();
        for (JsonNode step : capture.path("steps")) {
            time(step.path(key).asString("")).ifPresent(times::add);
        }
        return times;
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException none) {
            return Optional.empty();
        }
    }

    private static String text(JsonNode value) {
        return value.isString() && !value.asString().isBlank() ? text(value.asString()) : "";
    }

    /** As a database can hold it: cut, with U+FFFD for what is no character. */
    private static String text(@Nullable String text) {
        if (text == null) {
            return "";
        }
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(MAX_CHARS)
                .map(point -> point == 0 || point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE
                        ? 0xFFFD
                        : point)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }
}
