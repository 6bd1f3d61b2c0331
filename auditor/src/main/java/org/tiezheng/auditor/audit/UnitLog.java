package org.tiezheng.auditor.audit;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tiezheng.evidence.Verdict;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one unit of work saw: findings and notes, a line of JSON each, straight to disk, for there may be millions.
 *
 * <p>Used by one thread.
 */
final class UnitLog implements Closeable {
    static final JsonMapper JSON = JsonMapper.builder().build();

    /** What is listed without being wrong. */
    enum Note {
        /** A package that no evidence record covers yet. */
        RECORD_PENDING,
        /** An object so new that its entry may not be in the log yet. */
        OBJECT_NEW,
        /** An object that a repair has replaced. */
        OBJECT_REPAIRED,
        /** An object of the store's own self-test. */
        OBJECT_OF_SELF_TEST,
        /** A package whose destruction has begun, not long ago. */
        DISPOSAL_RUNNING,
        /** A row of the catalogue in which people changed something since an earlier register, as they may. */
        ROW_NOTES,
        /** An object of the log's own copy in the store. */
        OBJECT_OF_LOG
    }

    /** A line of the file: a finding, or a note with nothing but its subject. */
    record Line(String code, String verdict, String place, String subject, String reason) {
        static Line of(AuditFinding finding) {
            return new Line(
                    finding.code().toString(),
                    finding.verdict().name(),
                    finding.place(),
                    finding.subject(),
                    finding.reason());
        }

        boolean isNote() {
            return verdict.isEmpty();
        }
    }

    private final BufferedWriter out;
    private final Tally tally = new Tally();
    private final String place;

    /** @param place of the findings: a copy's name, or empty */
    UnitLog(Path file, String place) throws IOException {
        this.out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        this.place = place;
    }

    /** So many more are there to be checked. */
    void expect(Area area, long count) {
        tally.add(area, place, new Tally.Count(count, 0, 0));
    }

    /** So many more were checked. */
    void checked(Area area, long count) {
        tally.add(area, place, new Tally.Count(0, count, 0));
    }

    void invalid(AuditCode code, String subject, String reason) {
        add(code, Verdict.INVALID, subject, reason);
    }

    void open(AuditCode code, String subject, String reason) {
        add(code, Verdict.INDETERMINATE, subject, reason);
    }

    void add(AuditCode code, Verdict verdict, String subject, String reason) {
        tally.add(code.area(), place, new Tally.Count(0, 0, 1));
        write(Line.of(new AuditFinding(code, verdict, place, subject, reason)));
    }

    void note(Note note, String subject) {
        write(new Line(note.name(), "", place, subject, ""));
    }

    private void write(Line line) {
        try {
            out.write(JSON.writeValueAsString(line));
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Tally tally() {
        return tally;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
