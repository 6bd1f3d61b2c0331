package org.tiezheng.evidence.wacz;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.zip.CanonicalZipWriter;
import org.tiezheng.evidence.zip.MemberNames;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes {@code capture.wacz}. Digests of every member and of the whole are computed in the one pass that writes.
 *
 * <pre>
 * try (WaczWriter wacz = WaczWriter.create(file, metadata, new SecureRandom())) {
 *     wacz.add(WaczNames.WARC, warcFile);
 *     wacz.add(WaczNames.INDEX, indexFile);
 *     wacz.add(WaczNames.PAGES, Pages.toJsonl(pages));
 *     wacz.add("evidence/capture.json", captureJson);
 *     Digests identity = wacz.finish();
 * }
 * </pre>
 *
 * <p>Closed without {@link #finish()}, or after an exception, the file is no WACZ and the caller deletes it. Not for use by
 * several threads.
 */
public final class WaczWriter implements Closeable {
    private static final String PROFILE = "data-package";
    private static final String WACZ_VERSION = "1.1.1";

    private final FileChannel channel;
    private final DigestingOutputStream whole;
    private final CanonicalZipWriter zip;
    private final Metadata metadata;
    private final SecureRandom random;
    private final Map<String, Digests> resources = new LinkedHashMap<>();

    /**
     * What datapackage.json says of the capture.
     *
     * @param title for people
     * @param created when the WACZ is written; kept to milliseconds
     * @param software name and version of the program
     * @param mainPageUrl the page a player opens first; null if there is none
     * @param mainPageDate WARC-Date of its main document; null if there is none
     */
    public record Metadata(
            String title,
            Instant created,
            String software,
            @Nullable String mainPageUrl,
            @Nullable Instant mainPageDate) {}

    private WaczWriter(FileChannel channel, Metadata metadata, SecureRandom random) {
        this.channel = channel;
        this.whole = new DigestingOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
        this.zip = new CanonicalZipWriter(whole);
        this.metadata = metadata;
        this.random = random;
    }

    /**
     * Starts a WACZ in a new file.
     *
     * @param random makes the key of the anonymous signature
     * @throws java.nio.file.FileAlreadyExistsException if {@code file} exists
     */
    public static WaczWriter create(Path file, Metadata metadata, SecureRandom random) throws IOException {
        return new WaczWriter(
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), metadata, random);
    }

    /** @throws IllegalArgumentException if the name is not one of {@link WaczNames#isResource} or taken already */
    public Digests add(String name, Path content) throws IOException {
        return listed(requireResource(name), zip.add(name, content));
    }

    /** @throws IllegalArgumentException if the name is not one of {@link WaczNames#isResource} or taken already */
    public Digests add(String name, byte[] content) throws IOException {
        return listed(requireResource(name), zip.add(name, content));
    }

    /**
     * Writes datapackage.json, its signed digest and the central directory, and syncs the file.
     *
     * @return what the whole WACZ hashes to: its SHA-256 is the package's identity
     */
    public Digests finish() throws IOException {
        byte[] datapackage = datapackage();
        zip.add(WaczNames.DATAPACKAGE, datapackage);
        zip.add(WaczNames.DATAPACKAGE_DIGEST, datapackageDigest(datapackage));
        zip.finish();
        channel.force(true);
        return whole.digests();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static String requireResource(String name) {
        if (!WaczNames.isResource(name)) {
            throw new IllegalArgumentException("no name for a file in a WACZ: " + MemberNames.printable(name));
        }
        return name;
    }

    private Digests listed(String name, Digests digests) {
        resources.put(name, digests);
        return digests;
    }

    private String created() {
        return metadata.created().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private byte[] datapackage() {
        ObjectNode root = Json.object();
        root.put("profile", PROFILE);
        root.put("wacz_version", WACZ_VERSION);
        root.put("title", metadata.title());
        root.put("created", created());
        root.put("software", metadata.software());
        if (metadata.mainPageUrl() != null) {
            root.put("mainPageUrl", metadata.mainPageUrl());
        }
        if (metadata.mainPageDate() != null) {
            root.put(
                    "mainPageDate",
                    metadata.mainPageDate().truncatedTo(ChronoUnit.MILLIS).toString());
        }
        ArrayNode list = root.putArray("resources");
        resources.forEach((path, digests) -> {
            ObjectNode resource = list.addObject();
            // Frictionless: lower case and unique; zip names are unique even without case.
            resource.put("name", path.toLowerCase(Locale.ROOT));
            resource.put("path", path);
            resource.put("hash", digests.sha256().toString());
            resource.put("sm3", digests.sm3().toString());
            resource.put("bytes", digests.sizeBytes());
        });
        return Json.document(root);
    }

    private byte[] datapackageDigest(byte[] datapackage) {
        Digest digest = Digest.of(Digest.Algorithm.SHA256, datapackage);
        WaczSignature signature = WaczSignature.sign(digest, random);
        ObjectNode root = Json.object();
        root.put("path", WaczNames.DATAPACKAGE);
        root.put("hash", digest.toString());
        ObjectNode signed = root.putObject("signedData");
        signed.put("hash", digest.toString());
        signed.put("created", created());
        signed.put("software", metadata.software());
        signed.put("signature", signature.signature());
        signed.put("publicKey", signature.publicKey());
        return Json.document(root);
    }
}
