package org.tiezheng.evidence.seal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.asic.AsicContainer;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.PackageContent;
import org.tiezheng.evidence.asic.SumsFile;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.trust.SigningIdentity;

/**
 * Seals a finished {@code capture.wacz} into {@code <id>.asice}: signature, time-stamps, container. Seal or fail: without
 * at least one token that validates nothing is written.
 *
 * <p>Every authority is asked. The first whose token validates stamps manifest 002, the next one 003, and so on, each
 * over the same files; the signature's own time-stamp comes from the first of them that gives one. Calls take as long as
 * the authorities' time-outs together, so not a thread of a screen.
 *
 * <pre>
 * Sealer sealer = new Sealer(embedded.signer(), List.of(embedded), clock);
 * SealedPackage sealed = sealer.seal(waczFile, digests, id, packagesFolder);
 * </pre>
 */
public final class Sealer {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final int SIGNATURE = 1;

    private final SigningIdentity signer;
    private final List<TimestampAuthority> authorities;
    private final Clock clock;

    /** @param authorities in the order of preference; an empty list is allowed and makes every seal fail */
    public Sealer(SigningIdentity signer, List<TimestampAuthority> authorities, Clock clock) {
        this.signer = signer;
        this.authorities = List.copyOf(authorities);
        this.clock = clock;
    }

