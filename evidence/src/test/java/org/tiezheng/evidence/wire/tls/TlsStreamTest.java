package org.tiezheng.evidence.wire.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.tiezheng.evidence.wire.Direction.CLIENT_TO_SERVER;
import static org.tiezheng.evidence.wire.Direction.SERVER_TO_CLIENT;
import static org.tiezheng.evidence.wire.tls.Rfc8448.hex;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.wire.KeyLog;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/** The standard's own trace, whole, reshaped and damaged, and what is not TLS. */
class TlsStreamTest {
    private static final byte[] FIFTY_BYTES = fiftyBytes();

    @Test
    void theTraceOfTheStandardIsDecrypted() throws Exception {
        Talk talk = new Talk(Rfc8448.keys())
                .client(Rfc8448.CLIENT_HELLO)
                .server(Rfc8448.SERVER_HELLO, Rfc8448.SERVER_FLIGHT)
                .client(Rfc8448.CLIENT_FINISHED)
                .server(Rfc8448.SERVER_TICKET)
                .client(Rfc8448.CLIENT_DATA)
                .server(Rfc8448.SERVER_DATA)
                .client(Rfc8448.CLIENT_CLOSE)
                .server(Rfc8448.SERVER_CLOSE)
                .end(CLIENT_TO_SERVER, StreamEnd.CLOSED)
                .end(SERVER_TO_CLIENT, StreamEnd.CLOSED)
                .close();
        assertWholeTrace(talk);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 100})
    void theCutOfTheChunksDoesNotMatter(int size) throws Exception {
        Talk talk = new Talk(Rfc8448.keys())
                .client(chunks(Rfc8448.CLIENT_HELLO, size))
                .server(chunks(join(Rfc8448.SERVER_HELLO, Rfc8448.SERVER_FLIGHT), size))
                .client(chunks(join(Rfc8448.CLIENT_FINISHED, Rfc8448.CLIENT_DATA, Rfc8448.CLIENT_CLOSE), size))
                .server(chunks(join(Rfc8448.SERVER_TICKET, Rfc8448.SERVER_DATA, Rfc8448.SERVER_CLOSE), size))
                .close();
        assertWholeTrace(talk);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 300, 5000})
    void handshakeMessagesMaySpanRecordsAndRecordsMayBePadded(int size) throws Exception {
        byte[] flight = serverFlight();
        Sealer13 sealer = new Sealer13(hex(Rfc8448.SERVER_HANDSHAKE));
        List<byte[]> records = new ArrayList<>();
        for (byte[] part : chunks(flight, size)) {
            records.add(sealer.seal(22, part, part.length * 13 % 40));
        }
        Talk talk = new Talk(Rfc8448.keys())
                .client(Rfc8448.CLIENT_HELLO)
                .server(Rfc8448.SERVER_HELLO)
                .server(hex("140303000101")) // for middleboxes
                .server(records.toArray(byte[][]::new))
                .client(hex("140303000101"), Rfc8448.CLIENT_FINISHED, Rfc8448.CLIENT_DATA, Rfc8448.CLIENT_CLOSE)
                .server(Rfc8448.SERVER_TICKET, Rfc8448.SERVER_DATA, Rfc8448.SERVER_CLOSE)
                .close();
        assertWholeTrace(talk);
    }

    @Test
    void anEmptyApplicationRecordAndPaddingAddNothing() throws Exception {
        Sealer13 sealer = new Sealer13(hex(Rfc8448.SERVER_TRAFFIC));
        Talk talk = handshakeDone()
                .server(sealer.seal(23, new byte[0], 100), sealer.seal(23, FIFTY_BYTES, 16_000))
                .close();
        assertThat(talk.plain.of(SERVER_TO_CLIENT)).isEqualTo(FIFTY_BYTES);
        assertThat(talk.undecoded).isEmpty();
    }

    @Test
    void aKeyUpdateChangesTheKeysOfItsSide() throws Exception {
        Sealer13 before = new Sealer13(hex(Rfc8448.SERVER_TRAFFIC));
        Sealer13 after = new Sealer13(new KeySchedule("SHA-256").nextTrafficSecret(hex(Rfc8448.SERVER_TRAFFIC)));
        Talk talk = handshakeDone()
                .server(before.seal(23, FIFTY_BYTES, 0), before.seal(22, hex("1800000100"), 0))
                .server(after.seal(23, FIFTY_BYTES, 0))
                .client(Rfc8448.CLIENT_DATA)
                .close();
        assertThat(talk.plain.of(SERVER_TO_CLIENT)).isEqualTo(join(FIFTY_BYTES, FIFTY_BYTES));
        assertThat(talk.plain.of(CLIENT_TO_SERVER)).isEqualTo(FIFTY_BYTES);
        assertThat(talk.facts).isNotNull().extracting(TlsFacts::keyUpdates).isEqualTo(1);
        assertThat(talk.undecoded).isEmpty();
    }

    @Test
    void bytesBehindAKeyUpdateInItsRecordAreRefused() throws Exception {
        Sealer13 sealer = new Sealer13(hex(Rfc8448.SERVER_TRAFFIC));
        Talk talk =
                handshakeDone().server(sealer.seal(22, hex("180000010018"), 0)).close();
        assertThat(talk.reasons()).containsExactly("tls-record");
    }

    @Test
    void aBrokenRecordEndsItsDirectionOnlyAndIsCounted() throws Exception {
        byte[] broken = Rfc8448.SERVER_DATA.clone();
        broken[20] ^= 1;
        Talk talk = handshakeDone()
                .server(Rfc8448.SERVER_TICKET, broken, Rfc8448.SERVER_CLOSE)
                .client(Rfc8448.CLIENT_DATA, Rfc8448.CLIENT_CLOSE)
                .close();
        assertThat(talk.plain.of(CLIENT_TO_SERVER)).isEqualTo(FIFTY_BYTES);
        assertThat(talk.plain.ends)
                .containsEntry(CLIENT_TO_SERVER, StreamEnd.CLOSED)
                .containsEntry(SERVER_TO_CLIENT, StreamEnd.CUT);
        assertThat(talk.undecoded).hasSize(1);
        Undecoded undecoded = talk.undecoded.get(0);
        assertThat(undecoded.reason()).isEqualTo("tls-record");
        assertThat(undecoded.direction()).isEqualTo(SERVER_TO_CLIENT);
        assertThat(undecoded.bytes()).isEqualTo(broken.length + Rfc8448.SERVER_CLOSE.length);
    }

    @Test
    void anEndWithoutCloseNotifyIsACut() throws Exception {
        Talk talk = handshakeDone()
                .client(Rfc8448.CLIENT_DATA)
                .end(CLIENT_TO_SERVER, StreamEnd.CLOSED)
                .end(SERVER_TO_CLIENT, StreamEnd.CUT)
                .close();
        assertThat(talk.plain.ends)
                .containsEntry(CLIENT_TO_SERVER, StreamEnd.CUT)
                .containsEntry(SERVER_TO_CLIENT, StreamEnd.CUT);
        assertThat(talk.undecoded).isEmpty();
    }

    @Test
    void aRecordCutInTheMiddleIsTruncated() throws Exception {
        Talk talk = handshakeDone()
                .client(Arrays.copyOf(Rfc8448.CLIENT_DATA, 30))
                .end(CLIENT_TO_SERVER, StreamEnd.CUT)
                .close();
        assertThat(talk.reasons()).containsExactly("truncated");
        assertThat(talk.undecoded.get(0).bytes()).isEqualTo(30);
    }

    @Test
    void bytesAfterCloseNotifyAreReported() throws Exception {
        Talk talk = handshakeDone()
                .client(Rfc8448.CLIENT_DATA, Rfc8448.CLIENT_CLOSE, "GET / ".getBytes(US_ASCII))
                .close();
        assertThat(talk.reasons()).containsExactly(TlsStream.REASON_AFTER_CLOSE);
        assertThat(talk.undecoded.get(0).bytes()).isEqualTo(6);
    }

    @Test
    void aChangedHelloIsNoticedAtFinishedAndTheKeyIsNotProved() throws Exception {
        byte[] hello = Rfc8448.CLIENT_HELLO.clone();
        hello[67] ^= 0x20; // "server" becomes another name
        Talk talk = new Talk(Rfc8448.keys())
                .client(hello)
                .server(Rfc8448.SERVER_HELLO, Rfc8448.SERVER_FLIGHT)
                .client(Rfc8448.CLIENT_FINISHED, Rfc8448.CLIENT_DATA)
                .close();
        assertThat(talk.facts).isNotNull().extracting(TlsFacts::keyProved).isEqualTo(false);
        assertThat(talk.reasons()).contains(TlsStream.REASON_FINISHED);
    }

    @Test
    void endlessClientDataAheadOfTheServerIsGivenUp() throws Exception {
        Talk talk = new Talk(Rfc8448.keys()).client(Rfc8448.CLIENT_HELLO);
        byte[] record = new byte[16_389];
        record[0] = 23;
        record[1] = 3;
        record[2] = 3;
        record[3] = 0x40;
        for (int i = 0; i < 100; i++) {
            talk.client(record);
        }
        talk.close();
        assertThat(talk.reasons()).containsExactly("tls-handshake");
        assertThat(talk.undecoded.get(0).bytes()).isEqualTo(100L * record.length);
    }

    @Test
    void anAbandonedHandshakeLosesNothingAndIsAFact() throws Exception {
        Talk talk = new Talk(Rfc8448.keys())
                .client(Rfc8448.CLIENT_HELLO)
                .server(Rfc8448.SERVER_HELLO)
                .end(SERVER_TO_CLIENT, StreamEnd.CUT)
                .close();
        assertThat(talk.undecoded).isEmpty();
        assertThat(talk.opened).isFalse();
        assertThat(talk.facts)
                .isNotNull()
                .extracting(TlsFacts::handshakeFailure)
                .isEqualTo("the connection ended during the handshake");
    }

    @Test
    void clientDataThatTheServerNeverAnsweredIsReported() throws Exception {
        Talk talk = new Talk(Rfc8448.keys())
                .client(Rfc8448.CLIENT_HELLO, Rfc8448.CLIENT_DATA)
                .close();
        assertThat(talk.reasons()).containsExactly("tls-handshake");
        assertThat(talk.undecoded.get(0).bytes()).isEqualTo(Rfc8448.CLIENT_DATA.length);
    }

    @Test
    void plainHttpGoesThrough() throws Exception {
        byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII);
        Talk talk = new Talk(KeyLog.of(""))
                .client(chunks(request, 5))
                .server("HTTP/1.1 204 No Content\r\n\r\n".getBytes(US_ASCII))
                .end(SERVER_TO_CLIENT, StreamEnd.CLOSED)
                .close();
        assertThat(talk.plain.of(CLIENT_TO_SERVER)).isEqualTo(request);
        assertThat(talk.plain.text(SERVER_TO_CLIENT)).startsWith("HTTP/1.1 204");
        assertThat(talk.plain.ends).containsEntry(SERVER_TO_CLIENT, StreamEnd.CLOSED);
        assertThat(talk.plain.closed).isTrue();
        assertThat(talk.facts).isNull();
        assertThat(talk.undecoded).isEmpty();
    }

    @Test
    void aServerThatSpeaksHttpUnaskedIsHeard() throws Exception {
        Talk talk = new Talk(KeyLog.of(""))
                .server("HTTP/1.1 408 Request Timeout\r\n\r\n".getBytes(US_ASCII))
                .close();
        assertThat(talk.plain.text(SERVER_TO_CLIENT)).startsWith("HTTP/1.1 408");
        assertThat(talk.undecoded).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"CLIENT_TO_SERVER, 00", "CLIENT_TO_SERVER, 1602", "CLIENT_TO_SERVER, 16", "SERVER_TO_CLIENT, 5353482d"})
    void whatIsNeitherIsReported(org.tiezheng.evidence.wire.Direction direction, String bytes) throws Exception {
        Talk talk = new Talk(KeyLog.of("")).say(direction, hex(bytes)).close();
        assertThat(talk.opened).isFalse();
        assertThat(talk.reasons()).containsExactly("not-http");
        assertThat(talk.undecoded.get(0).bytes()).isEqualTo(bytes.length() / 2);
    }

    @Test
    void aConversationWithoutBytesHasNothingToSay() throws Exception {
        Talk talk =
                new Talk(KeyLog.of("")).end(CLIENT_TO_SERVER, StreamEnd.CLOSED).close();
        assertThat(talk.opened).isFalse();
        assertThat(talk.undecoded).isEmpty();
    }

    @Test
    void compressedCertificatesAreRead() throws Exception {
        byte[] message = certificateMessage();
        ByteArrayOutputStream zlib = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(zlib)) {
            out.write(message);
        }
        assertThat(Certificates.compressed(compressed(1, message.length, zlib.toByteArray())))
                .hasSize(1);
        byte[] brotli = storedBrotli(message);
        assertThat(Certificates.compressed(compressed(2, message.length, brotli)))
                .hasSize(1);
        assertNotRead(compressed(3, message.length, brotli)); // zstd
        assertNotRead(compressed(2, message.length - 1, brotli));
        assertNotRead(compressed(2, message.length + 1, brotli));
        assertNotRead(compressed(1, message.length, brotli));
        assertNotRead(compressed(2, 0xffffff, brotli));
    }

    private static void assertNotRead(Cursor message) {
        try {
            assertThat(Certificates.compressed(message)).as("certificates").isNull();
        } catch (TlsException e) {
            assertThat(e.reason()).isEqualTo("tls-handshake");
        }
    }

    @Test
    void theGroupOfTheYearHasItsName() {
        assertThat(Groups.nameOf(0x11ec)).isEqualTo("X25519MLKEM768");
        assertThat(Groups.nameOf(0x1234)).isEqualTo("0x1234");
    }

    /** A Certificate message of the trace, without its header. */
    private static byte[] certificateMessage() throws Exception {
        HandshakeMessages messages = new HandshakeMessages();
        byte[] flight = serverFlight();
        messages.add(flight, 0, flight.length);
        HandshakeMessages.Message message;
        do {
            message = java.util.Objects.requireNonNull(messages.next());
        } while (message.type() != HandshakeMessages.CERTIFICATE);
        return Arrays.copyOfRange(message.whole(), 4, message.whole().length);
    }

    private static Cursor compressed(int algorithm, int length, byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, (byte) algorithm});
        out.writeBytes(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
        out.writeBytes(new byte[] {(byte) (data.length >> 16), (byte) (data.length >> 8), (byte) data.length});
        out.writeBytes(data);
        return new Cursor(out.toByteArray());
    }

    /** Brotli with one uncompressed meta-block (RFC 7932 section 9.2), window of 16 bits, then an empty last one. */
    private static byte[] storedBrotli(byte[] data) {
        int bits = data.length - 1 << 4 | 1 << 20; // WBITS 0, ISLAST 0, MNIBBLES 00, MLEN - 1, ISUNCOMPRESSED 1
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) bits, (byte) (bits >> 8), (byte) (bits >> 16)});
        out.writeBytes(data);
        out.write(3);
        return out.toByteArray();
    }

    private static Talk handshakeDone() throws IOException {
        return new Talk(Rfc8448.keys())
                .client(Rfc8448.CLIENT_HELLO)
                .server(Rfc8448.SERVER_HELLO, Rfc8448.SERVER_FLIGHT)
                .client(Rfc8448.CLIENT_FINISHED);
    }

    static byte[] serverFlight() throws GeneralSecurityException {
        AeadProtection protection = AeadProtection.tls13(
                CipherSuite.TLS_AES_128_GCM_SHA256, new KeySchedule("SHA-256"), hex(Rfc8448.SERVER_HANDSHAKE));
        byte[] out = new byte[20_000];
        int length = protection.open(23, 0x0303, Rfc8448.SERVER_FLIGHT, 5, Rfc8448.SERVER_FLIGHT.length - 5, out);
        assertThat(out[length - 1]).isEqualTo((byte) 22);
        return Arrays.copyOf(out, length - 1);
    }

    private static void assertWholeTrace(Talk talk) {
        assertThat(talk.undecoded).isEmpty();
        assertThat(talk.plain.of(CLIENT_TO_SERVER)).isEqualTo(FIFTY_BYTES);
        assertThat(talk.plain.of(SERVER_TO_CLIENT)).isEqualTo(FIFTY_BYTES);
        assertThat(talk.plain.ends)
                .containsEntry(CLIENT_TO_SERVER, StreamEnd.CLOSED)
                .containsEntry(SERVER_TO_CLIENT, StreamEnd.CLOSED);
        TlsFacts facts = talk.facts;
        assertThat(facts).isNotNull();
        assertThat(facts.version()).isEqualTo("tls/1.3");
        assertThat(facts.suite()).isEqualTo("TLS_AES_128_GCM_SHA256");
        assertThat(facts.group()).isEqualTo("x25519");
        assertThat(facts.serverName()).isEqualTo("server");
        assertThat(facts.alpn()).isNull();
        assertThat(facts.keyProved()).isTrue();
        assertThat(facts.chain()).hasSize(1);
        assertThat(facts.chain().get(0).getSubjectX500Principal().getName()).isEqualTo("CN=rsa");
    }

    private static byte[][] chunks(byte[] bytes, int size) {
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            chunks.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
        }
        return chunks.toArray(byte[][]::new);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] fiftyBytes() {
        byte[] bytes = new byte[50];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
