package org.tiezheng.evidence.wire.tls;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;

/** Writes the seeds of {@link WireFuzzTest} into the folder given: the trace of RFC 8448 in each of the three forms. */
final class WireFuzzSeeds {
    private static final Object[][] TRACE = {
        {Direction.CLIENT_TO_SERVER, Rfc8448.CLIENT_HELLO},
        {Direction.SERVER_TO_CLIENT, Rfc8448.SERVER_HELLO},
        {Direction.SERVER_TO_CLIENT, Rfc8448.SERVER_FLIGHT},
        {Direction.CLIENT_TO_SERVER, Rfc8448.CLIENT_FINISHED},
        {Direction.SERVER_TO_CLIENT, Rfc8448.SERVER_TICKET},
        {Direction.CLIENT_TO_SERVER, Rfc8448.CLIENT_DATA},
        {Direction.SERVER_TO_CLIENT, Rfc8448.SERVER_DATA},
        {Direction.CLIENT_TO_SERVER, Rfc8448.CLIENT_CLOSE},
        {Direction.SERVER_TO_CLIENT, Rfc8448.SERVER_CLOSE},
    };

    private WireFuzzSeeds() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Map<String, byte[]> seeds = new TreeMap<>();
        seeds.put("pcapng/rfc8448-section3.pcapng", pcapng());
        seeds.put("streams/rfc8448-section3", script());
        seeds.put("encryptedHandshake/rfc8448-section3", TlsStreamTest.serverFlight());
        for (Map.Entry<String, byte[]> seed : seeds.entrySet()) {
            Path file = folder.resolve(seed.getKey());
            Files.createDirectories(file.getParent());
            Files.write(file, seed.getValue());
        }
    }

    private static byte[] script() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object[] step : TRACE) {
            byte[] bytes = (byte[]) step[1];
            out.write(((Direction) step[0]).ordinal());
            out.write(bytes.length >> 8);
            out.write(bytes.length);
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] pcapng() throws Exception {
        Path folder = Files.createTempDirectory("seeds");
        Path spool = folder.resolve("spool.pcapng");
        Instant at = Instant.parse("2026-11-21T08:00:00Z");
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            var conversation = writer.open(new InetSocketAddress("203.0.113.9", 443), at, "server:443");
            for (Object[] step : TRACE) {
                conversation.chunk((Direction) step[0], at, ByteBuffer.wrap((byte[]) step[1]));
            }
            conversation.end(Direction.CLIENT_TO_SERVER, at);
            conversation.end(Direction.SERVER_TO_CLIENT, at);
        }
        Path keys = Files.writeString(folder.resolve("keys.log"), Rfc8448.KEY_LOG);
        byte[] file = Files.readAllBytes(Decoded.finish(spool, keys));
        for (String name : new String[] {"network.pcapng", "keys.log", "spool.pcapng"}) {
            Files.delete(folder.resolve(name));
        }
        Files.delete(folder);
        return file;
    }
}
