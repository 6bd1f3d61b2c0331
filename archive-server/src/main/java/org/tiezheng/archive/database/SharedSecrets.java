package org.tiezheng.archive.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.evidence.Digest;

/**
 * Secrets that every server on one database needs: what one seals, another opens. They are files of each server's data folder, made
 * by the first one and copied to the others by hand; the database knows their fingerprints only, so that reading it gives nobody
 * the secrets.
 */
public final class SharedSecrets {
    private final JdbcClient jdbc;
    private final ArchiveFolder folder;

    public SharedSecrets(JdbcClient jdbc, ArchiveFolder folder) {
        this.jdbc = jdbc;
        this.folder = folder;
    }

    /**
     * The secret of this name, as {@link org.tiezheng.archive.settings.Secrets#get}.
     *
     * @throws IOException if servers on this database use another one, or the file can be neither read nor made
     */
    public String get(String name) throws IOException {
        String secret = folder.secrets().get(name);
        String ours = fingerprint(name, secret);
        // Dying between the two: the next start, of any server with this secret, finds it as its own.
        int unused = jdbc.sql(
                        "insert into shared_secret (name, fingerprint) values (:name, :ours) on conflict do nothing")
                .param("name", name)
                .param("ours", ours)
                .update();
        String theirs = jdbc.sql("select fingerprint from shared_secret where name = :name")
                .param("name", name)
                .query(String.class)
                .single();
        if (!theirs.equals(ours)) {
            throw new IOException("the secret in " + folder.secrets().file(name)
                    + " is not the one that this database was used with. Copy archive/secrets/" + name
                    + " from the first server, or from the backup");
        }
        return secret;
    }

    private static String fingerprint(String name, String secret) {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        digest.update((name + '\0' + secret).getBytes(StandardCharsets.UTF_8));
        return Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest()).hex();
    }
}
