package org.tiezheng.archive.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.http.HttpTimestampAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;

class AuditAnchorsTest {
    /** Nothing listens there. */
    private static final TimestampAuthority SILENT =
            new HttpTimestampAuthority(URI.create("http://127.0.0.1:1/"), TrustAnchors.none(), Duration.ofSeconds(2));

    private final TestDatabase database = TestDatabase.create();
    private final AuditLog audit = new AuditLog(database.jdbc(), Clock.systemUTC());

    @TempDir
    private Path folder;

    private AuditAnchors anchors(TimestampAuthority... authorities) {
        return new AuditAnchors(database.jdbc(), database.transactions(), audit, List.of(authorities));
    }

    private void append() {
        database.transactions()
                .executeWithoutResult(
                        status -> audit.append(AuditEvent.ok(Actor.system("test"), "evidence.view", "evidence", "e")));
    }

    @Test
    void headIsStampedOnceByWhoeverAnswersAndOpensslAgrees() throws Exception {
        EmbeddedAuthority embedded = EmbeddedAuthority.open(folder, Clock.systemUTC());
        assertThat(anchors(embedded).stamp()).as("an empty log").isEmpty();
        append();
        ChainHead head = audit.head();
        assertThatThrownBy(() -> anchors(SILENT).stamp()).isInstanceOf(IOException.class);
        assertThat(anchors(SILENT, embedded).stamp()).contains(head);
        assertThat(anchors(embedded).stamp()).as("nothing new").isEmpty();
        append();
        assertThat(anchors(embedded).stamp()).isPresent();

        List<AuditAnchors.Anchor> all = AuditAnchors.all(database.dataSource());
        assertThat(all).hasSize(2).allMatch(AuditAnchors.Anchor::isOverHead).allMatch(AuditAnchors.Anchor::embedded);
        assertThat(new ChainVerifier(database.dataSource())
                        .verify(all.stream().map(AuditAnchors.Anchor::head).toList())
                        .isIntact())
                .isTrue();
        Path token = Files.write(folder.resolve("token"), all.get(0).token());
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "ts",
                        "-verify",
                        "-digest",
                        head.hash(),
                        "-token_in",
                        "-in",
                        token.toString(),
                        "-CAfile",
                        embedded.rootFile().toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(openssl.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(openssl.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("Verification: OK");
    }

    @Test
    void applicationCannotTakeAnAnchorBack() throws Exception {
        append();
        assertThat(anchors(EmbeddedAuthority.open(folder, Clock.systemUTC())).stamp())
                .isPresent();
        assertThatThrownBy(() -> database.jdbc().sql("delete from audit_anchor").update())
                .rootCause()
                .hasMessageContaining("permission denied");
    }
}
