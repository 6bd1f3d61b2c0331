package org.tiezheng.evidence.asic;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;

/**
 * What is sealed: the WACZ, known by its digests, and the four small files that follow from it. The same WACZ always gives
 * the same content.
 *
 * <pre>
 * PackageContent content = PackageContent.of(waczDigests);
 * byte[] manifest = AsicManifest.forSignature(1, content.manifestEntries()).toXml();
 * … sign, stamp …
 * AsicContainer.write(out, content, waczFile, proofs);
 * </pre>
 */
public final class PackageContent {
    private final Digests wacz;
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    private PackageContent(Digests wacz) {
        this.wacz = wacz;
        byte[] datapackage = MultiWaczPackage.toJson(wacz);
        byte[] verifyText = verifyText();
        files.put(AsicNames.DATAPACKAGE, datapackage);
        files.put(AsicNames.SHA256SUMS, sums(Digest.Algorithm.SHA256, wacz.sha256(), datapackage, verifyText));
        files.put(AsicNames.SM3SUMS, sums(Digest.Algorithm.SM3, wacz.sm3(), datapackage, verifyText));
        files.put(AsicNames.VERIFY_TXT, verifyText);
    }

    /** @param wacz what {@code capture.wacz} hashes to, computed while it was written */
    public static PackageContent of(Digests wacz) {
        return new PackageContent(wacz);
    }

    public Digests wacz() {
        return wacz;
    }

    /** datapackage.json, SHA256SUMS, SM3SUMS and VERIFY.txt: name to bytes, in the order of the container. */
    public Map<String, byte[]> files() {
        Map<String, byte[]> copy = new LinkedHashMap<>();
        files.forEach((name, bytes) -> copy.put(name, bytes.clone()));
        return copy;
    }

    /** The five covered files with their SHA-256, as every manifest lists them. */
    public List<AsicManifest.Entry> manifestEntries() {
        List<AsicManifest.Entry> entries = new ArrayList<>();
        entries.add(new AsicManifest.Entry(AsicNames.WACZ, wacz.sha256()));
        files.forEach(
                (name, bytes) -> entries.add(new AsicManifest.Entry(name, Digest.of(Digest.Algorithm.SHA256, bytes))));
        return entries;
    }

    private static byte[] sums(Digest.Algorithm algorithm, Digest wacz, byte[] datapackage, byte[] verifyText) {
        Map<String, Digest> sums = new LinkedHashMap<>();
        sums.put(AsicNames.WACZ, wacz);
        sums.put(AsicNames.DATAPACKAGE, Digest.of(algorithm, datapackage));
        sums.put(AsicNames.VERIFY_TXT, Digest.of(algorithm, verifyText));
        return new SumsFile(algorithm, sums).toBytes();
    }

    private static byte[] verifyText() {
        try (InputStream in = PackageContent.class.getResourceAsStream("VERIFY.txt")) {
            if (in == null) {
                throw new IllegalStateException("VERIFY.txt is missing in this jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("VERIFY.txt of this jar", e);
        }
    }
}
