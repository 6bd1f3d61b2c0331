package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;

/** The page as PDF and MHTML, written as they come. */
final class PageDocuments {
    private static final int READ_BYTES = 1 << 19;
    private static final long MAX_PDF_BYTES = 512L << 20;

    /** A4 in inches, ISO 216: 210 mm x 297 mm. */
    private static final double A4_WIDTH = 210 / 25.4;

    private static final double A4_HEIGHT = 297 / 25.4;
    private static final double MARGIN = 10 / 25.4;

    private final PageSession page;

    PageDocuments(PageSession page) {
        this.page = page;
    }

    StoredFile pdf(Path file, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        JsonNode printed = page.call(
                "Page.printToPDF",
                Json.object(
                        "transferMode",
                        "ReturnAsStream",
                        "printBackground",
                        true,
                        "paperWidth",
                        A4_WIDTH,
                        "paperHeight",
                        A4_HEIGHT,
                        "marginTop",
                        MARGIN,
                        "marginBottom",
                        MARGIN,
                        "marginLeft",
                        MARGIN,
                        "marginRight",
                        MARGIN),
                timeout);
        String stream = Json.text(printed, "stream");
        try (StoredFile.Writer out = new StoredFile.Writer(file)) {
            long total = 0;
            while (true) {
                JsonNode chunk = page.plain(
                        "IO.read",
                        Json.object("handle", stream, "size", READ_BYTES),
                        Duration.ofMillis(Math.max(1, Pause.leftMillis(deadline))));
                String data = Json.text(chunk, "data");
                byte[] bytes = Json.flag(chunk, "base64Encoded")
                        ? Base64.getDecoder().decode(data)
                        : data.getBytes(StandardCharsets.ISO_8859_1);
                out.write(bytes);
                total += bytes.length;
                if (total > MAX_PDF_BYTES) {
                    throw new CdpException("PDF of more than " + MAX_PDF_BYTES + " bytes");
                }
                if (Json.flag(chunk, "eof")) {
                    break;
                }
            }
            return out.finish();
        } finally {
            page.plain("IO.close", Json.object("handle", stream), Duration.ofSeconds(2));
        }
    }

    StoredFile mhtml(Path file, Duration timeout) throws IOException {
        try (StoredFile.Writer out = new StoredFile.Writer(file)) {
            var ignored = page.callToStream(
                    "Page.captureSnapshot",
                    Json.object("format", "mhtml"),
                    "data",
                    CdpConnection.Encoding.TEXT,
                    out,
                    timeout);
            return out.finish();
        }
    }
}
