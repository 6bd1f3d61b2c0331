package org.tiezheng.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** One request being answered. What passes through here is what the truth log says. Blocking; one thread. */
public final class Visit {
    private final Request request;
    private final Response response;
    private final MessageDigest received = sha256();
    private final MessageDigest sent = sha256();
    private long receivedBytes;
    private long sentBytes;
    private @Nullable OutputStream out;

    Visit(Request request, Response response) {
        this.request = request;
        this.response = response;
    }

    public String method() {
        return request.getMethod();
    }

    /** Path without query. */
    public String path() {
        return request.getHttpURI().getPath();
    }

    /** Path and query as received. */
    public String target() {
        return request.getHttpURI().getPathQuery();
    }

    public @Nullable String query(String name) {
        Fields.Field field = Request.extractQueryParameters(request).get(name);
        return field == null ? null : field.getValue();
    }

    public @Nullable String header(String name) {
        return request.getHeaders().get(name);
    }

    /** Whole request body, at most 64 MiB. */
    public byte[] body() throws IOException {
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] bytes = in.readNBytes(64 << 20);
            received.update(bytes);
            receivedBytes += bytes.length;
            return bytes;
        }
    }

    public Visit status(int status) {
        response.setStatus(status);
        return this;
    }

    public Visit set(String name, String value) {
        response.getHeaders().put(name, value);
        return this;
    }

    public Visit add(String name, String value) {
        response.getHeaders().add(name, value);
        return this;
    }

    /** Header fields sent after the body: chunked trailers in HTTP/1.1, a trailing HEADERS frame in HTTP/2. */
    public Visit trailer(String name, String value) {
        HttpFields.Mutable trailers = HttpFields.build().add(new HttpField(name, value));
        response.setTrailersSupplier(() -> trailers);
        return this;
    }

    /** Sends an informational response now. */
    public Visit interim(int status, String name, String value) throws IOException {
        response.writeInterim(status, HttpFields.build().add(name, value)).join();
        return this;
    }

    /** The whole body at once, with Content-Length. */
    public void send(String contentType, byte[] body) throws IOException {
        set("Content-Type", contentType);
        set("Content-Length", Long.toString(body.length));
        if (!method().equals("HEAD")) {
            write(body);
        }
    }

    public void html(String html) throws IOException {
        send("text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
    }

    public void text(String text) throws IOException {
        send("text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** A part of a body of unknown length: flushed at once. */
    public void write(byte[] part) throws IOException {
        OutputStream body = stream();
        body.write(part);
        body.flush();
    }

    /** The body as a stream; every byte is counted and hashed. */
    public OutputStream stream() {
        OutputStream body = out;
        if (body == null) {
            body = new DigestOutputStream(Content.Sink.asOutputStream(response), sent) {
                @Override
                public void write(int b) throws IOException {
                    super.write(b);
                    sentBytes++;
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    super.write(bytes, offset, length);
                    sentBytes += length;
                }
            };
            out = body;
        }
        return body;
    }

    void finish() throws IOException {
        stream().close();
    }

    SentExchange truth(String listener, boolean complete) {
        HexFormat hex = HexFormat.of();
        return new SentExchange(
                listener,
                request.getConnectionMetaData().getProtocol(),
                method(),
                target(),
                hex.formatHex(received.digest()),
                receivedBytes,
                response.getStatus(),
                response.getHeaders().get("Content-Encoding"),
                hex.formatHex(sent.digest()),
                sentBytes,
                complete);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
