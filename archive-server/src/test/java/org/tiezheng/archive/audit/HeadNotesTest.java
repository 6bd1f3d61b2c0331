package org.tiezheng.archive.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadNotesTest {
    private static final Instant MORNING = Instant.parse("2026-11-22T00:00:00Z");

    @TempDir
    private Path folder;

    private static ChainHead head(int seq) {
        return new ChainHead(seq, String.format(java.util.Locale.ROOT, "%064x", seq));
    }

    @Test
    void firstOfEachDayAndTheLatestAreKept() throws Exception {
        HeadNotes notes = new HeadNotes(folder);
        assertThat(notes.heads()).isEmpty();
        notes.note(MORNING, ChainHead.EMPTY);
        assertThat(notes.heads()).isEmpty();
        notes.note(MORNING, head(1));
        notes.note(MORNING.plusSeconds(60), head(5));
        notes.note(MORNING.plusSeconds(120), head(9));
        notes.note(MORNING.plusSeconds(180), head(9));
        assertThat(notes.heads()).containsExactly(head(1), head(9));
        notes.note(MORNING.plus(Duration.ofDays(1)), head(12));
        assertThat(notes.heads()).containsExactly(head(1), head(9), head(12));
        assertThat(Files.readAllLines(folder.resolve("audit-heads")).get(0))
                .isEqualTo("2026-11-22T08:00:00+08:00 " + head(1));
        notes.setAside(MORNING);
        assertThat(notes.heads()).isEmpty();
    }

    @Test
    void editedFileIsNotPassedOver() throws Exception {
        Files.writeString(folder.resolve("audit-heads"), "2026-11-22T08:00:00+08:00 nonsense\n");
        assertThatThrownBy(() -> new HeadNotes(folder).heads()).isInstanceOf(IOException.class);
    }
}
