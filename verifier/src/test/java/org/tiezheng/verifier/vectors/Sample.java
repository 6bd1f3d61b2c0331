package org.tiezheng.verifier.vectors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.PackageContent;
import org.tiezheng.evidence.seal.CadesSigner;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.SigningIdentity;
import org.tiezheng.evidence.wacz.Cdxj;
import org.tiezheng.evidence.wacz.Pages;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.wacz.WaczWriter;
import org.tiezheng.evidence.warc.WireDerivation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;

/**
 * A small capture (two exchanges over plain HTTP) and its parts, made by the real writers: recording,
 * derivation, index, WACZ, seal. Vectors take it apart and put it together with one fault.
 */
final class Sample {
    static final String ID = "5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01";
    static final Instant STARTED = Instant.parse("2026-11-21T08:00:00Z");
    static final Instant LOADED = STARTED.plusSeconds(10);
    static final Instant SEALED = STARTED.plusSeconds(60);
    /** Vectors are verified for this time. */
    static final Instant VERIFIED = Instant.parse("2026-11-21T12:00:00Z");

    static final String PAGE = "<!doctype html><title>茶</title><img src=/tea.gif>";

    private static final int MAX_CHUNK_BYTES = 1 << 15;
    private static final String URL = "http://shop.example/item/42";

    final Path folder;
    final EmbeddedAuthority authority;
    final EmbeddedAuthority stranger;
    /** Members of the inner WACZ but datapackage.json and its digest. */
    final Map<String, byte[]> resources;
    /** The sealed package, made by {@link Sealer}. */
    final Map<String, byte[]> members;

    final byte[] sealed;
    private final KeyPair waczKey;

    Sample(Path folder) throws Exception {
        this.folder = folder;
        this.authority = EmbeddedAuthority.open(folder.resolve("data"), at(SEALED));
        this.stranger = EmbeddedAuthority.open(folder.resolve("stranger"), at(SEALED));
        this.waczKey = ec("secp384r1");
        this.resources = record();
        Path file = seal(wacz(resources));
        this.members = RawZip.members(file);
        this.sealed = Files.readAllBytes(file);
    }

    static Clock at(Instant time) {
        return Clock.fixed(time, ZoneOffset.UTC);
    }

    // --- the inner WACZ

    private Map<String, byte[]> record() throws Exception {
        Recording recording = recording(PAGE, true);
        Map<String, byte[]> made = new LinkedHashMap<>();
        made.put(WaczNames.WARC, recording.warc());
        made.put(WaczNames.INDEX, recording.index());
        made.put(WaczNames.PAGES, Pages.toJsonl(List.of(new Pages.Page(URL, LOADED, "茶", null))));
        made.put("evidence/capture.json", captureJson(STARTED));
        made.put("evidence/network.pcapng", recording.pcapng());
        return made;
    }

    /** What was on the wire, and the WARC and index derived from it. */
    record Recording(byte[] pcapng, byte[] warc, byte[] index) {}

    Recording recording(String page, boolean withImage) throws Exception {
        return recording("/item/42", page, withImage);
    }

