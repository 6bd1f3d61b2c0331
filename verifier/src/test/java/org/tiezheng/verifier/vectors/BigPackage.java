package org.tiezheng.verifier.vectors;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.wacz.Cdxj;
import org.tiezheng.evidence.wacz.Pages;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.wacz.WaczWriter;

/**
 * Makes a large package for measurements: half recording, the rest WARC with bodies that do not compress, as images and
 * videos do not. The recording is noise, so {@code --deep} says W12.
 *
 * <pre>java -cp … org.tiezheng.verifier.vectors.BigPackage FOLDER MEGABYTES</pre>
 *
 * <p>Leaves {@code FOLDER/big.asice} and {@code FOLDER/data/trust/root.pem}.
 */
public final class BigPackage {
    private static final int BODY_BYTES = 1 << 20;

    private BigPackage() {}

    public static void main(String[] args) throws Exception {
        make(Path.of(args[0]), Long.parseLong(args[1]) << 20);
    }

    static Path make(Path folder, long sizeBytes) throws Exception {
        Files.createDirectories(folder);
        Random random = new Random(42);
        Path warc = folder.resolve("data.warc.gz");
        Path index = folder.resolve("index.cdx");
        Path recording = folder.resolve("network.pcapng");
        Files.deleteIfExists(index);
        warc(warc, sizeBytes / 2, random);
        noise(recording, sizeBytes / 2, random);
        int unused = Cdxj.write(warc, "data.warc.gz", index);
        Sample sample = new Sample(Files.createTempDirectory(folder, "sample"));
        Path wacz = folder.resolve("capture.wacz");
        Files.deleteIfExists(wacz);
        Digests digests;
        WaczWriter.Metadata metadata = new WaczWriter.Metadata("big", Sample.SEALED, "bench", null, null);
        try (WaczWriter writer = WaczWriter.create(wacz, metadata, new SecureRandom())) {
            Digests one = writer.add(WaczNames.WARC, warc);
            one = writer.add(WaczNames.INDEX, index);
            one = writer.add(WaczNames.PAGES, Pages.toJsonl(List.of()));
            one = writer.add("evidence/capture.json", sample.captureJson(Sample.STARTED));
            one = writer.add("evidence/network.pcapng", recording);
            digests = writer.finish();
        }
        EmbeddedAuthority authority = EmbeddedAuthority.open(folder.resolve("data"), Clock.systemUTC());
        Files.deleteIfExists(folder.resolve("big.asice"));
        Path sealed = new Sealer(authority.signer(), List.of(authority), Clock.systemUTC())
                .seal(wacz, digests, "big", folder)
                .path();
        for (Path part : List.of(warc, index, recording, wacz)) {
            Files.delete(part);
        }
        return sealed;
    }

    private static void noise(Path file, long sizeBytes, Random random) throws IOException {
        byte[] block = new byte[BODY_BYTES];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < sizeBytes; written += block.length) {
                random.nextBytes(block);
                out.write(block);
            }
        }
    }

    private static void warc(Path file, long sizeBytes, Random random) throws IOException {
        byte[] body = new byte[BODY_BYTES];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (long written = 0; written < sizeBytes; written += body.length) {
                random.nextBytes(body);
                record(out, written / BODY_BYTES, body);
            }
        }
    }

    private static void record(OutputStream out, long number, byte[] body) throws IOException {
        byte[] head = ("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        MessageDigest block = Digest.Algorithm.SHA256.start();
        block.update(head);
        block.update(body);
        String header = "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-"
                + String.format(java.util.Locale.ROOT, "%012x", number) + ">\r\nWARC-Target-URI: https://shop.example/"
                + number + ".png\r\nWARC-Date: 2026-11-21T08:00:10.000000Z\r\nWARC-Payload-Digest: "
                + Digest.of(Digest.Algorithm.SHA256, body) + "\r\nWARC-Block-Digest: "
                + Digest.ofBytes(Digest.Algorithm.SHA256, block.digest())
                + "\r\nContent-Type: application/http;msgtype=response\r\nContent-Length: "
                + (head.length + body.length) + "\r\n\r\n";
        gzip(
                out,
                header.getBytes(StandardCharsets.US_ASCII),
                head,
                body,
                "\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** One member at the fastest level, as the real writer compresses large blocks. */
    private static void gzip(OutputStream out, byte[]... parts) throws IOException {
        out.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff});
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        for (int i = 0; i < parts.length; i++) {
            crc.update(parts[i]);
            size += parts[i].length;
            deflater.setInput(parts[i]);
            if (i == parts.length - 1) {
                deflater.finish();
            }
            while (i == parts.length - 1 ? !deflater.finished() : !deflater.needsInput()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
        }
        deflater.end();
        for (long value : new long[] {crc.getValue(), size}) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write((int) (value >> shift) & 0xff);
            }
        }
    }
}
