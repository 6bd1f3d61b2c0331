package org.tiezheng.archive.audit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Heads of the audit log noted outside the database, in {@code <data>/archive/audit-heads}: one line each, {@code TIME
 * SEQ:HASH}, the first of each day (UTC+8) and the latest.
 *
 * <p>Whoever can write both this file and the database can forge both: send the file, or the line that {@code verify-chain}
 * prints, to another machine.
 *
 * <p>One writer at a time: the server.
 */
public final class HeadNotes {
    private static final ZoneOffset ZONE = ZoneOffset.ofHours(8);

    private final Path file;

    /** @param folder the server's folder */
    public HeadNotes(Path folder) {
        this.file = folder.resolve("audit-heads");
    }

    private record Note(OffsetDateTime at, ChainHead head) {
        static Optional<Note> parse(String line) {
            int space = line.indexOf(' ');
            if (space < 0) {
                return Optional.empty();
            }
            try {
                OffsetDateTime at = OffsetDateTime.parse(line.substring(0, space));
                return ChainHead.parse(line.substring(space + 1)).map(head -> new Note(at, head));
            } catch (DateTimeParseException notATime) {
                return Optional.empty();
            }
        }

        LocalDate day() {
            return at.withOffsetSameInstant(ZONE).toLocalDate();
        }

        @Override
        public String toString() {
            return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(at) + " " + head;
        }
    }

    /**
     * The heads that were noted, oldest first.
     *
     * @throws IOException if the file cannot be read or a line is not a note: somebody edited it
     */
    public List<ChainHead> heads() throws IOException {
        return notes().stream().map(Note::head).toList();
    }

    private List<Note> notes() throws IOException {
        List<Note> notes = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
                notes.add(Note.parse(line).orElseThrow(() -> new IOException("not a note of a head in " + file)));
            }
        } catch (NoSuchFileException none) {
            return List.of();
        }
        return notes;
    }

    /**
     * Notes a head that is committed. A note of the same day replaces the latest unless that is the day's first; a head that
     * is noted already is not noted again.
     *
     * <p>The file is replaced as a whole, flushed: a crash leaves the old or the new one.
     */
    public void note(Instant at, ChainHead head) throws IOException {
        List<Note> notes = new ArrayList<>(notes());
        Note note = new Note(at.truncatedTo(ChronoUnit.SECONDS).atOffset(ZONE), head);
        int size = notes.size();
        if (head.seq() == 0 || size > 0 && notes.get(size - 1).head().equals(head)) {
            return;
        }
        if (size > 1
                && notes.get(size - 1).day().equals(note.day())
                && notes.get(size - 2).day().equals(note.day())) {
            notes.remove(size - 1);
        }
        notes.add(note);
        StringBuilder text = new StringBuilder();
        notes.forEach(line -> text.append(line).append('\n'));
        Path temporary = file.resolveSibling("audit-heads.new");
        Files.writeString(temporary, text, StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Puts the notes aside, for a database that was restored to an earlier state; they are kept under another name. */
    public void setAside(Instant at) throws IOException {
        if (Files.exists(file)) {
            Files.move(file, file.resolveSibling("audit-heads.before-restore-" + at.getEpochSecond()));
        }
    }
}