    /**
     * Seals {@code wacz}. It is read once, to copy it; it stays where it is.
     *
     * @param wacz the finished WACZ
     * @param digests of that file, computed while it was written
     * @param id of the package: file name without {@code .asice}
     * @param folder where {@code <id>.asice} appears; created if it is not there
     * @throws SealException if no authority gave a token that validates; nothing was written
     * @throws FileAlreadyExistsException if the package is there already: it was sealed before
     * @throws IOException if the disk failed, or {@code wacz} is not the file that {@code digests} describe; nothing of
     *     that name exists
     */
    public SealedPackage seal(Path wacz, Digests digests, String id, Path folder) throws SealException, IOException {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("not a package id: " + id);
        }
        Files.createDirectories(folder);
        Path out = folder.resolve(id + ".asice");
        if (Files.exists(out)) {
            throw new FileAlreadyExistsException(out.toString());
        }
        PackageContent content = PackageContent.of(digests);
        List<TimestampFailure> failures = new ArrayList<>();
        List<AsicContainer.Proof> proofs = new ArrayList<>();
        List<SealedPackage.Stamped> tokens = stampContent(content.manifestEntries(), proofs, failures);
        String signatureTimestamp = sign(content.manifestEntries(), tokens, proofs, failures);
        // Up to here everything was in memory: if we die, wacz is there, the package is not, and sealing starts anew.
        // Within the next call a file <id>.asice.part may be left; the next attempt replaces it. When it returns, the
        // package survives a power cut.
        Digest sha256 = AsicContainer.write(out, content, wacz, proofs);
        return new SealedPackage(out, id, sha256, digests, tokens, signatureTimestamp, failures);
    }

    /**
     * Seals other files than a capture, such as a report with its data, into an ASiC-E container of the same make: files, {@code
     * SHA256SUMS}, {@code SM3SUMS}, signature, time-stamps. Every file is covered.
     *
     * @param files name in the container to file, in the order of the container; each is read twice and must not change
     * @param out must not exist; its folder does
     * @throws SealException if no authority gave a token that validates; nothing was written
     * @throws IOException if the disk failed, or a file changed meanwhile; {@code out} does not exist
     */
    public SealedFiles sealFiles(Map<String, Path> files, Path out) throws SealException, IOException {
        Map<String, Digest> sha256 = new LinkedHashMap<>();
        Map<String, Digest> sm3 = new LinkedHashMap<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            Digests digests = digests(file.getValue());
            sha256.put(file.getKey(), digests.sha256());
            sm3.put(file.getKey(), digests.sm3());
        }
        Map<String, byte[]> sums = new LinkedHashMap<>();
        sums.put(AsicNames.SHA256SUMS, new SumsFile(Digest.Algorithm.SHA256, sha256).toBytes());
        sums.put(AsicNames.SM3SUMS, new SumsFile(Digest.Algorithm.SM3, sm3).toBytes());
        List<AsicManifest.Entry> entries = new ArrayList<>();
        sha256.forEach((name, digest) -> entries.add(new AsicManifest.Entry(name, digest)));
        sums.forEach(
                (name, bytes) -> entries.add(new AsicManifest.Entry(name, Digest.of(Digest.Algorithm.SHA256, bytes))));
        List<TimestampFailure> failures = new ArrayList<>();
        List<AsicContainer.Proof> proofs = new ArrayList<>();
        List<SealedPackage.Stamped> tokens = stampContent(entries, proofs, failures);
        String unused = sign(entries, tokens, proofs, failures);
        Digest whole = AsicContainer.write(out, files, sha256, sums, proofs);
        return new SealedFiles(out, whole, tokens, failures);
    }

    private static Digests digests(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestingOutputStream out = new DigestingOutputStream(OutputStream.nullOutputStream())) {
            long unused = in.transferTo(out);
            return out.digests();
        }
    }

    private List<SealedPackage.Stamped> stampContent(
            List<AsicManifest.Entry> entries, List<AsicContainer.Proof> proofs, List<TimestampFailure> failures)
            throws SealException {
        List<SealedPackage.Stamped> tokens = new ArrayList<>();
        int number = SIGNATURE + 1;
        for (TimestampAuthority authority : authorities) {
            byte[] manifest = AsicManifest.forTimestamp(number, entries).toXml();
            Optional<ValidatedStamp> stamp = stamp(authority, Digest.of(Digest.Algorithm.SHA256, manifest), failures);
            if (stamp.isPresent()) {
                String member = AsicNames.timestamp(number);
                proofs.add(new AsicContainer.Proof(AsicNames.manifest(number), manifest));
                proofs.add(new AsicContainer.Proof(member, stamp.get().token().der()));
                tokens.add(new SealedPackage.Stamped(
                        member,
                        authority.name(),
                        authority.embedded(),
                        stamp.get().token()));
                number++; // a number is used up only by a token that is in the package
            }
        }
        if (tokens.isEmpty()) {
            throw new SealException("not sealed: no authority gave a time-stamp that validates", failures);
        }
        return tokens;
    }

    /** Adds manifest and signature; gives the name of the authority in it. */
    private String sign(
            List<AsicManifest.Entry> entries,
            List<SealedPackage.Stamped> tokens,
            List<AsicContainer.Proof> proofs,
            List<TimestampFailure> failures)
            throws SealException, IOException {
        byte[] manifest = AsicManifest.forSignature(SIGNATURE, entries).toXml();
        CadesSigner.Unstamped signature;
        try {
            signature = new CadesSigner(signer, clock).sign(manifest);
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
        for (TimestampAuthority authority : authorities) {
            boolean gaveOne = tokens.stream().anyMatch(t -> t.authority().equals(authority.name()));
            Optional<ValidatedStamp> stamp =
                    gaveOne ? stamp(authority, signature.valueDigest(), failures) : Optional.empty();
            if (stamp.isPresent()) {
                proofs.add(new AsicContainer.Proof(AsicNames.manifest(SIGNATURE), manifest));
                proofs.add(new AsicContainer.Proof(
                        AsicNames.signature(SIGNATURE),
                        signature.withTimestamp(stamp.get().token())));
                return authority.name();
            }
        }
        throw new SealException("not sealed: no authority gave a time-stamp over the signature", failures);
    }

    private Optional<ValidatedStamp> stamp(
            TimestampAuthority authority, Digest sha256, List<TimestampFailure> failures) {
        try {
            return Optional.of(ValidatedStamp.obtain(authority, sha256, clock));
        } catch (TimestampException e) {
            failures.add(NotBefore.failure(authority, e));
            return Optional.empty();
        }
    }
}
