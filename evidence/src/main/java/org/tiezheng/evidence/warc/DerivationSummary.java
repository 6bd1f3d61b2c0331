package org.tiezheng.evidence.warc;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a derivation found: the content of {@code evidence/wire.json} and {@code evidence/certificates.pem}.
 *
 * @param format {@code tiezheng-wire/1}
 * @param sound whether the pcapng could be read to its end without a gap
 * @param counts totals
 * @param conversations every conversation, in order of its end
 * @param undecoded what no record holds, at most 10,000 entries; {@link Counts#undecoded} has the true number
 * @param certificates every certificate seen, once, in order of first sight
 * @param exchanges the exchanges as {@link ExchangeLine}s, one JSON object a line, in the order of the WARC; in the
 *     folder for temporary files, for the caller to delete
 */
public record DerivationSummary(
        String format,
        boolean sound,
        Counts counts,
        List<ConversationSummary> conversations,
        List<Undecoded> undecoded,
        @JsonIgnore List<X509Certificate> certificates,
        @JsonIgnore Path exchanges) {
    static final String FORMAT = "tiezheng-wire/1";

    public DerivationSummary {
        conversations = List.copyOf(conversations);
        undecoded = List.copyOf(undecoded);
        certificates = List.copyOf(certificates);
    }

    /**
     * @param conversations TCP connections in the pcapng
     * @param tlsSessions TLS sessions for which the pcapng holds secrets
     * @param exchanges requests found
     * @param responses final responses found
     * @param truncated messages with fewer bytes than they announced
     * @param webSocketMessages text, binary and close messages
     * @param undecoded entries of the undecoded list
     */
    public record Counts(
            int conversations,
            int tlsSessions,
            long exchanges,
            long responses,
            long truncated,
            long webSocketMessages,
            long undecoded) {}

    /**
     * One TCP connection.
     *
     * @param client the synthetic address of the agent's side, {@code address:port}
     * @param server the address connected to, {@code address:port}
     * @param protocol of its exchanges, as in WARC-Protocol; null if there were none
     * @param bytesFromClient plain bytes, in either direction 0 if it could not be decrypted
     */
    public record ConversationSummary(
            int number,
            String client,
            String server,
            Instant opened,
            @Nullable String protocol,
            long bytesFromClient,
            long bytesFromServer,
            long exchanges,
            long webSocketMessages,
            @Nullable TlsSummary tls) {}

    /**
     * {@link TlsFacts} with the chain by digest.
     *
     * @param certificates {@code sha256:<hex>} of the DER form, leaf first; the certificates are in certificates.pem
     */
    public record TlsSummary(
            String version,
            String suite,
            @Nullable String group,
            @Nullable String serverName,
            @Nullable String alpn,
            boolean resumed,
            @Nullable Boolean keyProved,
            boolean helloRetried,
            int keyUpdates,
            @Nullable String handshakeFailure,
            List<String> certificates) {

        static TlsSummary of(TlsFacts facts) {
            return new TlsSummary(
                    facts.version(),
                    facts.suite(),
                    facts.group(),
                    facts.serverName(),
                    facts.alpn(),
                    facts.resumed(),
                    facts.keyProved(),
                    facts.helloRetried(),
                    facts.keyUpdates(),
                    facts.handshakeFailure(),
                    facts.chain().stream().map(TlsSummary::digest).toList());
        }

        static String digest(X509Certificate certificate) {
            return Digest.of(Digest.Algorithm.SHA256, der(certificate)).toString();
        }
    }

    private static byte[] der(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was parsed from DER has that DER", e);
        }
    }

    /** Writes {@code wire.json}; {@code out} stays open. */
    public void writeJson(OutputStream out) throws IOException {
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .build()
                .writeValue(out, this);
        out.write('\n');
    }

    /** Writes {@code certificates.pem}, each certificate under a line with its digest; {@code out} stays open. */
    public void writeCertificates(OutputStream out) throws IOException {
        Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
        for (X509Certificate certificate : certificates) {
            String text = "# " + TlsSummary.digest(certificate) + "\n-----BEGIN CERTIFICATE-----\n"
                    + base64.encodeToString(der(certificate)) + "\n-----END CERTIFICATE-----\n";
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Reads the exchanges back, one by one. */
    public void forEachExchange(ExchangeLine.Visitor visitor) throws IOException {
        ExchangeLine.readAll(exchanges, visitor);
    }
}