    Recording recording(String path, String page, boolean withImage) throws Exception {
        Path work = Files.createTempDirectory(folder, "recording");
        Path spool = work.resolve("spool");
        Path pcapng = work.resolve("network.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            InetSocketAddress server = new InetSocketAddress(InetAddress.getByName("192.0.2.7"), 80);
            PcapngWriter.ConversationWriter shop = writer.open(server, LOADED, "shop.example:80");
            send(shop, Direction.CLIENT_TO_SERVER, 1, "GET " + path + " HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            send(shop, Direction.SERVER_TO_CLIENT, 2, response("text/html; charset=utf-8", page));
            if (withImage) {
                send(shop, Direction.CLIENT_TO_SERVER, 3, "GET /tea.gif HTTP/1.1\r\nHost: shop.example\r\n\r\n");
                send(
                        shop,
                        Direction.SERVER_TO_CLIENT,
                        4,
                        "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "4\r\nGIF8\r\n2;x=y\r\n9a\r\n0\r\n\r\n");
            }
            shop.end(Direction.CLIENT_TO_SERVER, LOADED.plusMillis(5));
            shop.end(Direction.SERVER_TO_CLIENT, LOADED.plusMillis(6));
        }
        try (OutputStream out = Files.newOutputStream(pcapng)) {
            Digest unused = PcapngWriter.finish(
                    spool, work.resolve("no-keys"), new PcapngWriter.Section("", "", "vectors"), null, out);
        }
        Path warc = work.resolve("data.warc.gz");
        Path index = work.resolve("index.cdx");
        var unused = new WireDerivation("vectors", at(LOADED)).derive(pcapng, warc, work);
        int lines = Cdxj.write(warc, "data.warc.gz", index);
        if (lines != (withImage ? 2 : 1)) {
            throw new IllegalStateException(lines + " index lines");
        }
        return new Recording(Files.readAllBytes(pcapng), Files.readAllBytes(warc), Files.readAllBytes(index));
    }

    /** A right index of {@code warc}. */
    byte[] index(byte[] warc) throws IOException {
        Path work = Files.createTempDirectory(folder, "index");
        Path file = Files.write(work.resolve("data.warc.gz"), warc);
        int unused = Cdxj.write(file, "data.warc.gz", work.resolve("index.cdx"));
        return Files.readAllBytes(work.resolve("index.cdx"));
    }

    private static String response(String type, String body) {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + length + "\r\n\r\n" + body;
    }

    /** In one chunk, or several if it is long. */
    private static void send(PcapngWriter.ConversationWriter to, Direction direction, int millis, String text)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
            ByteBuffer chunk = ByteBuffer.wrap(bytes, at, Math.min(MAX_CHUNK_BYTES, bytes.length - at));
            boolean unused = to.chunk(direction, LOADED.plusMillis(millis), chunk);
        }
    }

    /** The least capture.json that the format allows. */
    byte[] captureJson(Instant notBefore) throws Exception {
        byte[] nonce = new byte[32];
        new SecureRandom().nextBytes(nonce);
        String hex = java.util.HexFormat.of().formatHex(nonce);
        TimestampToken token = EmbeddedAuthority.open(folder.resolve("data"), at(notBefore))
                .stamp(Digest.of(Digest.Algorithm.SHA256, nonce));
        return """
                {"format":"tiezheng-capture/1","id":"%s","request":{"url":"%s"},
                "target":{"inputUrl":"%s","redirects":[]},"steps":[],"environment":{},"clock":{},"network":{},"tls":{},
                "timeBracket":{"notBefore":{"nonce":"%s","token":"%s","genTime":"%s","authority":"embedded","embedded":true},
                "failures":[]},
                "completeness":{"verdict":"COMPLETE","reasons":[]},"artefacts":[],"incidents":[],"tool":{"name":"vectors"}}
                """.formatted(ID, URL, URL, hex, Base64.getEncoder().encodeToString(token.der()), token.genTime())
                .getBytes(StandardCharsets.UTF_8);
    }

    Map<String, byte[]> resourcesWith(String name, byte[] content) {
        Map<String, byte[]> changed = new LinkedHashMap<>(resources);
        changed.put(name, content);
        return changed;
    }

    Map<String, byte[]> resourcesWithout(String name) {
        Map<String, byte[]> changed = new LinkedHashMap<>(resources);
        changed.remove(name);
        return changed;
    }

