package org.tiezheng.archive.operations;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.tiezheng.archive.audit.ChainHead;
import tools.jackson.core.JacksonException;

/** A backup, opened for reading. Nothing in it is used before {@link #check} has seen that it is whole. */
final class BackupFile implements AutoCloseable {
    /** Names as our migrations give them; anything else did not come from {@link Backup}. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    private static final Pattern SECRET = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}");

    private final ZipFile zip;
    private final BackupManifest manifest;

    private BackupFile(ZipFile zip, BackupManifest manifest) {
        this.zip = zip;
        this.manifest = manifest;
    }

    /** @throws IOException if it is not a backup, or of a later format */
    static BackupFile open(Path file) throws IOException {
        ZipFile zip = new ZipFile(file.toFile());
        try {
            ZipEntry entry = zip.getEntry(BackupManifest.ENTRY);
            if (entry == null) {
                throw new IOException(file + " is not a complete backup: " + BackupManifest.ENTRY + " is missing");
            }
            byte[] json;
            try (InputStream in = zip.getInputStream(entry)) {
                json = in.readNBytes(BackupManifest.MAX_BYTES);
            }
            BackupManifest manifest = BackupManifest.mapper().readValue(json, BackupManifest.class);
            if (manifest.format() != BackupManifest.FORMAT) {
                throw new IOException(
                        file + " has format " + manifest.format() + ", known is " + BackupManifest.FORMAT);
            }
            requireNames(manifest);
            return new BackupFile(zip, manifest);
        } catch (JacksonException notOurs) {
            zip.close();
            throw new IOException(file + ": " + BackupManifest.ENTRY + " cannot be read", notOurs);
        } catch (IOException | RuntimeException failed) {
            zip.close();
            throw failed;
        }
    }

    private static void requireNames(BackupManifest manifest) throws IOException {
        List<String> names = new ArrayList<>();
        for (BackupManifest.Table table : manifest.tables()) {
            names.add(table.name());
            names.addAll(table.columns());
        }
        manifest.sequences().forEach(sequence -> names.add(sequence.name()));
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                throw new IOException("not a name of ours in the backup: " + name);
            }
        }
        for (BackupManifest.Secret secret : manifest.secrets()) {
            if (!isSecretName(secret.name())) {
                throw new IOException("not a secret of ours in the backup: " + secret.name());
            }
        }
        if (ChainHead.parse(manifest.auditHead()).isEmpty()) {
            throw new IOException("the backup names no head of the audit log");
        }
    }

    static boolean isSecretName(String name) {
        return SECRET.matcher(name).matches() && !Backup.OWN_SECRETS.contains(name) && !name.endsWith(".new");
    }

    static String columnList(List<String> columns) {
        return String.join(", ", columns.stream().map(Schema::quoted).toList());
    }

    BackupManifest manifest() {
        return manifest;
    }

    /** Reads all of it once. @throws IOException if an entry is missing or not the one listed */
    void check() throws IOException {
        for (BackupManifest.Table table : manifest.tables()) {
            check(table.entry(), table.sha256());
        }
        for (BackupManifest.Secret secret : manifest.secrets()) {
            check(secret.entry(), secret.sha256());
        }
    }

    private void check(String entry, String sha256) throws IOException {
        MessageDigest digest = Backup.sha256();
        try (InputStream in = new DigestInputStream(read(entry), digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(sha256)) {
            throw new IOException("the backup is damaged: " + entry + " is not what was written");
        }
    }

    InputStream read(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException("the backup is damaged: " + name + " is missing");
        }
        return zip.getInputStream(entry);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
