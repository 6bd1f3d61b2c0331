package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.asic.AsicContainer;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.wacz.Cdxj;
import org.tiezheng.evidence.wacz.Pages;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.wacz.WaczWriter;
import org.tiezheng.evidence.warc.WireDerivation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes sealed packages that verify as VALID, by the real writers: recording, derivation, index, WACZ, seal. Two exchanges over
 * plain HTTP, some 30 kB each; no browser.
 *
 * <pre>{@code
 * TestPackages packages = new TestPackages(folder, Instant.parse("2026-11-21T08:00:00Z"));
 * Path asice = packages.make("茶叶旗舰店", "http://shop.example/item/42", "正品保证 假一赔十");
 * new Verifier(packages.anchors(), clock, VerifierOptions.DEFAULT).verify(asice);
 * }</pre>
 */
public final class TestPackages {
    private final Path folder;
    private final Instant sealed;
    private final EmbeddedAuthority authority;
    private int made;
    private int images = 1;

    /**
     * @param folder for keys, work and the packages
     * @param sealed time of every seal; captures begin a minute before
     */
    public TestPackages(Path folder, Instant sealed) throws IOException {
        this.folder = folder;
        this.sealed = sealed;
        this.authority = authority(sealed);
    }

    /** Pages from now on ask for so many pictures: one exchange each, beside that of the page. */
    public TestPackages withImages(int count) {
        images = count;
        return this;
    }

    private EmbeddedAuthority authority(Instant at) throws IOException {
        return EmbeddedAuthority.open(folder.resolve("authority"), Clock.fixed(at, ZoneOffset.UTC));
    }

    /** The root that signatures and time-stamps lead to. */
    public TrustAnchors anchors() {
        return TrustAnchors.of(authority.root());
    }

    /** Writes {@link #anchors()} as PEM. */
    public void writeRoot(Path pem) throws IOException {
        Files.writeString(pem, anchors().toPem());
    }

    /** A COMPLETE capture of {@code url} with this title and page text. */
    public Path make(String title, String url, String pageText) {
        return make(UUID.randomUUID(), title, url, pageText, Map.of());
    }

