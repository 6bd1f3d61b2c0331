package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.time.TimestampToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The log of a running server, as its screen and the world see it. */
class LogPagesTest extends ServerTest {
    @Autowired
    private TransparencyLog log;

    @Autowired
    private LogStamps stamps;

    @Autowired
    private Accounts accounts;

    private void waitForAStamp() throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (stamps.latest(1).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(100);
        }
    }

    @Test
    void theScreenShowsSizesStampsAndEntries() throws Exception {
        waitForAStamp();
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));
        HttpResponse<String> page = auditor.get("/preservation/log");
        assertThat(page.statusCode()).isEqualTo(200);
        // The first entry of every log is its own key, and this server asks no witness.
        assertThat(page.body())
                .contains(log.key().toString(), "没有见证方", "/log/stamps/", "&quot;kind&quot;:&quot;key&quot;")
                .containsPattern("已见证条目</dt><dd[^>]*>—</dd>")
                .doesNotContain("不需要见证方");
        assertThat(auditor.get("/preservation/log?kind=key").body()).contains("日志密钥");
        assertThat(auditor.get("/preservation/log?kind=nonsense&cursor=0").statusCode())
                .isEqualTo(200);
        assertThat(auditor.get("/preservation/log?cursor=x").statusCode()).isEqualTo(400);
        TestUsers.Browser inspector = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR));
        assertThat(inspector.get("/preservation/log").statusCode()).isEqualTo(403);
    }

    @Test
    void everybodyReadsPolicyAndStamps() throws Exception {
        waitForAStamp();
        TestUsers.Browser nobody = new TestUsers.Browser(uri("/"));
        LogPolicy policy = LogPolicy.parse(nobody.get("/log/policy").body().getBytes(StandardCharsets.UTF_8));
        assertThat(policy.logs().get(0).key()).isEqualTo(log.key());
        JsonNode first =
                JsonMapper.shared().readTree(nobody.get("/log/stamps").body()).path(0);
        assertThat(first.path("size").asLong()).isPositive();
        LogStamps.Stamp stamp = stamps.find(first.path("id").asLong()).orElseThrow();
        assertThat(nobody.get("/log/" + first.path("checkpoint").asString()).body())
                .isEqualTo(stamp.note());
        assertThat(TimestampToken.parse(java.util.Objects.requireNonNull(stamp.token()))
                        .genTime())
                .isEqualTo(stamp.genTime());
        assertThat(nobody.get("/log/" + first.path("token").asString()).statusCode())
                .isEqualTo(200);
        assertThat(nobody.get("/log/stamps/999999/token.tst").statusCode()).isEqualTo(404);
    }
}
