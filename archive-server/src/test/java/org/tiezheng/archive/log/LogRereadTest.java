package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.AuditLog;

/** What was published and is changed afterwards in the database or beside it, the server finds itself. */
class LogRereadTest {
    @TempDir
    Path folder;

    private LogWorld world;

    @BeforeEach
    void open() {
        world = new LogWorld(folder);
        world.queue(600);
        world.log.run();
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private LogReread reread() {
        return new LogReread(
                world.database.jdbc(),
                world.database.transactions(),
                world.log,
                new AuditLog(world.database.jdbc(), world.clock),
                world.clock);
    }

    private LogFigures.RereadFigures figures() {
        return world.figures().now().reread();
    }

    private void assertFound(String what) {
        assertThatThrownBy(() -> reread().turn())
                .isInstanceOf(LogDamagedException.class)
                .hasMessageContaining(what);
        assertThat(world.log.damage()).hasValueSatisfying(why -> assertThat(why).contains(what));
        assertThat(figures().finding()).contains(what);
        assertThatThrownBy(world.log::run).isInstanceOf(LogDamagedException.class);
    }

    @Test
    void anUnchangedLogIsReadAgainAndAgain() {
        reread().turn();
        reread().turn();
        assertThat(figures()).satisfies(now -> {
            assertThat(now.rounds()).isEqualTo(2);
            assertThat(now.next()).isZero();
            assertThat(now.finding()).isNull();
        });
        reread().turnIfDue();
        assertThat(figures().rounds()).isEqualTo(3);
    }

    @Test
    void aRowThatWasChangedAfterItWasPublishedStopsTheLogAndIsNotForgottenByARestart() {
        String leaf = world.database
                .jdbc()
                .sql("select leaf from log_entry where pos = 300")
                .query(String.class)
                .single();
        world.asOwner("update log_entry set leaf = 'forged' where pos = 300");
        assertFound("entry 300 in the database is not the one that was published");
        world.start();
        assertFound("entry 300");
        assertThat(world.database
                        .jdbc()
                        .sql("select count(*) from audit_event where action = 'log.reread'")
                        .query(Long.class)
                        .single())
                .isEqualTo(1);

        world.asOwner("update log_entry set leaf = '" + leaf + "' where pos = 300");
        world.start();
        reread().turn();
        assertThat(figures().finding()).isNull();
        assertThat(world.log.damage()).isEmpty();
    }

    @Test
    void aRowThatWasDeletedIsFound() {
        world.asOwner("delete from log_proof");
        world.asOwner("delete from log_entry where pos = 300");
        assertFound("255 in the database");
    }

    @Test
    void filesThatAreGoneAreMadeAgain() throws Exception {
        for (String file : new String[] {"tile/entries/001", "tile/0/001", "tile/entries/002.p/88"}) {
            Path path = world.files().resolve(file);
            byte[] bytes = Files.readAllBytes(path);
            Files.delete(path);
            reread().turn();
            assertThat(path).hasBinaryContent(bytes);
        }
        assertThat(figures().finding()).isNull();
    }

    @Test
    void aBundleThatWasChangedIsFound() throws Exception {
        Path bundle = world.files().resolve("tile/entries/001");
        byte[] bytes = Files.readAllBytes(bundle);
        bytes[100] ^= 1;
        Files.write(bundle, bytes);
        assertFound("entry 256");
    }

    /** Row, bundle and tile were changed together: the signed root is left. */
    @Test
    void entriesThatAreNotUnderTheSignedRootAreFound() throws Exception {
        world.asOwner("update log_entry set leaf = (select leaf from log_entry where pos = 2) where pos = 1");
        Path other = folder.resolve("other");
        LogTiles.write(world.database.jdbc(), other);
        for (String file : new String[] {"tile/entries/000", "tile/0/000"}) {
            Files.write(world.files().resolve(file), Files.readAllBytes(other.resolve(file)));
        }
        assertFound("not under the signed root");
    }
}
