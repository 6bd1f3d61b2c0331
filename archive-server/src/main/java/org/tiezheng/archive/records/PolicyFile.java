package org.tiezheng.archive.records;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.MalformedPolicyException;

/** The algorithm policy in force: of the configured file, read anew at every look; else the one that comes with the program. */
public final class PolicyFile {
    private final @Nullable Path file;

    /** @throws IOException if the file cannot be read or is malformed: nothing starts with a policy nobody meant */
    PolicyFile(@Nullable Path file) throws IOException {
        this.file = file;
        AlgorithmPolicy unused = now();
    }

    /** @throws IOException naming the file, if it cannot be read or is malformed now */
    public AlgorithmPolicy now() throws IOException {
        return file == null ? AlgorithmPolicy.standard() : AlgorithmPolicy.ofFile(file);
    }

    /** What changes when the policy does. */
    String digest() throws IOException {
        if (file == null) {
            return "standard " + AlgorithmPolicy.standard().date();
        }
        byte[] text = Files.readAllBytes(file);
        try {
            AlgorithmPolicy unused = AlgorithmPolicy.parse(text);
        } catch (MalformedPolicyException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
        return Digest.of(Digest.Algorithm.SHA256, text).toString();
    }
}