    /** A WACZ by the real writer. */
    byte[] wacz(Map<String, byte[]> content) throws IOException {
        Path file = Files.createTempFile(folder, "sample", ".wacz");
        Files.delete(file);
        WaczWriter.Metadata metadata = new WaczWriter.Metadata("茶", SEALED, "vectors", URL, LOADED);
        try (WaczWriter writer = WaczWriter.create(file, metadata, new SecureRandom())) {
            for (Map.Entry<String, byte[]> resource : content.entrySet()) {
                Digests unused = writer.add(resource.getKey(), resource.getValue());
            }
            Digests unused = writer.finish();
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    Map<String, byte[]> waczMembers(byte[] wacz) throws IOException {
        Path file = Files.createTempFile(folder, "sample", ".wacz");
        Files.write(file, wacz);
        Map<String, byte[]> inside = RawZip.members(file);
        Files.delete(file);
        return inside;
    }

    /** The sample's WACZ with another datapackage.json, rightly signed. */
    RawZip waczWithDatapackage(byte[] datapackage) throws Exception {
        Map<String, byte[]> inside = waczMembers(wacz(resources));
        inside.put(WaczNames.DATAPACKAGE, datapackage);
        inside.put(WaczNames.DATAPACKAGE_DIGEST, datapackageDigest(datapackage));
        return RawZip.of(inside);
    }

    byte[] datapackageDigest(byte[] datapackage) throws GeneralSecurityException {
        String hash = Digest.of(Digest.Algorithm.SHA256, datapackage).toString();
        Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
        signer.initSign(waczKey.getPrivate());
        signer.update(hash.getBytes(StandardCharsets.US_ASCII));
        Base64.Encoder base64 = Base64.getEncoder();
        return """
                {"path":"datapackage.json","hash":"%s","signedData":{"hash":"%s","created":"%s","software":"vectors",
                "signature":"%s","publicKey":"%s"}}
                """.formatted(
                        hash,
                        hash,
                        SEALED,
                        base64.encodeToString(signer.sign()),
                        base64.encodeToString(waczKey.getPublic().getEncoded()))
                .getBytes(StandardCharsets.US_ASCII);
    }

    // --- the container

    /** A package by the real sealer. */
    Path seal(byte[] wacz) throws Exception {
        Path file = folder.resolve("capture.wacz");
        Path out = Files.createTempDirectory(folder, "sealed");
        try (DigestingOutputStream digesting = new DigestingOutputStream(Files.newOutputStream(file))) {
            digesting.write(wacz);
            return new Sealer(authority.signer(), List.of(authority), at(SEALED))
                    .seal(file, digesting.digests(), ID, out)
                    .path();
        }
    }

    byte[] sealedBytes(byte[] wacz) throws Exception {
        return Files.readAllBytes(seal(wacz));
    }

    /** The five covered files of a WACZ, as the real writer makes them. */
    Map<String, byte[]> covered(byte[] wacz) throws IOException {
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        try (DigestingOutputStream digesting = new DigestingOutputStream(sink)) {
            digesting.write(wacz);
            Map<String, byte[]> covered = new LinkedHashMap<>();
            covered.put(AsicNames.WACZ, wacz);
            covered.putAll(PackageContent.of(digesting.digests()).files());
            return covered;
        }
    }

    /** The sample's five covered files. */
    Map<String, byte[]> covered() {
        Map<String, byte[]> covered = new LinkedHashMap<>();
        AsicNames.COVERED.forEach(name -> covered.put(name, members.get(name)));
        return covered;
    }

    static List<AsicManifest.Entry> entries(Map<String, byte[]> files) {
        List<AsicManifest.Entry> entries = new ArrayList<>();
        files.forEach(
                (name, bytes) -> entries.add(new AsicManifest.Entry(name, Digest.of(Digest.Algorithm.SHA256, bytes))));
        return entries;
    }

    /** Seals by hand: any files, any text as signed manifest. */
    RawZip sealByHand(Map<String, byte[]> covered, byte[] signedManifest) throws Exception {
        byte[] stamped = AsicManifest.forTimestamp(2, entries(covered)).toXml();
        return container(covered)
                .add(AsicNames.manifest(1), signedManifest)
                .add(AsicNames.signature(1), sign(signedManifest, authority.signer(), authority))
                .add(AsicNames.manifest(2), stamped)
                .add(AsicNames.timestamp(2), stamp(authority, stamped));
    }

    RawZip sealByHand(Map<String, byte[]> covered) throws Exception {
        return sealByHand(
                covered, AsicManifest.forSignature(1, entries(covered)).toXml());
    }

    static RawZip container(Map<String, byte[]> covered) {
        RawZip zip = new RawZip().addText(AsicNames.MIMETYPE, AsicNames.MIMETYPE_TEXT);
        covered.forEach(zip::add);
        return zip;
    }

    static byte[] stamp(EmbeddedAuthority authority, byte[] content) throws TimestampException {
        return authority.stamp(Digest.of(Digest.Algorithm.SHA256, content)).der();
    }

    static byte[] sign(byte[] manifest, SigningIdentity signer, EmbeddedAuthority stamps) throws Exception {
        CadesSigner.Unstamped signature = new CadesSigner(signer, at(SEALED)).sign(manifest);
        return signature.withTimestamp(stamps.stamp(signature.valueDigest()));
    }

    /** The sample's package with some members replaced, in its order. */
    RawZip with(String name, byte[] content) {
        RawZip zip = RawZip.of(members);
        zip.entry(name).content = content.clone();
        return zip;
    }

    static KeyPair ec(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }
}
