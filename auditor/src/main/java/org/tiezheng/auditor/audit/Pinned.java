package org.tiezheng.auditor.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.storage.ObjectStore;

/**
 * What stays the same from the first run of an audit to the last: which log, of which size, and the time to judge for. The
 * archive goes on working meanwhile.
 */
record Pinned(Checkpoint checkpoint, Instant now) {
    private static final String SUBJECT = "subject.txt";
    private static final String CHECKPOINT = "checkpoint";
    private static final String TIME = "time.txt";

    /** What is audited, and how, in lines; another audit has another text. */
    static String subject(
            ObjectStore store,
            List<ObjectStore> copies,
            String log,
            byte[] policy,
            byte[] algorithms,
            TrustAnchors anchors,
            List<Checkpoint> earlier,
            @Nullable Path register,
            Sample sample)
            throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("store " + store.describe().location());
        copies.forEach(copy -> lines.add("copy " + copy.describe().location()));
        lines.add("log " + log);
        lines.add("policy " + hash(policy));
        lines.add("algorithms " + hash(algorithms));
        anchors.certificates().stream().map(Pinned::hash).sorted().forEach(hash -> lines.add("trust " + hash));
        earlier.forEach(one -> lines.add("since " + one.size() + " " + one.root()));
        if (register != null) {
            lines.add("register " + RegisterCheck.sha256(register));
        }
        lines.add("sample " + sample);
        return String.join("\n", lines) + "\n";
    }

    private static String hash(byte[] bytes) {
        return Digest.of(Digest.Algorithm.SHA256, bytes).hex();
    }

    private static String hash(X509Certificate certificate) {
        try {
            return hash(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("was parsed from an encoding", e);
        }
    }

    /**
     * As it was pinned by the first run; pins it if this is the first.
     *
     * @param now for the first run
     * @throws IOException also if the folder is of another audit
     */
    static Pinned of(Work work, LogFiles files, Instant now, String subject) throws IOException, MalformedLogException {
        Path about = work.file(SUBJECT);
        if (Files.exists(about)) {
            String before = Files.readString(about);
            if (!before.equals(subject)) {
                throw new IOException("the folder is of another audit:\n" + before + "now asked for:\n" + subject);
            }
            return new Pinned(
                    Checkpoint.parse(Files.readAllBytes(work.file(CHECKPOINT))),
                    Instant.parse(Files.readString(work.file(TIME)).strip()));
        }
        Pinned pinned = new Pinned(files.parsedCheckpoint(), now.truncatedTo(ChronoUnit.SECONDS));
        Work.write(work.file(CHECKPOINT), new String(pinned.checkpoint().toBytes(), StandardCharsets.UTF_8));
        Work.write(work.file(TIME), pinned.now() + "\n");
        // The last: dying before it leaves a folder that pins anew.
        Work.write(about, subject);
        return pinned;
    }
}
