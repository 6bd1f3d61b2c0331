package org.tiezheng.evidence.warc;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.wire.http.Exchange;
import org.tiezheng.evidence.wire.http.ExchangeSink;
import org.tiezheng.evidence.wire.http.WebSocketMessage;

/** Writes exchanges and WebSocket messages as WARC records, the records of one exchange next to each other. */
public final class WireWarc implements ExchangeSink, Closeable {
    private final WarcFile file;
    private final Supplier<UUID> identifiers;

    /** @param file closed with this */
    public WireWarc(WarcFile file) {
        this(file, UUID::randomUUID);
    }

    WireWarc(WarcFile file, Supplier<UUID> identifiers) {
        this.file = file;
        this.identifiers = identifiers;
    }

    /**
     * Writes the warcinfo record, which comes first.
     *
     * @param software name and version of the writer, printable ASCII
     * @param at when the file is written
     */
    public void info(String software, Instant at) throws IOException {
        String text = "software: " + software + "\r\nformat: WARC File Format 1.1\r\n"
                + "conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
                + "description: derived from network.pcapng; see docs/warc.md\r\n";
        byte[] block = text.getBytes(StandardCharsets.UTF_8);
        WarcFields.Builder fields = new WarcFields.Builder();
        fields.add("WARC-Type", "warcinfo");
        fields.add("WARC-Record-ID", urn(identifiers.get()));
        fields.add("WARC-Date", WarcFile.date(at));
        fields.add(
                "WARC-Block-Digest", Digest.of(Digest.Algorithm.SHA256, block).toString());
        fields.add("Content-Type", "application/warc-fields");
        file.write(fields.build(), new ByteArrayInputStream(block), block.length);
    }

    private static String urn(UUID uuid) {
        return "<urn:uuid:" + uuid + ">";
    }

    @Override
    public void exchange(Exchange exchange) throws IOException {
        write(WireRecords.of(exchange));
    }

    @Override
    public void webSocketMessage(WebSocketMessage message) throws IOException {
        write(List.of(WireRecords.of(message)));
    }

    private void write(List<WireRecords.Draft> drafts) throws IOException {
        List<String> ids = Stream.generate(() -> urn(identifiers.get()))
                .limit(drafts.size())
                .toList();
        for (int i = 0; i < drafts.size(); i++) {
            WireRecords.Draft draft = drafts.get(i);
            WarcFields.Builder fields = new WarcFields.Builder();
            fields.add("WARC-Record-ID", ids.get(i));
            for (Map.Entry<String, String> field : draft.fields().list()) {
                fields.add(field.getKey(), field.getValue());
            }
            for (String other : ids) {
                if (!other.equals(ids.get(i))) {
                    fields.add("WARC-Concurrent-To", other);
                }
            }
            try (InputStream block = draft.content().openBlock()) {
                file.write(fields.build(), block, draft.content().blockBytes());
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
