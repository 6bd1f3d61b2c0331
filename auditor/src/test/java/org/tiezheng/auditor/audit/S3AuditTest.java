package org.tiezheng.auditor.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.auditor.Main;
import org.tiezheng.auditor.SmallArchive;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3Store;
import org.tiezheng.storage.S3TestServer;
import org.tiezheng.storage.StoredObject;

/** The audit of a bucket with Object Lock on a real server. */
class S3AuditTest {
    @TempDir
    Path folder;

    private SmallArchive archive;
    private S3Settings settings;
    private String output = "";

    private int audit() {
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(
                List.of(
                        "audit",
                        "--store=" + folder.resolve("s3.properties"),
                        "--copy=" + archive.store(),
                        "--log=" + archive.log(),
                        "--trust=" + SmallArchive.TRUST,
                        "--log-policy=" + archive.policy(),
                        "--lang=en"),
                printer,
                printer,
                SmallArchive.clock(),
                false);
        output = out.toString();
        return exit;
    }

    private static StoredObject put(S3Store store, Digest key, byte[] bytes) throws Exception {
        return store.put(
                new PutRequest(
                        ObjectKeys.ofContent(key.hex()),
                        bytes.length,
                        Digest.of(Digest.Algorithm.SHA256, bytes).hex(),
                        Retention.compliance(SmallArchive.UNTIL),
                        false),
                new ByteArrayInputStream(bytes));
    }

    @Test
    void aBucketAndItsCopyAreFoundWholeAndWhatWasDoneToItIsNamed() throws Exception {
        archive = SmallArchive.withPackage(folder);
        settings = S3TestServer.shared().newBucket("audited");
        Files.writeString(folder.resolve("access"), settings.credentials().accessKey());
        Files.writeString(folder.resolve("secret"), settings.credentials().secretKey());
        Files.writeString(
                folder.resolve("s3.properties"),
                "endpoint=" + settings.endpoint() + "\nregion=" + settings.region() + "\nbucket=" + settings.bucket()
                        + "\naccess-key-file=access\nsecret-key-file=secret\n");
        try (S3Store store = new S3Store(settings, Clock.systemUTC())) {
            store.requireLockedBucket(true);
            StoredObject wacz = null;
            for (LogEvent.Member member : archive.members()) {
                StoredObject stored = put(store, member.sha256(), Files.readAllBytes(archive.file(member.sha256())));
                wacz = member.name().equals(AsicNames.WACZ) ? stored : wacz;
            }
            assertThat(audit()).as(output).isZero();
            assertThat(output)
                    .contains("Copy copy-1")
                    .containsPattern("Packages: verified +1 +1 +0")
                    .doesNotContain("The store is a folder");

            // Other bytes under the same key, and the right ones hidden from whoever asks for the latest.
            put(store, archive.digest(AsicNames.SHA256SUMS), new byte[] {1, 2, 3});
            assertThat(wacz).isNotNull();
            store.setLegalHold(wacz.version(), true);
            assertThat(audit()).isEqualTo(1);
            assertThat(output)
                    .contains("OBJECT-SIZE  WRONG  1", "has 3 bytes")
                    .contains("HOLD-UNKNOWN  OPEN  1")
                    .containsPattern("Packages: verified +1 +1 +0");
        }
    }

    @Test
    void settingsThatAreUnknownOrMissingStopTheAudit() throws Exception {
        archive = SmallArchive.withPackage(folder);
        Path file = folder.resolve("s3.properties");
        Files.writeString(file, "endpoint=http://127.0.0.1:9\nbuckets=x\n");
        assertThat(audit()).isEqualTo(3);
        assertThat(output).contains("unknown setting [buckets]");
        Files.writeString(file, "endpoint=http://127.0.0.1:9\n");
        assertThat(audit()).isEqualTo(3);
        assertThat(output).contains("no bucket");
    }
}
