package org.tiezheng.archive.preservation;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;

class BoardTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Test
    void theBoardSaysWhatIsWrongInPlainWordsAndLinksItsFigures() throws Exception {
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));

        HttpResponse<String> page = auditor.get("/preservation?lang=en");

        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body())
                .contains(
                        "The primary store is a folder", "only the operator says when", "hx-get=\"/preservation/live\"")
                .contains("<a class=\"figure\" href=\"/stores\">", "<a class=\"figure\" href=\"/audit\">")
                .doesNotContain("??", "style=", "cannot be read");
        assertThat(auditor.get("/preservation/live?lang=zh").body())
                .contains("固定性检查")
                .doesNotContain("<html", "??");
        TestUsers.Browser inspector = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR));
        assertThat(inspector.get("/preservation").statusCode()).isEqualTo(403);
    }

    @Test
    void restSaysTheSame() throws Exception {
        String token = TestUsers.token(tokens, TestUsers.create(accounts, Role.ARCHIVIST), Scope.EVIDENCE_READ);

        HttpResponse<String> answer =
                send(HttpRequest.newBuilder(uri("/api/v1/preservation")).header("Authorization", "Bearer " + token));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"code\":\"store.FOLDER.objects\"", "\"key\":\"calendar\"", "\"available\":true");
        assertThat(answer.body()).doesNotContain("\"available\":false");
    }

    @Test
    void columnsOfAChartHaveTheSizeOfTheirFigures() {
        BarChart chart = BarChart.of(
                "calendar",
                List.of(
                        new BarChart.Item("a", 1_000_000, ""),
                        new BarChart.Item("b", 1, ""),
                        new BarChart.Item("c", 0, ""),
                        new BarChart.Item("d", 500_000, "")));

        assertThat(chart.columns()).extracting(BarChart.Column::height).containsExactly(120, 1, 0, 60);
        assertThat(chart.columns()).allMatch(column -> column.y() + column.height() == chart.height());
        assertThat(chart.columns()).allMatch(column -> column.x() + column.width() <= chart.width());
        assertThat(BarChart.of("calendar", List.of()).isEmpty()).isTrue();
        assertThat(BarChart.of("calendar", List.of(new BarChart.Item("a", 0, "")))
                        .isEmpty())
                .isTrue();
    }
}
