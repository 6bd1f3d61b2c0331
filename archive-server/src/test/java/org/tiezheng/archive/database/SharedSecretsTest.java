package org.tiezheng.archive.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.settings.ArchiveFolder;

/** Two servers with data folders of their own on one database. */
class SharedSecretsTest {
    @TempDir
    Path folder;

    @Test
    void aServerWithAnotherSecretIsToldWhichFileToCopyAndWorksOnceItHasIt() throws IOException {
        TestDatabase database = TestDatabase.create();
        ArchiveFolder first = ArchiveFolder.open(folder.resolve("first"));
        ArchiveFolder second = ArchiveFolder.open(folder.resolve("second"));
        String secret = new SharedSecrets(database.jdbc(), first).get("cursor");
        assertThat(new SharedSecrets(database.jdbc(), first).get("cursor")).isEqualTo(secret);

        SharedSecrets other = new SharedSecrets(database.jdbc(), second);
        assertThatThrownBy(() -> other.get("cursor"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("archive/secrets/cursor")
                .hasMessageNotContaining(secret);
        Files.writeString(second.secrets().file("cursor"), secret);
        assertThat(other.get("cursor")).isEqualTo(secret);
        assertThat(database.jdbc()
                        .sql("select fingerprint from shared_secret")
                        .query(String.class)
                        .list())
                .hasSize(1)
                .doesNotContain(secret);
        assertThat(first.nodeId()).isEqualTo(first.nodeId()).isNotEqualTo(second.nodeId());
    }
}
