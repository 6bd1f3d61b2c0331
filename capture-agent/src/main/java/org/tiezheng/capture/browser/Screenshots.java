package org.tiezheng.capture.browser;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Screenshots as PNG. Chromium draws a page of any height in one call, but at 60,000 pixels that takes over a gigabyte;
 * above the limit the page is taken in tiles.
 */
final class Screenshots {
    private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int IHDR = 0x49484452;

    /** Puts the device emulation back. */
    interface DeviceCheck {
        boolean resetIfNeeded() throws CdpException;
    }

    private final PageSession page;
    private final DeviceCheck device;

    Screenshots(PageSession page, DeviceCheck device) {
        this.page = page;
        this.device = device;
    }

    StoredFile viewport(Path file, Duration timeout) throws IOException {
        return take(Json.object("format", "png"), file, timeout);
    }

    Screenshot fullPage(Path folder, ScreenshotLimits limits, double scale, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        JsonNode metrics = page.call("Page.getLayoutMetrics", Json.object(), timeout);
        JsonNode content = Json.child(metrics, "cssContentSize");
        double pageWidth = Json.number(content, "width", 0);
        double pageHeight = Json.number(content, "height", 0);
        if (!(pageWidth >= 1 && pageHeight >= 1)) {
            throw new CdpException("the page has no size: " + content);
        }
        int width = (int) Math.min(Math.ceil(pageWidth), Math.floor(limits.maxWidth() / scale));
        int height = (int) Math.min(Math.ceil(pageHeight), Math.floor(limits.maxHeight() / scale));
        boolean cut = width < pageWidth || height < pageHeight;
        boolean single = height * scale <= limits.singleHeight();
        int tileHeight = single ? height : wholePixels((int) Math.floor(limits.tileHeight() / scale), scale);
        List<Screenshot.Tile> tiles = new ArrayList<>();
        int top = 0;
        for (int y = 0; y < height; y += tileHeight) {
            int h = Math.min(tileHeight, height - y);
            String name =
                    single ? "screenshot.png" : String.format(Locale.ROOT, "screenshot-%03d.png", tiles.size() + 1);
            Path file = folder.resolve(name);
            StoredFile stored = take(clip(y, width, h, !single), file, left(deadline));
            int[] size = pngSize(file);
            if (size[1] != Math.round(h * scale) || size[0] != Math.round(width * scale)) {
                throw new CdpException(name + " is " + size[0] + "x" + size[1] + " instead of "
                        + Math.round(width * scale) + "x" + Math.round(h * scale));
            }
            tiles.add(new Screenshot.Tile(stored, top, size[0], size[1]));
            top += size[1];
        }
        int shotWidth = tiles.get(0).width();
        StoredFile manifest = single
                ? null
                : writeManifest(folder.resolve("screenshot-tiles.json"), tiles, shotWidth, top, scale, cut);
        return new Screenshot(tiles, manifest, shotWidth, top, pageHeight, cut, device.resetIfNeeded());
    }

    /** The largest height up to {@code css} that is a whole number of device pixels. */
    private static int wholePixels(int css, double scale) {
        for (int h = css; h > css - 100 && h > 1; h--) {
            if (h * scale == Math.rint(h * scale)) {
                return h;
            }
        }
        return css;
    }

    private static ObjectNode clip(int y, int width, int height, boolean fast) {
        return Json.object(
                "format",
                "png",
                "captureBeyondViewport",
                true,
                "optimizeForSpeed",
                fast,
                "clip",
                Json.object("x", 0, "y", y, "width", width, "height", height, "scale", 1));
    }

    private StoredFile take(ObjectNode params, Path file, Duration timeout) throws IOException {
        // Chromium does not draw a page that a popup has covered; the picture would never come.
        page.plain("Page.bringToFront", Json.object(), timeout);
        try {
            return takeOnce(params, file, timeout);
        } catch (CdpException.TimedOut e) {
            page.terminateScript();
            return takeOnce(params, file, timeout);
        }
    }

    private StoredFile takeOnce(ObjectNode params, Path file, Duration timeout) throws IOException {
        try (StoredFile.Writer out = new StoredFile.Writer(file)) {
            var ignored = page.callToStream(
                    "Page.captureScreenshot", params, "data", CdpConnection.Encoding.BASE64, out, timeout);
            return out.finish();
        }
    }

    private static Duration left(long deadline) throws CdpException {
        long left = Pause.leftMillis(deadline);
        if (left == 0) {
            throw new CdpException.TimedOut("the screenshot took too long");
        }
        return Duration.ofMillis(left);
    }

    /** Width and height in a PNG's header. */
    static int[] pngSize(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            long signature = in.readLong();
            int length = in.readInt();
            int type = in.readInt();
            if (signature != PNG_SIGNATURE || length != 13 || type != IHDR) {
                throw new IOException(file.getFileName() + " is not a PNG");
            }
            return new int[] {in.readInt(), in.readInt()};
        }
    }

    private static @Nullable StoredFile writeManifest(
            Path file, List<Screenshot.Tile> tiles, int width, int height, double scale, boolean cut)
            throws IOException {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Screenshot.Tile tile : tiles) {
            list.add(Json.object(
                    "file",
                    tile.stored().file().getFileName().toString(),
                    "top",
                    tile.top(),
                    "width",
                    tile.width(),
                    "height",
                    tile.height(),
                    "sizeBytes",
                    tile.stored().sizeBytes(),
                    "sha256",
                    tile.stored().digests().sha256().hex()));
        }
        ObjectNode manifest = Json.object(
                "format",
                "tiezheng-screenshot-tiles/1",
                "width",
                width,
                "height",
                height,
                "scale",
                scale,
                "cut",
                cut,
                "tiles",
                list);
        try (StoredFile.Writer out = new StoredFile.Writer(file)) {
            out.write((Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(manifest) + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            return out.finish();
        }
    }
}
