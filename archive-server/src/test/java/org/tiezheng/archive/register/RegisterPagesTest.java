package org.tiezheng.archive.register;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.register.RegisterReader;

/** Registers of a running server: ordered on the screen, made in the background, downloaded. */
class RegisterPagesTest extends ServerTest {
    private static final String PATH = "/preservation/log/registers";

    @Autowired
    private Registers registers;

    @Autowired
    private KeptObjects kept;

    @Autowired
    private AuditLog audit;

    @Autowired
    private Accounts accounts;

    @Test
    void anAuditorOrdersOneOnTheScreenAndDownloadsIt() throws Exception {
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));
        assertThat(auditor.get(PATH).body()).contains("立即生成");
        long before = registers.list(Long.MAX_VALUE, 1).stream()
                .mapToLong(Register::number)
                .findFirst()
                .orElse(0);
        assertThat(auditor.post(PATH, Map.of()).statusCode()).isEqualTo(302);
        Register made = waitFor(before);
        assertThat(made.state()).as(String.valueOf(made.failure())).isEqualTo(Register.State.DONE);
        String file = PATH + "/" + made.id() + "/file";
        // A finished row no longer asks for itself, and the command is for the newest file.
        assertThat(auditor.get(PATH).body())
                .contains(made.fileName(), file, "--register " + made.fileName())
                .containsPattern("<tr id=\"register-" + made.number() + "\"\\s*>");
        assertThat(auditor.get("/preservation/log").body()).contains(PATH);

        HttpResponse<String> download = auditor.get(file);
        assertThat(download.statusCode()).isEqualTo(200);
        assertThat(download.headers().firstValue("Content-Type")).contains("application/gzip");
        assertThat(download.headers().firstValueAsLong("Content-Length")).hasValue(made.sizeBytes());
        try (InputStream in = kept.open(
                        kept.find(KeptObjects.Kind.REGISTER, made.id()).orElseThrow());
                RegisterReader reader = RegisterReader.open(new ByteArrayInputStream(in.readAllBytes()))) {
            assertThat(reader.head().id()).isEqualTo(made.id());
        }
        assertThat(audit.ofObject("register", made.id().toString()))
                .extracting(entry -> entry.event().action())
                .containsExactly("register.order", "register.made", "register.download");
        assertThat(auditor.get(PATH + "/" + UUID.randomUUID() + "/file").statusCode())
                .isEqualTo(404);
        TestUsers.Browser archivist = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        assertThat(archivist.get(PATH).body()).contains(made.fileName()).doesNotContain("立即生成");
        assertThat(archivist.get("/api/v1/log/registers").body()).contains(String.valueOf(made.sha256()));
        assertThat(archivist.post(PATH, Map.of()).statusCode()).isEqualTo(403);
    }

    private Register waitFor(long before) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (true) {
            Register newest = registers.list(Long.MAX_VALUE, 1).get(0);
            if (newest.number() > before && !newest.state().isOpen() || System.nanoTime() > end) {
                return newest;
            }
            Thread.sleep(100);
        }
    }
}
