package org.tiezheng.evidence.wacz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.tiezheng.evidence.Digest;

/** A WARC file made record by record, one gzip member each, without any library. */
public final class SampleWarc {
    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private int number;

    public SampleWarc record(String type, String url, String contentType, byte[] block) {
        return record(type, url, contentType, block, "");
    }

    /** @param more header lines, each ended by CRLF */
    public SampleWarc record(String type, String url, String contentType, byte[] block, String more) {
        String header = "WARC/1.1\r\nWARC-Type: " + type + "\r\n"
                + (url.isEmpty() ? "" : "WARC-Target-URI: " + url + "\r\n")
                + "WARC-Date: 2026-11-21T08:00:0" + (number % 10) + ".123456Z\r\n"
                + "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-" + String.format("%012d", number++) + ">\r\n"
                + "Content-Type: " + contentType + "\r\nContent-Length: " + block.length + "\r\n" + more + "\r\n";
        return member(concat(header.getBytes(StandardCharsets.UTF_8), block, new byte[] {'\r', '\n', '\r', '\n'}));
    }

    public SampleWarc response(String url, int status, String contentType, String body) {
        byte[] payload = body.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + status + " X\r\n"
                + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n") + "Content-Length: "
                + payload.length + "\r\n\r\n";
        byte[] block = concat(head.getBytes(StandardCharsets.UTF_8), payload);
        return record(
                "response",
                url,
                "application/http; msgtype=response",
                block,
                "WARC-Payload-Digest: " + Digest.of(Digest.Algorithm.SHA256, payload) + "\r\nWARC-Block-Digest: "
                        + Digest.of(Digest.Algorithm.SHA256, block) + "\r\n");
    }

    public SampleWarc request(String url, String method, String contentType, String body) {
        String head = method + " /x HTTP/1.1\r\nHost: x\r\n"
                + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n") + "\r\n";
        return record(
                "request", url, "application/http; msgtype=request", (head + body).getBytes(StandardCharsets.UTF_8));
    }

    /** One gzip member of any bytes. */
    public SampleWarc member(byte[] content) {
        try (OutputStream gzip = new GZIPOutputStream(file)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    public byte[] bytes() {
        return file.toByteArray();
    }

    public Path write(Path path) throws IOException {
        return Files.write(path, bytes());
    }

    /** Every kind of record, and every kind of request body. */
    public static SampleWarc everything() {
        String shop = "https://www.shop.example";
        SampleWarc warc = new SampleWarc();
        warc.record("warcinfo", "", "application/warc-fields", "software: test\r\n".getBytes(StandardCharsets.UTF_8));
        warc.response(shop + "/", 200, "text/html; charset=utf-8", "<p>商品</p>").request(shop + "/", "GET", "", "");
        warc.request(shop + "/b?x=2&a=1", "GET", "", "").response(shop + "/b?x=2&a=1", 404, "", "none");
        warc.response("https://xn--fsqu00a.xn--0zwm56d/%7E%C3%A9//x", 301, "TEXT/HTML", "");
        warc.response(shop + "/none", 204, "", "").request(shop + "/other", "GET", "", "");
        warc.response(shop + "/api", 200, "application/json", "{}")
                .request(
                        shop + "/api",
                        "POST",
                        "application/json",
                        "{\"a\":{\"b\":[1,\"x y\",null,true,1.50]},\"b\":\"商\"}");
        warc.request(shop + "/api?q=1", "POST", "application/x-www-form-urlencoded", "a=1&b=%E5%95%86&c=%2F")
                .response(shop + "/api?q=1", 200, "application/json", "[]");
        warc.response(shop + "/t", 200, "text/plain", "t").request(shop + "/t", "POST", "text/plain", "not json");
        warc.response(shop + "/t2", 200, "text/plain", "t").request(shop + "/t2", "PUT", "text/plain", "{\"k\":\"v\"}");
        warc.response(shop + "/bin", 200, "image/png", "t")
                .request(shop + "/bin", "POST", "application/octet-stream", "\u0001é\u0000");
        warc.response(shop + "/mp", 200, "text/html", "t")
                .request(
                        shop + "/mp",
                        "POST",
                        "multipart/form-data; boundary=----B1",
                        "------B1\r\nContent-Disposition: form-data; name=\"a b\"\r\n\r\n1+1\r\n------B1\r\n"
                                + "Content-Disposition: form-data; name=\"c\"\r\n\r\n商\r\n------B1--\r\n");
        warc.response(shop + "/n", 200, "text/html", "n")
                .request(
                        shop + "/n",
                        "POST",
                        "application/json",
                        "[0,-0,1.0,-2.50,1e20,1e21,1.5e22,1e-6,1e-7,1.5e-7,123456789012345678,1e999,-1e999,0.1,100,1e300]");
        warc.response(shop + "/o", 204, "", "").request(shop + "/o", "OPTIONS", "", "");
        warc.response(shop + "/long", 200, "", "x")
                .request(shop + "/long", "POST", "application/x-www-form-urlencoded", "a=" + "y".repeat(5000));
        warc.record(
                "revisit",
                shop + "/again",
                "application/http; msgtype=response",
                "HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\n".getBytes(StandardCharsets.UTF_8),
                "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n");
        warc.record("resource", "urn:ws:1", "application/octet-stream", new byte[] {1, 2, 3});
        warc.record("resource", "urn:fields", "application/warc-fields", "a: b".getBytes(StandardCharsets.UTF_8));
        warc.record("metadata", shop + "/", "application/json", "{}".getBytes(StandardCharsets.UTF_8));
        return warc;
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
