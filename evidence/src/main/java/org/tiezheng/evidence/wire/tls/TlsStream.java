package org.tiezheng.evidence.wire.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.KeyLog;
import org.tiezheng.evidence.wire.KeyLog.Label;
import org.tiezheng.evidence.wire.PlainStreams;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;
import org.tiezheng.evidence.wire.tls.HandshakeMessages.Message;

/**
 * Decrypts one TLS conversation and opens the plain stream with its first application data.
 *
 * <p>Each side goes through {@link Epoch}s by its own messages. Client records behind its hello wait until the
 * server's answer says how to read them (ServerHello in TLS 1.2, EncryptedExtensions in 1.3, where early data is
 * accepted or not): by cause and effect only early data can be among them.
 *
 * <p>A direction that cannot be followed is given up: its plain stream ends as CUT, its bytes are counted and
 * reported once, at the end. A failure that leaves the other side without keys gives up both.
 */
final class TlsStream implements ByteStream {
    private static final int TLS_12 = 0x0303;
    private static final int TLS_13 = 0x0304;
    private static final int CLOSE_NOTIFY = 0;
    private static final int USER_CANCELED = 90;
    private static final int WARNING = 1;
    /** Client records kept while the server has not answered; servers allow far less early data. */
    private static final int MAX_HELD = 1 << 20;

    private static final byte[] END_OF_EARLY_DATA = {HandshakeMessages.END_OF_EARLY_DATA, 0, 0, 0};

    static final String REASON_CERTIFICATE = "tls-certificate";
    static final String REASON_SIGNATURE = "tls-signature";
    static final String REASON_FINISHED = "tls-finished";
    static final String REASON_EARLY_DATA = "tls-early-data";
    static final String REASON_AFTER_CLOSE = "tls-after-close";
    static final String REASON_TRUNCATED = "truncated";

    private final Conversation conversation;
    private final KeyLog keys;
    private final PlainStreams plainStreams;
    private final Undecoded.Sink undecoded;
    private final Side client;
    private final Side server;
    private final byte[] opened = new byte[RecordProtection.MAX_CONTENT + RecordProtection.MAX_EXPANSION];

    private final Deque<Held> held = new ArrayDeque<>();
    private int heldBytes;
    private boolean holding;

    private final Transcript transcript = new Transcript();
    private Hello.@Nullable Client clientHello;
    private Hello.@Nullable Server serverHello;
    private @Nullable CipherSuite suite;
    private KeySchedule schedule = new KeySchedule("SHA-256");
    private byte @Nullable [] masterSecret;
    private boolean earlyDataOffered;
    private boolean earlyDataRefused = true;
    private boolean helloRetried;
    private boolean resumed;
    private boolean certificateSeen;
    private @Nullable String handshakeAlert;
    private List<X509Certificate> chain = List.of();
    private @Nullable Boolean keyProved;
    private @Nullable Integer group;
    private @Nullable String alpn;
    private int keyUpdates;
    private boolean closed;

    private @Nullable ByteStream plain;

    /** Which keys a side writes with. */
    private enum Epoch {
        PLAIN,
        EARLY,
        HANDSHAKE,
        APPLICATION
    }

    /** A client record that waits for the server's answer. */
    private record Held(Instant at, int type, int version, byte[] bytes) {}

    /** One direction. */
    private static final class Side {
        final Direction direction;
        final RecordSplitter records = new RecordSplitter();
        final HandshakeMessages messages = new HandshakeMessages();
        Epoch epoch = Epoch.PLAIN;

        @Nullable
        RecordProtection protection;

        /** Of TLS 1.2: waits for ChangeCipherSpec. */
        @Nullable
        RecordProtection pending;

        /** Of TLS 1.3: traffic secret of this epoch. */
        byte[] secret = new byte[0];

        /** Of TLS 1.3: the secret of this epoch is needed and not in the key log. */
        @Nullable
        Label missing;

        /** Early data that cannot be read may come first: records that do not decrypt are passed over. */
        boolean skipsEarlyData;

        long earlyDataSkipped;

        @Nullable
        Instant earlyDataAt;

        boolean keysChanged;
        int recordBytes;

        @Nullable
        StreamEnd ended;

        @Nullable
        Instant endedAt;

        @Nullable
        TlsException failure;

        @Nullable
        Instant failedAt;

        long skipped;

        @Nullable
        Instant skippedAt;

