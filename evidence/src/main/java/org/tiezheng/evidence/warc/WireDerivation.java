package org.tiezheng.evidence.warc;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.tiezheng.evidence.wire.http.Exchange;
import org.tiezheng.evidence.wire.http.ExchangeSink;
import org.tiezheng.evidence.wire.http.Spools;
import org.tiezheng.evidence.wire.http.WebSocketMessage;

/**
 * Derives the WARC from the recording: reads {@code network.pcapng} once, front to back, and writes each exchange when
 * its last byte has passed.
 *
 * <p>A pure function of the pcapng but for the record identifiers, which are random, and the warcinfo record, which names
 * writer and time. Memory does not grow with the size of bodies; the folder for temporary files needs room for the bodies
 * that are in flight at the same time.
 */
public final class WireDerivation {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final String software;
    private final Clock clock;

    /**
     * @param software name and version of the writer for the warcinfo record, printable ASCII
     * @param clock for the date of the warcinfo record
     */
    public WireDerivation(String software, Clock clock) {
        this.software = software;
        this.clock = clock;
    }

    /**
     * @param pcapng the recording
     * @param warcOut written or overwritten
     * @param tempDir existing folder; holds {@link DerivationSummary#exchanges} afterwards and nothing else of ours
     * @throws IOException if reading or writing failed; never for what the recording says
     */
    public DerivationSummary derive(Path pcapng, Path warcOut, Path tempDir) throws IOException {
        Path lines = Files.createTempFile(tempDir, "exchanges-", ".ndjson");
        try (InputStream in = new BufferedInputStream(Files.newInputStream(pcapng), BUFFER_BYTES);
                WireWarc warc = new WireWarc(
                        new WarcFile(new BufferedOutputStream(Files.newOutputStream(warcOut), BUFFER_BYTES)));
                OutputStream lineOut = new BufferedOutputStream(Files.newOutputStream(lines))) {
            warc.info(software, clock.instant());
            ExchangeSink sink = new ExchangeSink() {
                @Override
                public void exchange(Exchange exchange) throws IOException {
                    warc.exchange(exchange);
                    String line = ExchangeLine.MAPPER.writeValueAsString(ExchangeLine.of(exchange));
                    lineOut.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                }

                @Override
                public void webSocketMessage(WebSocketMessage message) throws IOException {
                    warc.webSocketMessage(message);
                }
            };
            return WireReading.read(in, sink, new Spools(tempDir)).summary(lines);
        }
    }
}
