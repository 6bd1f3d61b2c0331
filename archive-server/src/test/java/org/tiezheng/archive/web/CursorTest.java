package org.tiezheng.archive.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CursorTest {
    private final Cursor cursor = new Cursor("0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    @Test
    void comesBackAsItWasGiven() {
        String text = cursor.encode("evidence", List.of("2026-11-22T00:00:00Z", "", "三"));
        assertThat(cursor.decode("evidence", text, 3)).containsExactly("2026-11-22T00:00:00Z", "", "三");
        assertThat(cursor.decode("evidence", null, 3)).isNull();
        assertThat(cursor.decode("evidence", "", 3)).isNull();
    }

    @Test
    void anythingElseIsRefusedWithoutAnUncheckedSurprise() {
        String text = cursor.encode("evidence", List.of("17"));
        for (String wrong :
                List.of("x", "====", "中文", "A".repeat(5000), text + "A", text.substring(1), "A" + text.substring(1))) {
            assertThatThrownBy(() -> cursor.decode("evidence", wrong, 1))
                    .isInstanceOfSatisfying(
                            Problem.class, problem -> assertThat(problem.code()).isEqualTo("cursor"));
        }
        assertThatThrownBy(() -> cursor.decode("jobs", text, 1)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> cursor.decode("evidence", text, 2)).isInstanceOf(Problem.class);
        Cursor other = new Cursor("fedcba9876543210".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> other.decode("evidence", text, 1)).isInstanceOf(Problem.class);
    }

    @Test
    void oneRowMoreThanShownMakesANextPage() {
        Cursor.Page<Integer> page = cursor.page("n", List.of(5, 4, 3), 2, row -> List.of(row.toString()));
        assertThat(page.rows()).containsExactly(5, 4);
        assertThat(cursor.decode("n", page.next(), 1)).containsExactly("4");
        assertThat(cursor.page("n", List.of(5, 4), 2, row -> List.of(row.toString()))
                        .next())
                .isNull();
    }
}
