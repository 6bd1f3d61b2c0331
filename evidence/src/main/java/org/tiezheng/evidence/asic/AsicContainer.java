package org.tiezheng.evidence.asic;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.zip.CanonicalZipWriter;

/** Puts a sealed package into one file: mimetype, content, proofs, all STORED, in the one order of the format. */
public final class AsicContainer {

    /**
     * A file of {@code META-INF/}: a manifest, signature, token, or other proof.
     *
     * @param name of a known {@link AsicNames.Kind}
     */
    public record Proof(String name, byte[] bytes) {
        public Proof {
            if (AsicNames.Kind.of(name).isEmpty()) {
                throw new IllegalArgumentException("no known proof name: " + name);
            }
            bytes = bytes.clone();
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }
    }

    private AsicContainer() {}

    /**
     * Writes the package. It appears under its name only when it is complete and synced; if we die before, a file {@code
     * <name>.part} is left, which the next attempt replaces.
     *
     * @param out must not exist
     * @param wacz the file whose digests {@code content} holds; checked while it is copied
     * @param proofs in any order
     * @return SHA-256 of the whole file, computed while it was written: for those who carry it elsewhere
     * @throws IOException also if {@code wacz} is not the file that was sealed
     * @throws java.nio.file.FileAlreadyExistsException if {@code out} exists
     */
    @CanIgnoreReturnValue
    public static Digest write(Path out, PackageContent content, Path wacz, List<Proof> proofs) throws IOException {
        return write(out, zip -> {
            zip.addKnown(AsicNames.WACZ, wacz, content.wacz().sha256());
            for (Map.Entry<String, byte[]> file : content.files().entrySet()) {
                zip.add(file.getKey(), file.getValue());
            }
            addProofs(zip, proofs);
        });
    }

    /**
     * Writes a container of other files than a capture, in the same way.
     *
     * @param out must not exist
     * @param files in the order of the container
     * @param sums SHA-256 of each, checked while it is copied
     * @param small further files, behind those
     * @param proofs in any order
     * @return SHA-256 of the whole file
     * @throws IOException also if a file is not the one that {@code sums} names
     */
    @CanIgnoreReturnValue
    public static Digest write(
            Path out, Map<String, Path> files, Map<String, Digest> sums, Map<String, byte[]> small, List<Proof> proofs)
            throws IOException {
        return write(out, zip -> {
            for (Map.Entry<String, Path> file : files.entrySet()) {
                zip.addKnown(file.getKey(), file.getValue(), Objects.requireNonNull(sums.get(file.getKey())));
            }
            for (Map.Entry<String, byte[]> file : small.entrySet()) {
                zip.add(file.getKey(), file.getValue());
            }
            addProofs(zip, proofs);
        });
    }

    @FunctionalInterface
    private interface Body {
        void into(CanonicalZipWriter zip) throws IOException;
    }

    private static Digest write(Path out, Body body) throws IOException {
        if (Files.exists(out)) {
            throw new java.nio.file.FileAlreadyExistsException(out.toString());
        }
        Path part = out.resolveSibling(out.getFileName() + ".part");
        MessageDigest sha256 = Digest.Algorithm.SHA256.start();
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            OutputStream buffered = new BufferedOutputStream(
                    new DigestOutputStream(Channels.newOutputStream(channel), sha256), 1 << 16);
            CanonicalZipWriter zip = new CanonicalZipWriter(buffered);
            zip.add(AsicNames.MIMETYPE, AsicNames.MIMETYPE_TEXT.getBytes(StandardCharsets.US_ASCII));
            body.into(zip);
            zip.finish();
            channel.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.move(part, out, StandardCopyOption.ATOMIC_MOVE);
        Path folder = out.toAbsolutePath().getParent();
        if (folder != null) {
            // The name itself is durable only when the folder is synced.
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest());
    }

    private static void addProofs(CanonicalZipWriter zip, List<Proof> proofs) throws IOException {
        for (Proof proof : inOrder(proofs)) {
            zip.add(proof.name(), proof.bytes());
        }
    }

    /** The proofs as the container orders them. */
    static List<Proof> inOrder(List<Proof> proofs) {
        Set<String> names = new HashSet<>();
        for (Proof proof : proofs) {
            if (!names.add(proof.name())) {
                throw new IllegalArgumentException(proof.name() + " is given twice");
            }
        }
        List<Proof> sorted = new ArrayList<>(proofs);
        sorted.sort(Comparator.comparing(Proof::name, AsicNames.ORDER));
        return sorted;
    }
}
