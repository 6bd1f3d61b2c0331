package org.tiezheng.archive.preservation;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.storage.ObjectStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BoardTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private Officers officers;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private ObjectStore store;

    @Autowired
    private Clock clock;

    @Test
    void theBoardSaysWhatIsWrongInPlainWordsAndLinksItsFigures() throws Exception {
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));

        HttpResponse<String> page = auditor.get("/preservation?lang=en");

        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body())
                .contains(
                        "The primary store is a folder", "only the operator says when", "hx-get=\"/preservation/live\"")
                .contains("<a class=\"figure\" href=\"/stores\">", "<a class=\"figure\" href=\"/audit#chain\">")
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

    /** Of every figure, alarm and column of a chart, with something behind it. */
    @Test
    void everyNumberLeadsToAPageThatHasItsRows() throws Exception {
        UUID evidence = ArchivedPage.archive(
                jdbc,
                transactions,
                store,
                clock,
                TestUsers.officer(accounts, officers, Role.INSPECTOR).actor());
        TestUsers.User user = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), user);
        String token = TestUsers.token(tokens, user, Scope.EVIDENCE_READ);
        JsonNode board = JsonMapper.builder()
                .build()
                .readTree(send(HttpRequest.newBuilder(uri("/api/v1/preservation"))
                                .header("Authorization", "Bearer " + token))
                        .body());
        Set<String> hrefs = new TreeSet<>();
        board.findValues("href").forEach(href -> hrefs.add(href.asString()));
        hrefs.add("/preservation/packages?class=none");
        hrefs.add("/preservation/batches?state=ending");
        assertThat(hrefs)
                .contains(
                        "/preservation/copies?state=never",
                        "/preservation/packages?state=soon",
                        "/preservation/authorities",
                        "/audit#chain",
                        "/disposals?open=true");
        List<String> wrong = new ArrayList<>();
        for (String href : hrefs) {
            String path = href.replaceFirst("#.*", "");
            String page = auditor.get(path + (path.contains("?") ? "&" : "?") + "lang=en")
                    .body();
            int status = auditor.get(path + (path.contains("?") ? "&" : "?") + "lang=zh")
                    .statusCode();
            boolean place =
                    !href.contains("#") || page.contains("id=\"" + href.substring(href.indexOf('#') + 1) + "\"");
            if (status != 200 || !place || page.contains("??")) {
                wrong.add(href + " " + status + (place ? "" : " no such place on the page"));
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(auditor.get("/preservation/copies?state=sometimes").statusCode())
                .isEqualTo(400);
        assertThat(auditor.get("/preservation/copies?state=never&day=2026-13-01")
                        .statusCode())
                .isEqualTo(400);

        HttpResponse<String> stamps = send(HttpRequest.newBuilder(uri("/api/v1/preservation/authorities"))
                .header("Authorization", "Bearer " + token));
        assertThat(stamps.body()).as("stamps there are").contains("\"certificateEnds\":\"20");
        assertThat(evidence).isNotNull();
    }

    @Test
    void columnsOfAChartHaveTheSizeOfTheirFigures() {
        BarChart chart = BarChart.of(
                "calendar",
                List.of(
                        new BarChart.Item("a", 1_000_000, "", "/x"),
                        new BarChart.Item("b", 1, "", "/x"),
                        new BarChart.Item("c", 0, "", "/x"),
                        new BarChart.Item("d", 500_000, "", "/x")));

        assertThat(chart.columns()).extracting(BarChart.Column::height).containsExactly(120, 1, 0, 60);
        assertThat(chart.columns()).allMatch(column -> column.y() + column.height() == chart.height());
        assertThat(chart.columns()).allMatch(column -> column.x() + column.width() <= chart.width());
        assertThat(BarChart.of("calendar", List.of()).isEmpty()).isTrue();
        assertThat(BarChart.of("calendar", List.of(new BarChart.Item("a", 0, "", "/x")))
                        .isEmpty())
                .isTrue();
    }
}
