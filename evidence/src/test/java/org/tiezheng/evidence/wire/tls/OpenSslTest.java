package org.tiezheng.evidence.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiezheng.evidence.wire.Direction.CLIENT_TO_SERVER;
import static org.tiezheng.evidence.wire.Direction.SERVER_TO_CLIENT;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.wire.Recorded;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/** Conversations between OpenSSL's own client and server, recorded on the way; tshark judges. */
class OpenSslTest {
    private static final String REQUEST = "GET /page.bin HTTP/1.0\r\nHost: shop.example\r\n\r\n";

    private static final String STATUS = "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n";

    @TempDir
    Path dir;

    private byte[] page = new byte[0];

    @BeforeEach
    void page() throws Exception {
        page = new byte[70_000];
        new Random(7).nextBytes(page);
        // With -HTTP the server sends a file as it is, so that it holds the header lines too.
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        response.writeBytes(
                (STATUS + "Content-Length: " + page.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        response.writeBytes(page);
        Files.write(dir.resolve("page.bin"), response.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
    void everyTls13SuiteIsDecrypted(String suite) throws Exception {
        certificate("ec", "ec_paramgen_curve:P-256");
        try (Session session = new Session(List.of("-tls1_3", "-ciphersuites", suite, "-alpn", "http/1.1"))) {
            session.get("-alpn", "http/1.1");
            Decoded decoded = session.decode();
            assertPage(decoded, 1);
            TlsFacts facts = decoded.facts.get(1);
            assertThat(facts.version()).isEqualTo("tls/1.3");
            assertThat(facts.suite()).isEqualTo(suite);
            assertThat(facts.group()).isEqualTo("x25519");
            assertThat(facts.serverName()).isEqualTo("shop.example");
            assertThat(facts.alpn()).isEqualTo("http/1.1");
            assertThat(facts.keyProved()).isTrue();
            assertThat(facts.resumed()).isFalse();
            assertThat(facts.helloRetried()).isFalse();
            assertThat(facts.chain()).hasSize(1);
            assertThat(facts.chain().get(0).getSubjectX500Principal().getName()).isEqualTo("CN=shop.example");
            assertThat(decoded.factsAtOpening.get(1)).isEqualTo(facts);
            assertThat(decoded.undecoded).isEmpty();
            session.tsharkAgrees();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ec, ECDHE-ECDSA-AES128-GCM-SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "ec, ECDHE-ECDSA-AES256-GCM-SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "ec, ECDHE-ECDSA-CHACHA20-POLY1305, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "ec, ECDHE-ECDSA-AES128-SHA, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "ec, ECDHE-ECDSA-AES256-SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        "rsa, ECDHE-RSA-AES128-GCM-SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "rsa, ECDHE-RSA-AES256-GCM-SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "rsa, ECDHE-RSA-CHACHA20-POLY1305, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "rsa, DHE-RSA-AES128-GCM-SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        "rsa, DHE-RSA-AES256-GCM-SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        "rsa, DHE-RSA-CHACHA20-POLY1305, TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "rsa, AES128-GCM-SHA256, TLS_RSA_WITH_AES_128_GCM_SHA256",
        "rsa, AES256-GCM-SHA384, TLS_RSA_WITH_AES_256_GCM_SHA384",
        "rsa, ECDHE-RSA-AES256-SHA, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "rsa, ECDHE-RSA-AES128-SHA256, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        "rsa, AES256-SHA256, TLS_RSA_WITH_AES_256_CBC_SHA256",
    })
    void tls12SuitesAreDecrypted(String keyKind, String cipher, String suite) throws Exception {
        certificateOf(keyKind);
        try (Session session = new Session(List.of("-tls1_2", "-cipher", cipher, "-alpn", "http/1.1"))) {
            session.get("-alpn", "http/1.1");
            Decoded decoded = session.decode();
            assertPage(decoded, 1);
            TlsFacts facts = decoded.facts.get(1);
            assertThat(facts.version()).isEqualTo("tls/1.2");
            assertThat(facts.suite()).isEqualTo(suite);
            assertThat(facts.alpn()).isEqualTo("http/1.1");
            assertThat(facts.chain()).hasSize(1);
            boolean keyExchangeBySignature = suite.contains("DHE");
            assertThat(facts.keyProved()).isEqualTo(keyExchangeBySignature ? Boolean.TRUE : null);
            assertThat(facts.group()).isEqualTo(suite.contains("ECDHE") ? "x25519" : null);
            assertThat(decoded.undecoded).isEmpty();
            session.tsharkAgrees();
        }
    }

    @Test
    void cbcWithTheMacBeforeEncryptionIsDecrypted() throws Exception {
        certificateOf("rsa");
        List<String> server = List.of("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA", "-no_etm");
        try (Session session = new Session(server)) {
            session.get();
            assertPage(session.decode(), 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "rsa", "rsa-pss", "P-384", "P-521", "ed448"})
    void everyKindOfServerKeyIsProved(String keyKind) throws Exception {
        certificateOf(keyKind);
        for (String version : List.of("-tls1_3", "-tls1_2")) {
            try (Session session = new Session(List.of(version))) {
                session.get();
                Decoded decoded = session.decode();
                assertPage(decoded, 1);
                assertThat(decoded.facts.get(1).keyProved()).as(version).isTrue();
            }
        }
    }

    @Test
    void aHelloRetryRequestIsFollowed() throws Exception {
        certificateOf("ec");
        try (Session session = new Session(List.of("-tls1_3", "-groups", "P-384"))) {
            session.get("-groups", "X25519:P-384");
            Decoded decoded = session.decode();
            assertPage(decoded, 1);
            TlsFacts facts = decoded.facts.get(1);
            assertThat(facts.helloRetried()).isTrue();
            assertThat(facts.group()).isEqualTo("secp384r1");
            assertThat(facts.keyProved()).isTrue();
            assertThat(decoded.undecoded).isEmpty();
            session.tsharkAgrees();
        }
    }

    @Test
    void keyUpdatesOfBothSidesAreFollowed() throws Exception {
        certificateOf("ec");
        try (Session session = new Session(List.of("-tls1_3"))) {
            session.client(List.of(), client -> {
                for (int i = 1; i <= 3; i++) {
                    client.send("k\n"); // the client's own keys
                    client.await("KEYUPDATE", 2 * i - 1);
                    client.send("K\n"); // and the server is asked to change its own
                    client.await("KEYUPDATE", 2 * i);
                }
                client.send(REQUEST);
                client.awaitExit();
            });
            Decoded decoded = session.decode();
            assertPage(decoded, 1);
            assertThat(decoded.facts.get(1).keyUpdates()).isGreaterThanOrEqualTo(7);
            assertThat(decoded.undecoded).isEmpty();
            session.tsharkAgrees();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_3", "-tls1_2", "-tls1_2 -no_ticket"})
    void resumedSessionsAreDecryptedAndHaveNoCertificate(String options) throws Exception {
        certificateOf("ec");
        List<String> server = new ArrayList<>(Arrays.asList(options.split(" ")));
        try (Session session = new Session(server)) {
            session.get("-sess_out", "session.pem");
            session.get("-sess_in", "session.pem");
            Decoded decoded = session.decode();
            assertPage(decoded, 1);
            assertPage(decoded, 2);
            assertThat(decoded.facts.get(1).resumed()).isFalse();
            assertThat(decoded.facts.get(2).resumed()).isTrue();
            assertThat(decoded.facts.get(2).chain()).isEmpty();
            assertThat(decoded.facts.get(2).keyProved()).isNull();
            assertThat(decoded.undecoded).isEmpty();
        }
    }

    @Test
    void acceptedEarlyDataIsPartOfTheStream() throws Exception {
        certificateOf("ec");
        Files.writeString(dir.resolve("early.txt"), "early words\n");
        try (Session session = new Session(List.of("-tls1_3", "-early_data"), "-state")) {
            session.takeTicket();
            session.withEarlyData();
            Decoded decoded = session.decode();
            assertThat(decoded.plain.get(2).text(CLIENT_TO_SERVER)).isEqualTo("early words\nlate\n");
            assertThat(decoded.plain.get(2).text(SERVER_TO_CLIENT)).isEqualTo("answer\n");
            assertThat(decoded.undecoded).isEmpty();
        }
    }

    @Test
    void earlyDataWithoutItsSecretIsReportedAndTheRestDecrypted() throws Exception {
        certificateOf("ec");
        Files.writeString(dir.resolve("early.txt"), "early words\n");
        try (Session session = new Session(List.of("-tls1_3", "-early_data"), "-state")) {
            session.takeTicket();
            session.withEarlyData();
            List<String> keys = Files.readAllLines(session.keyLog());
            keys.removeIf(line -> line.startsWith("CLIENT_EARLY_TRAFFIC_SECRET"));
            Files.write(session.keyLog(), keys);
            Decoded decoded = session.decode();
            assertThat(decoded.plain.get(2).text(CLIENT_TO_SERVER)).isEqualTo("late\n");
            assertThat(decoded.undecoded).extracting(Undecoded::reason).containsExactly(TlsStream.REASON_EARLY_DATA);
            assertThat(decoded.undecoded.get(0).bytes()).isGreaterThan("early words\n".length());
        }
    }

    @Test
    void refusedEarlyDataIsPassedOverAndTheRestDecrypted() throws Exception {
        certificateOf("ec");
        Files.writeString(dir.resolve("early.txt"), "early words\n");
        try (Session session = new Session(List.of("-tls1_3", "-early_data"), "-state")) {
            session.takeTicket();
        }
        // Another server cannot read the ticket.
        for (String options : List.of("-tls1_3", "-tls1_3 -groups P-384")) {
            try (Session session = new Session(Arrays.asList(options.split(" ")), "-state")) {
                session.withEarlyData("-groups", "X25519:P-384");
                Decoded decoded = session.decode();
                assertThat(decoded.plain.get(1).text(CLIENT_TO_SERVER)).isEqualTo("late\n");
                assertThat(decoded.facts.get(1).helloRetried()).isEqualTo(options.contains("P-384"));
                assertThat(decoded.facts.get(1).keyProved()).isTrue();
                assertThat(decoded.undecoded).isEmpty();
            }
        }
    }

    @Test
    void withoutSecretsTheHandshakeIsKnownAndTheRestReported() throws Exception {
        certificateOf("ec");
        for (String version : List.of("-tls1_3", "-tls1_2")) {
            try (Session session = new Session(List.of(version))) {
                session.get();
                Files.write(session.keyLog(), new byte[0]);
                Decoded decoded = session.decode();
                assertThat(decoded.plain).isEmpty();
                assertThat(decoded.undecoded).hasSize(1);
                Undecoded undecoded = decoded.undecoded.get(0);
                assertThat(undecoded.reason()).isEqualTo("no-tls-secret");
                assertThat(undecoded.direction()).isNull();
                assertThat(undecoded.bytes()).isGreaterThan(page.length);
                // TLS 1.2 shows its certificates to everyone.
                assertThat(decoded.facts.get(1).chain()).hasSize(version.equals("-tls1_2") ? 1 : 0);
            }
        }
    }

    @Test
    void renegotiationIsReported() throws Exception {
        certificateOf("ec");
        try (Session session = new Session(List.of("-tls1_2", "-client_renegotiation"), "-rev")) {
            session.client(List.of(), client -> {
                client.send("before\n");
                client.await("erofeb");
                client.send("R\n");
                client.await("RENEGOTIATING");
                client.send("after\n");
                client.await("retfa");
                client.send("Q\n");
                client.awaitExit();
            });
            Decoded decoded = session.decode();
            assertThat(decoded.plain.get(1).text(CLIENT_TO_SERVER)).isEqualTo("before\n");
            assertThat(decoded.plain.get(1).ends)
                    .containsEntry(CLIENT_TO_SERVER, StreamEnd.CUT)
                    .containsEntry(SERVER_TO_CLIENT, StreamEnd.CUT);
            assertThat(decoded.undecoded).extracting(Undecoded::reason).containsExactly("tls-renegotiation");
        }
    }

    @ParameterizedTest
    @CsvSource({"-tls1_2, ECDHE-ECDSA-AES128-CCM, tls-suite", "-tls1_1, ECDHE-ECDSA-AES128-SHA, tls-version"})
    void whatIsNotDecodedSaysWhy(String version, String cipher, String reason) throws Exception {
        certificateOf("ec");
        List<String> options = List.of(version, "-cipher", cipher + ":@SECLEVEL=0");
        try (Session session = new Session(options)) {
            session.get(version, "-cipher", cipher + ":@SECLEVEL=0");
            Decoded decoded = session.decode();
            assertThat(decoded.plain).isEmpty();
            assertThat(decoded.undecoded).extracting(Undecoded::reason).containsExactly(reason);
            assertThat(decoded.facts.get(1)).isNotNull();
        }
    }

    @Test
    void aRefusedCertificateIsAnAlertAndTheChainIsKnown() throws Exception {
        certificateOf("ec");
        try (Session session = new Session(List.of("-tls1_3"))) {
            session.client(List.of("-verify_return_error"), client -> client.awaitExit());
            Decoded decoded = session.decode();
            assertThat(decoded.undecoded).isEmpty();
            assertThat(decoded.plain).isEmpty();
            assertThat(decoded.facts.get(1).chain()).hasSize(1);
            assertThat(decoded.facts.get(1).handshakeFailure()).isEqualTo("alert 48 (unknown_ca) from the client");
        }
    }

    @Test
    void closeNotifyTellsAWholeStreamFromACutOne() throws Exception {
        certificateOf("ec");
        try (Session session = new Session(List.of("-tls1_3"), "-rev")) {
            session.client(List.of(), client -> {
                client.send("one\n");
                client.await("eno");
                client.send("Q\n"); // says goodbye
                client.awaitExit();
            });
            session.client(List.of(), client -> {
                client.send("two\n");
                client.await("owt");
                client.close(); // does not
            });
            Decoded decoded = session.decode();
            assertThat(decoded.plain.get(1).ends).containsEntry(CLIENT_TO_SERVER, StreamEnd.CLOSED);
            assertThat(decoded.plain.get(2).ends).containsEntry(CLIENT_TO_SERVER, StreamEnd.CUT);
            assertThat(decoded.undecoded).isEmpty();
        }
    }

    @Test
    void changedRecordingsNeverEndInAnException() throws Exception {
        certificateOf("ec");
        for (String version : List.of("-tls1_3", "-tls1_2")) {
            try (Session session = new Session(List.of(version))) {
                session.get();
                session.tee.close();
                Changes.assertAllReported(Files.readAllBytes(session.finished()), new Random(11));
            }
        }
    }

    private void assertPage(Decoded decoded, int conversation) {
        Recorded.Stream stream = decoded.plain.get(conversation);
        assertThat(stream).as("plain stream; undecoded: %s", decoded.undecoded).isNotNull();
        assertThat(stream.text(CLIENT_TO_SERVER)).isEqualTo(REQUEST);
        byte[] answer = stream.of(SERVER_TO_CLIENT);
        assertThat(stream.text(SERVER_TO_CLIENT)).startsWith(STATUS);
        assertThat(Arrays.copyOfRange(answer, answer.length - page.length, answer.length))
                .isEqualTo(page);
        assertThat(stream.closed).isTrue();
    }

    private void certificateOf(String keyKind) throws Exception {
        switch (keyKind) {
            case "ec" -> certificate("ec", "ec_paramgen_curve:P-256");
            case "P-384", "P-521" -> certificate("ec", "ec_paramgen_curve:" + keyKind);
            case "rsa", "rsa-pss" -> certificate(keyKind, "rsa_keygen_bits:2048");
            default -> certificate(keyKind);
        }
    }

    private void certificate(String algorithm, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl", "req", "-x509", "-newkey", algorithm));
        for (String option : options) {
            command.addAll(List.of("-pkeyopt", option));
        }
        command.addAll(
                List.of("-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=shop.example", "-days", "2"));
        Tool.run(dir, command.toArray(String[]::new));
    }

    /** What a client does once it is connected. */
    private interface Talk {
        void with(Tool client) throws Exception;
    }

    /** A server, a tee before it, and clients one after the other. */
    private final class Session implements AutoCloseable {
        private final Tool server;
        private final RecordingTee tee;
        private final Path spool;

        Session(List<String> serverOptions) throws Exception {
            this(serverOptions, "-HTTP");
        }

        Session(List<String> serverOptions, String mode) throws Exception {
            List<String> command = new ArrayList<>(List.of(
                    "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", mode));
            command.addAll(serverOptions);
            server = Tool.start(dir, command);
            int port = Integer.parseInt(
                    server.await("ACCEPT 127\\.0\\.0\\.1:(\\d+)").group(1));
            spool = Files.createTempDirectory(dir, "session").resolve("spool.pcapng");
            tee = new RecordingTee(spool, port);
        }

        Path keyLog() {
            return spool.resolveSibling("keys.log");
        }

        void get(String... options) throws Exception {
            client(List.of(options), client -> {
                client.await("---\\s+(New|Reused)");
                client.send(REQUEST);
                client.awaitExit();
            });
        }

        void client(List<String> options, Talk talk) throws Exception {
            List<String> command = new ArrayList<>(List.of(
                    "openssl", "s_client", "-connect", "127.0.0.1:" + tee.port(), "-servername", "shop.example"));
            command.addAll(List.of("-keylogfile", keyLog().toString()));
            command.addAll(options);
            try (Tool client = Tool.start(dir, command)) {
                talk.with(client);
            }
        }

        /** A session whose ticket is kept in {@code session.pem}. */
        void takeTicket() throws Exception {
            client(List.of("-sess_out", "session.pem"), client -> {
                client.send("first\n");
                server.await("first");
                for (int i = 0; Files.notExists(dir.resolve("session.pem")); i++) {
                    assertThat(i).as("the ticket does not come").isLessThan(1000);
                    Thread.sleep(20);
                }
                client.send("Q\n");
                client.awaitExit();
            });
        }

        void withEarlyData(String... options) throws Exception {
            List<String> all = new ArrayList<>(List.of("-sess_in", "session.pem", "-early_data", "early.txt"));
            all.addAll(List.of(options));
            client(all, client -> {
                client.await("Early data was");
                client.send("late\n");
                server.await("late");
                server.send("answer\n");
                client.await("answer");
                client.send("Q\n");
                client.awaitExit();
            });
        }

        Path finished() throws Exception {
            return Decoded.finish(spool, keyLog());
        }

        Decoded decode() throws Exception {
            tee.close();
            return Decoded.of(finished());
        }

        /** tshark, given nothing but the file, finds the same page in it. */
        void tsharkAgrees() throws Exception {
            Path objects = Files.createTempDirectory(dir, "objects");
            String port = String.valueOf(
                    Decoded.of(finished()).plain.get(1).conversation.server().getPort());
            Tool.run(
                    dir,
                    "tshark",
                    "-r",
                    finished().toString(),
                    "-d",
                    "tcp.port==" + port + ",tls",
                    "--export-objects",
                    "http," + objects);
            assertThat(objects.resolve("page.bin")).hasBinaryContent(page);
        }

        @Override
        public void close() throws Exception {
            tee.close();
            server.close();
        }
    }
}
