package org.tiezheng.auditor.witness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.VerifierKey;
import org.tiezheng.evidence.trust.DurableFile;

/**
 * The keys of a witness: Ed25519, which every log knows, and ML-DSA-44, which quantum computers do not break. Kept as seeds in a
 * file for its owner only.
 */
final class WitnessKeys {
    static final String FILE = "witness-key";

    private static final String FIRST_LINE = "tiezheng-witness-key/1";
    private static final int MAX_BYTES = 4096;

    private final List<CheckpointSigner> signers;

    private WitnessKeys(String name, byte[] ed25519, byte[] mlDsa44) {
        signers = List.of(
                CheckpointSigner.of(name, SignatureType.ED25519_COSIGNATURE, ed25519),
                CheckpointSigner.of(name, SignatureType.ML_DSA_44_COSIGNATURE, mlDsa44));
    }

    /** @throws IllegalArgumentException if the name is not allowed */
    static WitnessKeys create(Path folder, String name) throws IOException {
        SecureRandom random = new SecureRandom();
        byte[] ed25519 = new byte[CheckpointSigner.SEED_BYTES];
        byte[] mlDsa44 = new byte[CheckpointSigner.SEED_BYTES];
        random.nextBytes(ed25519);
        random.nextBytes(mlDsa44);
        WitnessKeys keys = new WitnessKeys(name, ed25519, mlDsa44);
        Base64.Encoder base64 = Base64.getEncoder();
        String text = FIRST_LINE + "\n" + name + "\n" + base64.encodeToString(ed25519) + "\n"
                + base64.encodeToString(mlDsa44) + "\n";
        DurableFile.write(folder.resolve(FILE), text.getBytes(StandardCharsets.UTF_8), "rw-------");
        return keys;
    }

    /** @return empty if there is no file */
    static Optional<WitnessKeys> read(Path folder) throws IOException, WitnessDamagedException {
        Path file = folder.resolve(FILE);
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new WitnessDamagedException(file + " is too large");
            }
            DurableFile.requireOwnerOnly(file);
            String[] lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1);
            if (lines.length != 5 || !lines[0].equals(FIRST_LINE) || !lines[4].isEmpty()) {
                throw new WitnessDamagedException(file + " holds no keys of a witness");
            }
            Base64.Decoder base64 = Base64.getDecoder();
            return Optional.of(new WitnessKeys(lines[1], base64.decode(lines[2]), base64.decode(lines[3])));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new WitnessDamagedException(file + " holds no keys of a witness");
        }
    }

    String name() {
        return signers.get(0).verifierKey().name();
    }

    List<CheckpointSigner> signers() {
        return signers;
    }

    /** Give them to everybody, out of band. */
    List<VerifierKey> verifierKeys() {
        return signers.stream().map(CheckpointSigner::verifierKey).toList();
    }
}
