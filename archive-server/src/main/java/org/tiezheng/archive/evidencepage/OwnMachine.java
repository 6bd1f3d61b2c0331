package org.tiezheng.archive.evidencepage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;

/**
 * What a reader needs to verify on a machine of his own: the verifier as one jar with its digest, the root certificates this
 * server trusts, and the commands.
 *
 * <p>A verifier that comes from the archive proves little to somebody who doubts the archive; the page says so, and says that
 * jar and root are better had from elsewhere.
 */
public final class OwnMachine {
    private final @Nullable Path jar;
    private final Trust trust;
    private @Nullable VerifierJar described;

    /**
     * @param jar the one-jar verifier; null or missing if this installation does not have it
     * @param trust asked anew each time: a root may be added
     */
    public OwnMachine(@Nullable Path jar, Trust trust) {
        this.jar = jar;
        this.trust = trust;
    }

    public record VerifierJar(Path file, long sizeBytes, String sha256) {}

    /** The jar, with its digest as computed now; empty if it is not installed. */
    public synchronized Optional<VerifierJar> verifier() throws IOException {
        Path file = jar;
        if (file == null || !Files.isRegularFile(file)) {
            return Optional.empty();
        }
        VerifierJar known = described;
        if (known == null || known.sizeBytes() != Files.size(file)) {
            try (DigestingOutputStream out = new DigestingOutputStream(OutputStream.nullOutputStream());
                    InputStream in = Files.newInputStream(file)) {
                in.transferTo(out);
                Digests digests = out.digests();
                known = new VerifierJar(
                        file, digests.sizeBytes(), digests.sha256().hex());
            }
            described = known;
        }
        return Optional.of(known);
    }

    public Optional<String> trust() throws IOException {
        String pem = trust.pem();
        return pem.isEmpty() ? Optional.empty() : Optional.of(pem);
    }

    void fill(Evidence evidence, Model model) throws IOException {
        model.addAttribute("verifier", verifier().orElse(null));
        model.addAttribute("trust", trust().isPresent());
        String file = evidence.fileName();
        model.addAttribute(
                "command", "java -jar tiezheng-verifier.jar verify " + file + " --trust trust.pem --deep --sm3");
        model.addAttribute(
                "otherCommands",
                String.join(
                        "\n",
                        "sha256sum " + file,
                        "unzip -q " + file + " -d x && cd x",
                        "sha256sum -c SHA256SUMS",
                        "cksum --check SM3SUMS",
                        "openssl ts -verify -token_in -in META-INF/timestamp002.tst -data META-INF/ASiCManifest002.xml"
                                + " -CAfile ../trust.pem",
                        "openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s -content"
                                + " META-INF/ASiCManifest001.xml -CAfile ../trust.pem -purpose any -out /dev/null"));
    }
}