    /**
     * A package with further files.
     *
     * @param more names such as {@code evidence/screenshot.png} with their content
     */
    public Path make(UUID id, String title, String url, String pageText, Map<String, byte[]> more) {
        try {
            Path work = Files.createDirectories(folder.resolve("work" + ++made));
            Map<String, byte[]> files = record(work, title, url);
            files.put("evidence/capture.json", captureJson(id, title, url));
            files.put("evidence/page.txt", pageText.getBytes(StandardCharsets.UTF_8));
            files.putAll(more);
            Path wacz = work.resolve("capture.wacz");
            WaczWriter.Metadata metadata =
                    new WaczWriter.Metadata(title, sealed, "tests", url, sealed.minusSeconds(50));
            Digests digests;
            try (WaczWriter writer = WaczWriter.create(wacz, metadata, new SecureRandom())) {
                for (Map.Entry<String, byte[]> file : files.entrySet()) {
                    Digests unused = writer.add(file.getKey(), file.getValue());
                }
                digests = writer.finish();
            }
            Path out = Files.createDirectories(work.resolve("sealed"));
            return new Sealer(authority.signer(), List.of(authority), Clock.fixed(sealed, ZoneOffset.UTC))
                    .seal(wacz, digests, id.toString(), out)
                    .path();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (Exception failed) {
            throw new IllegalStateException("no test package", failed);
        }
    }

    /** The same package with so many certificates more in {@code META-INF/trust/}, all alike: it is VALID still. */
    public Path withTrustFiles(Path asice, int count) {
        try (FileChannel channel = FileChannel.open(asice)) {
            Path work = Files.createDirectories(folder.resolve("work" + ++made));
            Path root = work.resolve("root.pem");
            writeRoot(root);
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            Path wacz = work.resolve("capture.wacz");
            Map<String, byte[]> small = new LinkedHashMap<>();
            List<AsicContainer.Proof> proofs = new ArrayList<>();
            for (Member member : zip.members()) {
                try (InputStream in = zip.open(member)) {
                    if (member.name().equals(AsicNames.WACZ)) {
                        Files.copy(in, wacz);
                    } else if (AsicNames.isMetaInf(member.name())) {
                        proofs.add(new AsicContainer.Proof(member.name(), in.readAllBytes()));
                    } else if (!member.name().equals(AsicNames.MIMETYPE)) {
                        small.put(member.name(), in.readAllBytes());
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                String name = "META-INF/trust/root-" + (10_000 + i) + ".pem";
                proofs.add(new AsicContainer.Proof(name, Files.readAllBytes(root)));
            }
            Path out = work.resolve(asice.getFileName());
            AsicContainer.write(
                    out,
                    Map.of(AsicNames.WACZ, wacz),
                    Map.of(AsicNames.WACZ, Digest.sha256(sha256(wacz))),
                    small,
                    proofs);
            return out;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A package whose WACZ holds {@code sizeBytes} of noise more, written as a stream. */
    public Path makeLarge(String title, String url, long sizeBytes) {
        try {
            UUID id = UUID.randomUUID();
            Path work = Files.createDirectories(folder.resolve("work" + ++made));
            Path noise = work.resolve("noise.bin");
            java.util.Random random = new java.util.Random(made);
            byte[] block = new byte[1 << 20];
            try (OutputStream out = Files.newOutputStream(noise)) {
                for (long left = sizeBytes; left > 0; left -= block.length) {
                    random.nextBytes(block);
                    out.write(block, 0, (int) Math.min(left, block.length));
                }
            }
            Map<String, byte[]> files = record(work, title, url);
            files.put("evidence/capture.json", captureJson(id, title, url));
            Path wacz = work.resolve("capture.wacz");
            WaczWriter.Metadata metadata =
                    new WaczWriter.Metadata(title, sealed, "tests", url, sealed.minusSeconds(50));
            Digests digests;
            try (WaczWriter writer = WaczWriter.create(wacz, metadata, new SecureRandom())) {
                for (Map.Entry<String, byte[]> file : files.entrySet()) {
                    Digests unused = writer.add(file.getKey(), file.getValue());
                }
                Digests unused = writer.add("evidence/noise.bin", noise);
                digests = writer.finish();
            }
            Files.delete(noise);
            Path out = Files.createDirectories(work.resolve("sealed"));
            Path sealedFile = new Sealer(authority.signer(), List.of(authority), Clock.fixed(sealed, ZoneOffset.UTC))
                    .seal(wacz, digests, id.toString(), out)
                    .path();
            Files.delete(wacz);
            return sealedFile;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (Exception failed) {
            throw new IllegalStateException("no test package", failed);
        }
    }

    private Map<String, byte[]> record(Path work, String title, String url) throws Exception {
        String path = java.net.URI.create(url).getRawPath();
        String host = java.net.URI.create(url).getHost();
        Instant loaded = sealed.minusSeconds(50);
        Path spool = work.resolve("spool");
        Path pcapng = work.resolve("network.pcapng");
        String page = "<!doctype html><title>" + title + "</title><img src=/tea.gif>";
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            InetSocketAddress server = new InetSocketAddress(InetAddress.getByName("192.0.2.7"), 80);
            PcapngWriter.ConversationWriter shop = writer.open(server, loaded, host + ":80");
            send(shop, Direction.CLIENT_TO_SERVER, loaded, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            int length = page.getBytes(StandardCharsets.UTF_8).length;
            send(
                    shop,
                    Direction.SERVER_TO_CLIENT,
                    loaded.plusMillis(1),
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " + length
                            + "\r\n\r\n" + page);
            for (int i = 0; i < images; i++) {
                String picture = i == 0 ? "/tea.gif" : "/tea.gif?n=" + i;
                send(
                        shop,
                        Direction.CLIENT_TO_SERVER,
                        loaded.plusMillis(2),
                        "GET " + picture + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
                send(
                        shop,
                        Direction.SERVER_TO_CLIENT,
                        loaded.plusMillis(3),
                        "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 6\r\n\r\nGIF89a");
            }
            shop.end(Direction.CLIENT_TO_SERVER, loaded.plusMillis(4));
            shop.end(Direction.SERVER_TO_CLIENT, loaded.plusMillis(5));
        }
        try (OutputStream out = Files.newOutputStream(pcapng)) {
            Digest unused = PcapngWriter.finish(
                    spool, work.resolve("no-keys"), new PcapngWriter.Section("", "", "tests"), null, out);
        }
        Path warc = work.resolve("data.warc.gz");
        Path index = work.resolve("index.cdx");
        var unused = new WireDerivation("tests", Clock.fixed(loaded, ZoneOffset.UTC)).derive(pcapng, warc, work);
        int lines = Cdxj.write(warc, "data.warc.gz", index);
        if (lines != 1 + images) {
            throw new IllegalStateException(lines + " index lines");
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(WaczNames.WARC, Files.readAllBytes(warc));
        files.put(WaczNames.INDEX, Files.readAllBytes(index));
        files.put(WaczNames.PAGES, Pages.toJsonl(List.of(new Pages.Page(url, loaded, title, null))));
        files.put("evidence/network.pcapng", Files.readAllBytes(pcapng));
        return files;
    }

    private static void send(PcapngWriter.ConversationWriter to, Direction direction, Instant at, String text)
            throws IOException {
        boolean unused = to.chunk(direction, at, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private byte[] captureJson(UUID id, String title, String url) throws Exception {
        byte[] nonce = new byte[32];
        new SecureRandom().nextBytes(nonce);
        Instant begin = sealed.minusSeconds(60);
        TimestampToken token = authority(begin).stamp(Digest.of(Digest.Algorithm.SHA256, nonce));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", "tiezheng-capture/1");
        json.put("id", id.toString());
        json.put("request", Map.of("url", url, "officers", List.of("执法人员甲")));
        json.put("target", Map.of("inputUrl", url, "finalUrl", url, "title", title, "redirects", List.of()));
        json.put(
                "steps",
                List.of(
                        Map.of("name", "navigate", "startedAt", begin.toString(), "endedAt", begin.plusSeconds(1) + ""),
                        Map.of(
                                "name",
                                "pdf",
                                "startedAt",
                                begin.plusSeconds(2) + "",
                                "endedAt",
                                begin.plusSeconds(30) + "")));
        for (String empty : List.of("environment", "clock", "network", "tls")) {
            json.put(empty, Map.of());
        }
        json.put(
                "timeBracket",
                Map.of(
                        "notBefore",
                        Map.of(
                                "nonce", HexFormat.of().formatHex(nonce),
                                "token", Base64.getEncoder().encodeToString(token.der()),
                                "genTime", token.genTime().toString(),
                                "authority", "embedded",
                                "embedded", true),
                        "failures",
                        List.of()));
        json.put("completeness", Map.of("verdict", "COMPLETE", "reasons", List.of()));
        json.put("artefacts", List.of());
        json.put("incidents", List.of());
        json.put("tool", Map.of("name", "tests"));
        return JsonMapper.shared().writeValueAsBytes(json);
    }

    /** SHA-256 of a file, 64 lower-case hex digits. */
    public static String sha256(Path file) throws IOException {
        try (DigestingOutputStream digesting = new DigestingOutputStream(OutputStream.nullOutputStream())) {
            Files.copy(file, digesting);
            return digesting.digests().sha256().hex();
        }
    }
}