        Instant lastAt;

        Side(Direction direction, Instant opened) {
            this.direction = direction;
            this.lastAt = opened;
        }

        boolean isOver() {
            return ended != null || failure != null;
        }
    }

    TlsStream(Conversation conversation, KeyLog keys, PlainStreams plainStreams, Undecoded.Sink undecoded) {
        this.conversation = conversation;
        this.client = new Side(Direction.CLIENT_TO_SERVER, conversation.opened());
        this.server = new Side(Direction.SERVER_TO_CLIENT, conversation.opened());
        this.keys = keys;
        this.plainStreams = plainStreams;
        this.undecoded = undecoded;
    }

    @Override
    public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
        Side side = direction == Direction.CLIENT_TO_SERVER ? client : server;
        side.lastAt = at;
        if (side.isOver()) {
            skip(side, at, data.remaining());
            return;
        }
        side.recordBytes = 0;
        try {
            side.records.add(
                    data,
                    (type, version, bytes, offset, length) -> arrived(side, at, type, version, bytes, offset, length));
        } catch (TlsException e) {
            fail(side, at, e);
            side.skipped += data.remaining();
        }
    }

    private static void skip(Side side, Instant at, int bytes) {
        side.skipped += bytes;
        if (side.skippedAt == null) {
            side.skippedAt = at;
        }
    }

    private void arrived(Side side, Instant at, int type, int version, byte[] bytes, int offset, int length)
            throws IOException, TlsException {
        side.recordBytes = RecordSplitter.HEADER + length;
        if (side.isOver()) {
            skip(side, at, side.recordBytes);
        } else if (side == client && holding && !isPlainAlert(type, length)) {
            if (heldBytes + side.recordBytes > MAX_HELD) {
                throw new TlsException(TlsException.HANDSHAKE, "the client sends on and on before the server answers");
            }
            heldBytes += side.recordBytes;
            held.add(new Held(at, type, version, Arrays.copyOfRange(bytes, offset, offset + length)));
        } else {
            process(side, at, type, version, bytes, offset, length);
        }
        side.recordBytes = 0;
    }

    private void releaseClient() throws IOException {
        holding = false;
        while (!holding && !held.isEmpty()) {
            Held next = held.remove();
            client.recordBytes = RecordSplitter.HEADER + next.bytes.length;
            heldBytes -= client.recordBytes;
            if (client.isOver()) {
                skip(client, next.at, client.recordBytes);
                continue;
            }
            try {
                process(client, next.at, next.type, next.version, next.bytes, 0, next.bytes.length);
            } catch (TlsException e) {
                fail(client, next.at, e);
            }
        }
    }

    private boolean isTls13() {
        return serverHello != null && serverHello.version() == TLS_13;
    }

    private static boolean isPlainAlert(int type, int length) {
        return type == RecordSplitter.ALERT && length == 2;
    }

    private void process(Side side, Instant at, int type, int version, byte[] bytes, int offset, int length)
            throws IOException, TlsException {
        RecordProtection protection = side.protection;
        if (protection == null) {
            plainRecord(side, at, type, bytes, offset, length);
        } else if (isTls13()) {
            protectedRecord13(side, protection, at, type, version, bytes, offset, length);
        } else {
            int content = open(protection, type, version, bytes, offset, length);
            content(side, at, type, opened, 0, content);
        }
    }

    private void plainRecord(Side side, Instant at, int type, byte[] bytes, int offset, int length)
            throws IOException, TlsException {
        if (side.missing != null && type != RecordSplitter.CHANGE_CIPHER_SPEC && !isPlainAlert(type, length)) {
            throw new TlsException(TlsException.NO_SECRET, "the key log has no " + side.missing + " for this session");
        }
        if (type == RecordSplitter.CHANGE_CIPHER_SPEC) {
            changeCipherSpec(side);
        } else if (type == RecordSplitter.APPLICATION_DATA && side == client && earlyDataOffered) {
            skipEarlyData(side, at, length); // sent before the HelloRetryRequest reached the client
        } else {
            content(side, at, type, bytes, offset, length);
        }
    }

    /** In TLS 1.2 the keys change here; in TLS 1.3 it is for middleboxes only (RFC 8446 appendix D.4). */
    private void changeCipherSpec(Side side) throws TlsException {
        if (serverHello == null || isTls13()) {
            return;
        }
        if (side == server && !certificateSeen) {
            resumed = true;
        }
        if (side.messages.hasPart()) {
            throw new TlsException(TlsException.RECORD, "keys change within a handshake message");
        }
        if (side.pending == null) {
            throw new TlsException(TlsException.NO_SECRET, "the key log has no master secret for this session");
        }
        side.protection = side.pending;
        side.pending = null;
        side.epoch = Epoch.HANDSHAKE;
    }

    private void protectedRecord13(
            Side side,
            RecordProtection protection,
            Instant at,
            int type,
            int version,
            byte[] bytes,
            int offset,
            int length)
            throws IOException, TlsException {
        if (type == RecordSplitter.CHANGE_CIPHER_SPEC && side.epoch != Epoch.APPLICATION) {
            return;
        }
        if (isPlainAlert(type, length) && side.epoch != Epoch.APPLICATION) {
            // The other side has no keys yet to say it with.
            alert(side, at, bytes, offset, length);
            return;
        }
        if (type != RecordSplitter.APPLICATION_DATA) {
            throw new TlsException(TlsException.RECORD, "a plain record of type " + type + " among encrypted ones");
        }
        int end;
        try {
            end = open(protection, type, version, bytes, offset, length);
        } catch (TlsException e) {
            if (side.skipsEarlyData) {
                skipEarlyData(side, at, length);
                return;
            }
            throw e;
        }
        if (side.skipsEarlyData && !earlyDataRefused) {
            transcript.add(END_OF_EARLY_DATA); // was passed over with the early data
        }
        side.skipsEarlyData = false;
        while (end > 0 && opened[end - 1] == 0) {
            end--;
        }
        if (end == 0) {
            throw new TlsException(TlsException.RECORD, "a record without content type");
        }
        content(side, at, opened[end - 1] & 0xff, opened, 0, end - 1);
    }

    private int open(RecordProtection protection, int type, int version, byte[] bytes, int offset, int length)
            throws TlsException {
        int content;
        try {
            content = protection.open(type, version, bytes, offset, length, opened);
        } catch (GeneralSecurityException e) {
            throw new TlsException(TlsException.RECORD, "a record does not decrypt under the logged secret");
        }
        // TLS 1.3 adds a byte of content type.
        if (content > RecordProtection.MAX_CONTENT + 1) {
            throw new TlsException(TlsException.RECORD, "a record of " + content + " bytes");
        }
        return content;
    }

    private static void skipEarlyData(Side side, Instant at, int length) {
        side.earlyDataSkipped += length;
        if (side.earlyDataAt == null) {
            side.earlyDataAt = at;
        }
    }

    private void content(Side side, Instant at, int type, byte[] bytes, int offset, int length)
            throws IOException, TlsException {
        if (type != RecordSplitter.HANDSHAKE && side.messages.hasPart()) {
            throw new TlsException(TlsException.RECORD, "a handshake message is interrupted");
        }
        switch (type) {
            case RecordSplitter.HANDSHAKE -> handshakeBytes(side, at, bytes, offset, length);
            case RecordSplitter.ALERT -> alert(side, at, bytes, offset, length);
            case RecordSplitter.APPLICATION_DATA -> {
                if (side.epoch != Epoch.APPLICATION && side.epoch != Epoch.EARLY) {
                    throw new TlsException(TlsException.RECORD, "application data during the handshake");
                }
                if (length > 0) {
                    plain(at).bytes(side.direction, at, ByteBuffer.wrap(bytes, offset, length));
                }
            }
            default -> throw new TlsException(TlsException.RECORD, "content of type " + type);
        }
    }

    private void alert(Side side, Instant at, byte[] bytes, int offset, int length) throws IOException, TlsException {
        if (length != 2) {
            throw new TlsException(TlsException.RECORD, "an alert of " + length + " bytes");
        }
        int level = bytes[offset] & 0xff;
        int description = bytes[offset + 1] & 0xff;
        if (description == CLOSE_NOTIFY) {
            endPlain(side, at, StreamEnd.CLOSED);
        } else if (description != USER_CANCELED && (isTls13() || level != WARNING)) {
            if (handshakeAlert == null && !isEstablished()) {
                // A later one only says that the connection was cut, which the plain stream's end tells.
                String who = side == client ? "client" : "server";
                handshakeAlert = "alert " + Alerts.nameOf(description) + " from the " + who;
            }
            endPlain(side, at, StreamEnd.CUT);
        }
    }

    private void handshakeBytes(Side side, Instant at, byte[] bytes, int offset, int length)
            throws IOException, TlsException {
        side.messages.add(bytes, offset, length);
        Message message;
        while (!side.isOver() && (message = side.messages.next()) != null) {
            side.keysChanged = false;
            if (side.epoch == Epoch.APPLICATION) {
                afterHandshake(side, message);
            } else if (side == client) {
                clientMessage(message, at);
            } else {
                serverMessage(message, at);
            }
            if (side.keysChanged && side.messages.hasPart()) {
                throw new TlsException(TlsException.RECORD, "keys change within a record");
            }
        }
    }

    private void clientMessage(Message message, Instant at) throws TlsException {
        switch (message.type()) {
            case HandshakeMessages.CLIENT_HELLO -> {
                Hello.Client hello = Hello.Client.parse(message.body());
                if (clientHello != null && (!helloRetried || !Arrays.equals(hello.random(), clientHello.random()))) {
                    throw new TlsException(TlsException.HANDSHAKE, "a second ClientHello that nobody asked for");
                }
                clientHello = hello;
                earlyDataOffered = hello.earlyData();
                transcript.add(message.whole());
                holding = true;
            }
            case HandshakeMessages.END_OF_EARLY_DATA -> {
                if (client.epoch != Epoch.EARLY) {
                    throw new TlsException(TlsException.HANDSHAKE, "an end of early data that did not begin");
                }
                transcript.add(message.whole());
                useKeys(client, Epoch.HANDSHAKE, Label.CLIENT_HANDSHAKE_TRAFFIC_SECRET);
            }
            case HandshakeMessages.FINISHED -> finished(client, message, at, Label.CLIENT_TRAFFIC_SECRET_0);
            default -> {
                needHello();
                transcript.add(message.whole());
            }
        }
    }

    private void serverMessage(Message message, Instant at) throws IOException, TlsException {
        needHello();
        switch (message.type()) {
            case HandshakeMessages.HELLO_REQUEST -> {
                return; // not part of the transcript
            }
            case HandshakeMessages.SERVER_HELLO -> {
                serverHello(message);
                return;
            }
            case HandshakeMessages.FINISHED -> {
                finished(server, message, at, Label.SERVER_TRAFFIC_SECRET_0);
                return;
            }
            default -> {}
        }
        if (serverHello == null) {
            throw new TlsException(TlsException.HANDSHAKE, "message " + message.type() + " before ServerHello");
        }
        if (message.type() == HandshakeMessages.CERTIFICATE_VERIFY) {
            checkCertificateVerify(message, at);
        }
        transcript.add(message.whole());
        switch (message.type()) {
            case HandshakeMessages.ENCRYPTED_EXTENSIONS -> encryptedExtensions(message);
            case HandshakeMessages.CERTIFICATE, HandshakeMessages.COMPRESSED_CERTIFICATE -> certificate(message, at);
            case HandshakeMessages.SERVER_KEY_EXCHANGE -> serverKeyExchange(message, at);
            default -> {
                // Tickets, OCSP responses, certificate requests: nothing that decoding needs.
            }
        }
    }

    private Hello.Client needHello() throws TlsException {
        if (clientHello == null) {
            throw new TlsException(TlsException.HANDSHAKE, "no ClientHello");
        }
        return clientHello;
    }

    private CipherSuite needSuite() throws TlsException {
        if (suite == null) {
            throw new TlsException(TlsException.HANDSHAKE, "no ServerHello");
        }
        return suite;
    }

    private void serverHello(Message message) throws IOException, TlsException {
        Hello.Server hello = Hello.Server.parse(message.body());
        if (serverHello != null || (hello.retry() && helloRetried)) {
            throw new TlsException(TlsException.HANDSHAKE, "a second ServerHello");
        }
        if (!hello.retry()) {
            serverHello = hello;
        }
        if (hello.version() != TLS_12 && hello.version() != TLS_13) {
            throw new TlsException(TlsException.VERSION, "TLS version " + versionName(hello.version()));
        }
        CipherSuite chosen = CipherSuite.of(hello.suite());
        if (chosen == null || hello.compressed()) {
            String what = hello.compressed() ? "compression" : "suite " + CipherSuite.nameOf(hello.suite());
            throw new TlsException(TlsException.SUITE, "TLS " + what + " is not decoded");
        }
        if (chosen.isTls13() != (hello.version() == TLS_13)) {
            throw new TlsException(TlsException.HANDSHAKE, "a suite of another TLS version");
        }
        if (helloRetried && chosen != suite) {
            throw new TlsException(TlsException.HANDSHAKE, "another suite than in the HelloRetryRequest");
        }
        suite = chosen;
        schedule = new KeySchedule(chosen.hash);
        group = hello.group();
        transcript.start(schedule);
        if (hello.retry()) {
            helloRetried = true;
            transcript.retry(schedule);
            transcript.add(message.whole());
            releaseClient();
            return;
        }
        transcript.add(message.whole());
        if (isTls13()) {
            resumed = hello.preSharedKey();
            useKeys(server, Epoch.HANDSHAKE, Label.SERVER_HANDSHAKE_TRAFFIC_SECRET);
        } else {
            alpn = hello.alpn();
            prepareTls12(chosen, hello);
            releaseClient();
        }
    }

    /**
     * Changes the keys of a TLS 1.3 side. A secret that is missing is said with the first record that needs
     * it: OpenSSL's client logs some only when it goes on, which it may never do.
     */
    private void useKeys(Side side, Epoch epoch, Label label) throws TlsException {
        byte[] secret = keys.secret(needHello().random(), label);
        side.epoch = epoch;
        side.keysChanged = true;
        side.missing = secret == null ? label : null;
        side.secret = secret == null ? new byte[0] : secret;
        side.protection = secret == null ? null : AeadProtection.tls13(needSuite(), schedule, secret);
    }

    /** Key block of RFC 5246 section 6.3: MAC keys, then keys, then IVs, the client's first each time. */
    private void prepareTls12(CipherSuite chosen, Hello.Server hello) throws TlsException {
        byte[] clientRandom = needHello().random();
        masterSecret = keys.secret(clientRandom, Label.CLIENT_RANDOM);
        if (masterSecret == null) {
            return; // said at ChangeCipherSpec, when the certificates have been read
        }
        int ivBytes = switch (chosen.protection) {
            case GCM -> 4;
            case CHACHA20 -> 12;
            case CBC -> 0;
        };
        byte[] seed = Arrays.copyOf(hello.random(), 64);
        System.arraycopy(clientRandom, 0, seed, 32, 32);
        int length = 2 * (chosen.macBytes + chosen.keyBytes + ivBytes);
        Cursor block = new Cursor(schedule.prf(masterSecret, "key expansion", seed, length));
        byte[] clientMac = block.bytes(chosen.macBytes);
        byte[] serverMac = block.bytes(chosen.macBytes);
        byte[] clientKey = block.bytes(chosen.keyBytes);
        byte[] serverKey = block.bytes(chosen.keyBytes);
        if (chosen.protection != CipherSuite.Protection.CBC) {
            client.pending = new AeadProtection(chosen, clientKey, block.bytes(ivBytes));
            server.pending = new AeadProtection(chosen, serverKey, block.bytes(ivBytes));
            return;
        }
        try {
            client.pending = new CbcProtection(chosen, clientMac, clientKey, hello.encryptThenMac());
            server.pending = new CbcProtection(chosen, serverMac, serverKey, hello.encryptThenMac());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-CBC and HMAC", e);
        }
    }

    private boolean hasSecret(Label label) throws TlsException {
        return keys.secret(needHello().random(), label) != null;
    }

    private void encryptedExtensions(Message message) throws IOException, TlsException {
        Hello.Encrypted extensions = Hello.Encrypted.parse(message.body());
        alpn = extensions.alpn();
        useKeys(client, Epoch.HANDSHAKE, Label.CLIENT_HANDSHAKE_TRAFFIC_SECRET);
        if (earlyDataOffered && extensions.earlyDataAccepted() && hasSecret(Label.CLIENT_EARLY_TRAFFIC_SECRET)) {
            useKeys(client, Epoch.EARLY, Label.CLIENT_EARLY_TRAFFIC_SECRET);
        } else {
            client.skipsEarlyData = earlyDataOffered;
            earlyDataRefused = !extensions.earlyDataAccepted();
        }
        releaseClient();
    }

    private void certificate(Message message, Instant at) {
        certificateSeen = true;
        try {
            chain = !isTls13()
                    ? Certificates.tls12(message.body())
                    : message.type() == HandshakeMessages.COMPRESSED_CERTIFICATE
                            ? Certificates.compressed(message.body())
                            : Certificates.tls13(message.body());
        } catch (TlsException e) {
            report(server.direction, at, 0, REASON_CERTIFICATE, String.valueOf(e.getMessage()));
        }
    }

    private void checkCertificateVerify(Message message, Instant at) throws TlsException {
        if (!chain.isEmpty()) {
            keyProved = HandshakeProof.tls13(chain.get(0).getPublicKey(), transcript.hash(), message.body());
            reportUnknownScheme(at);
        }
    }

    private void reportUnknownScheme(Instant at) {
        if (keyProved == null) {
            report(server.direction, at, 0, REASON_SIGNATURE, "the handshake is signed by a scheme not known here");
        }
    }

    /** RFC 8422 section 5.4 for ECDHE, RFC 5246 section 7.4.3 for DHE. */
    private void serverKeyExchange(Message message, Instant at) throws TlsException {
        Cursor in = message.body();
        Hello.Server hello = serverHello;
        if (hello == null || isTls13()) {
            throw new TlsException(TlsException.HANDSHAKE, "a ServerKeyExchange out of place");
        }
        if (needSuite().isEcdhe()) {
            if (in.u8() != 3) {
                throw new TlsException(TlsException.HANDSHAKE, "a curve without name");
            }
            group = in.u16();
            in.part(in.u8());
        } else {
            in.part(in.u16());
            in.part(in.u16());
            in.part(in.u16());
        }
        if (!chain.isEmpty()) {
            byte[] parameters = message.body().bytes(in.position());
            keyProved = HandshakeProof.tls12(
                    chain.get(0).getPublicKey(), needHello().random(), hello.random(), parameters, in);
            reportUnknownScheme(at);
        }
    }

    private void finished(Side side, Message message, Instant at, Label trafficSecret) throws TlsException {
        if (side.epoch != Epoch.HANDSHAKE) {
            throw new TlsException(TlsException.HANDSHAKE, "a Finished out of place");
        }
        byte[] hash = transcript.hash();
        byte[] expected;
        if (isTls13()) {
            byte[] key = schedule.expandLabel(side.secret, "finished", schedule.hashBytes());
            expected = schedule.hmac(key, hash);
        } else if (masterSecret != null) {
            String label = side == client ? "client finished" : "server finished";
            expected = schedule.prf(masterSecret, label, hash, 12);
        } else {
            throw new TlsException(TlsException.HANDSHAKE, "a Finished out of place");
        }
        byte[] body = Arrays.copyOfRange(message.whole(), 4, message.whole().length);
        if (!MessageDigest.isEqual(expected, body)) {
            report(
                    side.direction,
                    at,
                    0,
                    REASON_FINISHED,
                    "the handshake on record is not the one this side finished: it was changed");
        }
        transcript.add(message.whole());
        if (isTls13()) {
            useKeys(side, Epoch.APPLICATION, trafficSecret);
        } else {
            side.epoch = Epoch.APPLICATION;
        }
    }

    private void afterHandshake(Side side, Message message) throws TlsException {
        if (isTls13()) {
            if (message.type() == HandshakeMessages.KEY_UPDATE) {
                side.secret = schedule.nextTrafficSecret(side.secret);
                side.protection = AeadProtection.tls13(needSuite(), schedule, side.secret);
                side.keysChanged = true;
                keyUpdates++;
            }
        } else if (message.type() == HandshakeMessages.CLIENT_HELLO
                || message.type() == HandshakeMessages.SERVER_HELLO) {
            throw new TlsException(TlsException.RENEGOTIATION, "TLS 1.2 renegotiation is not decoded");
        }
    }

    private ByteStream plain(Instant at) throws IOException {
        ByteStream stream = plain;
        if (stream == null) {
            stream = plainStreams.open(conversation, facts());
            plain = stream;
            for (Side side : List.of(client, server)) {
                if (side.isOver()) {
                    stream.end(side.direction, at, side.ended == null ? StreamEnd.CUT : side.ended);
                }
            }
        }
        return stream;
    }

    private @Nullable TlsFacts facts() {
        Hello.Server hello = serverHello;
        if (hello == null || clientHello == null) {
            return null;
        }
        return new TlsFacts(
                versionName(hello.version()),
                CipherSuite.nameOf(hello.suite()),
                group == null ? null : Groups.nameOf(group),
                clientHello.serverName(),
                alpn,
                chain,
                resumed,
                keyProved,
                helloRetried,
                keyUpdates,
                handshakeFailure());
    }

    private boolean isEstablished() {
        return client.epoch == Epoch.APPLICATION && server.epoch == Epoch.APPLICATION;
    }

    /** An abandoned handshake, as browsers leave many, is no gap in the evidence: nothing had been said yet. */
    private @Nullable String handshakeFailure() {
        if (handshakeAlert != null) {
            return handshakeAlert;
        }
        boolean followed = client.failure == null && server.failure == null;
        return closed && followed && !isEstablished() ? "the connection ended during the handshake" : null;
    }

    private static String versionName(int version) {
        int minor = version & 0xff;
        return version >> 8 == 3 && minor > 0 ? "tls/1." + (minor - 1) : "0x" + Integer.toHexString(version);
    }

    /** Gives up a side, or both if the other one will get no keys without it. */
    private void fail(Side side, Instant at, TlsException e) throws IOException {
        boolean both = side.epoch == Epoch.PLAIN
                || (side == server && side.epoch != Epoch.APPLICATION)
                || e.reason().equals(TlsException.RENEGOTIATION);
        for (Side failing : List.of(client, server)) {
            if ((failing == side || both) && !failing.isOver()) {
                endPlain(failing, at, StreamEnd.CUT);
                failing.failure = e;
                failing.failedAt = at;
                if (failing == client) {
                    failing.skipped += heldBytes;
                    held.clear();
                }
            }
        }
        side.skipped += side.recordBytes + side.records.pendingBytes();
    }

    private void endPlain(Side side, Instant at, StreamEnd how) throws IOException {
        side.ended = how;
        if (plain != null) {
            plain.end(side.direction, at, how);
        }
    }

    @Override
    public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
        Side side = direction == Direction.CLIENT_TO_SERVER ? client : server;
        if (!side.isOver()) {
            reportPartRecord(side, at);
            // TCP's end is not TLS's: without close_notify bytes may be missing.
            endPlain(side, at, how == StreamEnd.CLOSED ? StreamEnd.CUT : how);
        }
    }

    private void reportPartRecord(Side side, Instant at) {
        if (side.records.pendingBytes() > 0) {
            report(
                    side.direction,
                    at,
                    side.records.pendingBytes(),
                    REASON_TRUNCATED,
                    "the recording ends within a TLS record");
        }
    }

    @Override
    public void close() throws IOException {
        for (Side side : List.of(client, server)) {
            if (!side.isOver()) {
                reportPartRecord(side, side.lastAt);
            }
        }
        reportFailures();
        if (plain != null) {
            plain.close();
        }
        closed = true;
        plainStreams.ended(conversation, facts());
    }

    private void reportFailures() {
        if (client.earlyDataSkipped > 0 && client.earlyDataAt != null && !earlyDataRefused) {
            // What the server refused, the client says again under the next keys.
            report(
                    client.direction,
                    client.earlyDataAt,
                    client.earlyDataSkipped,
                    REASON_EARLY_DATA,
                    "the key log has no " + Label.CLIENT_EARLY_TRAFFIC_SECRET + " for this session");
        }
        if (client.failure != null && client.failure == server.failure && client.failedAt != null) {
            report(
                    null,
                    client.failedAt,
                    client.skipped + server.skipped,
                    client.failure.reason(),
                    String.valueOf(client.failure.getMessage()));
            return;
        }
        for (Side side : List.of(client, server)) {
            if (side.failure != null && side.failedAt != null) {
                report(
                        side.direction,
                        side.failedAt,
                        side.skipped,
                        side.failure.reason(),
                        String.valueOf(side.failure.getMessage()));
            } else if (side.skippedAt != null) {
                report(
                        side.direction,
                        side.skippedAt,
                        side.skipped,
                        REASON_AFTER_CLOSE,
                        "bytes after the side said that it was done");
            }
        }
        if (!held.isEmpty() && client.failure == null) {
            report(
                    client.direction,
                    held.element().at,
                    heldBytes,
                    TlsException.HANDSHAKE,
                    "the server never said how to read these bytes");
        }
    }

    private void report(@Nullable Direction direction, Instant at, long bytes, String reason, String detail) {
        undecoded.undecoded(new Undecoded(conversation.number(), direction, at, bytes, reason, detail));
    }
}
