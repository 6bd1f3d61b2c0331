package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.acceptance.ArchiveSite.JobRow;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3TestServer;

/**
 * A whole archive on a real S3 server: what is captured is locked there, object by object, and the S3 server itself refuses to
 * let it go. It is asked with curl, a client that is not ours, and with the highest rights there are.
 */
class LockedStoreTest {
    @TempDir
    Path folder;

    @Test
    @Timeout(value = 12, unit = TimeUnit.MINUTES)
    void whatIsArchivedIsLockedAndTheS3ServerItselfRefusesToDeleteIt() throws Exception {
        S3TestServer s3 = S3TestServer.shared();
        S3Settings bucket = s3.newBucket("objects");
        Path accessKey =
                Files.writeString(folder.resolve("access"), s3.credentials().accessKey());
        Path secretKey =
                Files.writeString(folder.resolve("secret"), s3.credentials().secretKey());
        Files.writeString(
                folder.resolve("curl.conf"),
                "aws-sigv4 = \"aws:amz:" + bucket.region() + ":s3\"\nuser = \""
                        + s3.credentials().accessKey() + ":" + s3.credentials().secretKey() + "\"\n");
        try (ArchiveSite site = ArchiveSite.open(
                1,
                "tiezheng.store.kind=s3",
                "tiezheng.store.endpoint=" + bucket.endpoint(),
                "tiezheng.store.region=" + bucket.region(),
                "tiezheng.store.bucket=" + bucket.bucket(),
                "tiezheng.store.access-key-file=" + accessKey,
                "tiezheng.store.secret-key-file=" + secretKey,
                "tiezheng.ingest.retention=P1D",
                "tiezheng.ingest.retry-first=1s")) {
            site.submit("/p/plain?n=1");
            site.agents().get(0).start(1);
            JobRow job = site.awaitEnds(1, Duration.ofMinutes(5)).get(0);
            assertThat(job.state()).as(site.said()).isEqualTo("DONE");
            Program.Ended verified = site.verify(site.download(job.evidenceId()));
            assertThat(verified.exitCode()).as("VALID: " + verified.output()).isZero();

            List<String> objects =
                    new ArrayList<>(site.counts("select key || ' ' || version_id, size_bytes from evidence_object")
                            .keySet());
            assertThat(objects).hasSizeGreaterThan(5);
            for (String object : objects) {
                String key = object.substring(0, object.indexOf(' '));
                String address = bucket.endpoint() + "/" + bucket.bucket() + "/" + key;
                String version = "versionId=" + object.substring(object.indexOf(' ') + 1);
                assertThat(curl(address + "?retention=&" + version).output())
                        .as(key)
                        .contains("<Mode>COMPLIANCE</Mode>", "\n200");
                assertThat(curl("-X", "DELETE", address + "?" + version).output())
                        .as("deleting " + key)
                        .containsPattern("\n(400|403)$");
                // Who bypasses GOVERNANCE does not get past COMPLIANCE.
                assertThat(curl(
                                        "-X",
                                        "DELETE",
                                        "-H",
                                        "x-amz-bypass-governance-retention: true",
                                        address + "?" + version)
                                .output())
                        .as("deleting " + key + " with bypass")
                        .containsPattern("\n(400|403)$");
                Path bytes = folder.resolve("object");
                assertThat(curl("-o", bytes.toString(), address + "?" + version).output())
                        .endsWith("200");
                Program.Ended digest = Program.run(folder, Duration.ofSeconds(30), "sha256sum", bytes.toString());
                assertThat(digest.output()).startsWith(key.substring(key.lastIndexOf('/') + 1));
            }
        }
    }

    /** The answer, and its status in the last line. */
    private Program.Ended curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("curl", "--config", "curl.conf", "-s", "--max-time", "30", "-w", "\n%{http_code}"));
        command.addAll(List.of(arguments));
        return Program.run(folder, Duration.ofSeconds(60), command.toArray(String[]::new))
                .orFail();
    }
}
