package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.cdp.Json;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.JsonNode;

class ArtefactsTest {
    private static final int BAND = 500;

    /** Bands of 500 px, each of a colour of its own that tells its number. */
    private static String bands(int height, String extra) {
        StringBuilder html = new StringBuilder("<!doctype html><title>bands</title><body style='margin:0'>");
        for (int i = 0; i * BAND < height; i++) {
            html.append(String.format(
                    Locale.ROOT,
                    "<div style='height:%dpx;background:rgb(%d,%d,%d)'></div>",
                    Math.min(BAND, height - i * BAND),
                    i % 256,
                    255 - i % 256,
                    i / 2 % 256));
        }
        return html + extra;
    }

    private static int band(int y) {
        int i = y / BAND;
        return (i % 256) << 16 | (255 - i % 256) << 8 | i / 2 % 256;
    }

    private static void checkBands(BufferedImage image, int top, int scale) {
        for (int y = 0; y < image.getHeight(); y++) {
            if (y % 97 == 0 || y < 3 || y >= image.getHeight() - 3 || (top + y) % BAND < 2 || (top + y) % BAND > 497) {
                for (int x : new int[] {0, image.getWidth() / 2, image.getWidth() - 1}) {
                    assertThat(image.getRGB(x, y) & 0xffffff)
                            .as("pixel %d, %d", x, top + y)
                            .isEqualTo(band((top + y) / scale));
                }
            }
        }
    }

    @Test
    void aPageOf60000PixelsIsTakenInTilesWithBoundedMemoryAndJoined(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", bands(60_000, ""));
            bench.load(site.url("/"));
            long before = bench.chromium.memoryBytes();
            Screenshot shot = bench.page.fullPageScreenshot(folder, ScreenshotLimits.DEFAULT, Bench.THIRTY);
            assertThat(bench.chromium.peakMemoryBytes() - before)
                    .as("one image of it would take over a gigabyte")
                    .isLessThan(700L << 20);
            assertThat(shot.tiles()).hasSize(8);
            assertThat(shot.cut()).isFalse();
            assertThat(shot.height()).isEqualTo(60_000);
            int top = 0;
            List<Path> files = new ArrayList<>();
            for (Screenshot.Tile tile : shot.tiles()) {
                assertThat(tile.top()).isEqualTo(top);
                assertThat(tile.height()).isEqualTo(top < 56_000 ? 8_000 : 4_000);
                BufferedImage image = ImageIO.read(tile.stored().file().toFile());
                assertThat(image.getHeight()).isEqualTo(tile.height());
                checkBands(image, top, 1);
                top += tile.height();
                files.add(tile.stored().file());
            }
            JsonNode manifest =
                    Json.MAPPER.readTree(folder.resolve("screenshot-tiles.json").toFile());
            assertThat(manifest.get("tiles")).hasSize(8);
            assertThat(manifest.get("height").intValue()).isEqualTo(60_000);
            assertThat(manifest.get("tiles").get(7).get("top").intValue()).isEqualTo(56_000);
            assertThat(manifest.get("tiles").get(3).get("file").stringValue()).isEqualTo("screenshot-004.png");
            byte[] fourth = Files.readAllBytes(folder.resolve("screenshot-004.png"));
            assertThat(manifest.get("tiles").get(3).get("sha256").stringValue())
                    .isEqualTo(Digest.ofBytes(
                                    Digest.Algorithm.SHA256,
                                    Digest.Algorithm.SHA256.start().digest(fourth))
                            .hex());

            Path joined = folder.resolve("joined.png");
            try (OutputStream out = Files.newOutputStream(joined)) {
                TileJoiner.join(files, out);
            }
            BufferedImage whole = ImageIO.read(joined.toFile());
            assertThat(whole.getWidth()).isEqualTo(1366);
            assertThat(whole.getHeight()).isEqualTo(60_000);
            checkBands(whole, 0, 1);
        }
    }

    @Test
    void aPageAboveTheLimitIsCutAndSaysSo(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", bands(5_000, ""));
            bench.load(site.url("/"));
            Screenshot shot =
                    bench.page.fullPageScreenshot(folder, new ScreenshotLimits(1_000, 800, 2_000, 3_840), Bench.THIRTY);
            assertThat(shot.cut()).isTrue();
            assertThat(shot.height()).isEqualTo(2_000);
            assertThat(shot.pageHeight()).isEqualTo(5_000);
            assertThat(shot.tiles().stream().map(Screenshot.Tile::height)).containsExactly(800, 800, 400);
        }
    }

    @Test
    void aPhonePageIsTakenInDevicePixels(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.phone())) {
            site.page("/", bands(7_000, "<meta name=viewport content='width=device-width'>"));
            bench.load(site.url("/"));
            Screenshot shot = bench.page.fullPageScreenshot(folder, ScreenshotLimits.DEFAULT, Bench.THIRTY);
            assertThat(shot.width()).isEqualTo(1170);
            assertThat(shot.height()).isEqualTo(21_000);
            assertThat(shot.tiles()).hasSize(3);
            for (Screenshot.Tile tile : shot.tiles()) {
                checkBands(ImageIO.read(tile.stored().file().toFile()), tile.top(), 3);
            }
        }
    }

    @Test
    void joiningRealisticTilesGivesTheSamePixels(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            // Gradients and text use all of PNG's row filters.
            site.page(
                    "/",
                    "<!doctype html><body style='margin:0;height:3000px;font-size:30px;"
                            + "background:linear-gradient(37deg,#f00,#0f0,#00f,#fff)'>"
                            + "特价商品 铁证 ".repeat(700));
            bench.load(site.url("/"));
            Path one = Files.createDirectory(folder.resolve("one"));
            Path many = Files.createDirectory(folder.resolve("many"));
            Screenshot single = bench.page.fullPageScreenshot(one, ScreenshotLimits.DEFAULT, Bench.THIRTY);
            Screenshot tiled =
                    bench.page.fullPageScreenshot(many, new ScreenshotLimits(100, 333, 60_000, 3_840), Bench.THIRTY);
            assertThat(tiled.tiles()).hasSizeGreaterThan(8);
            Path joined = folder.resolve("joined.png");
            try (OutputStream out = Files.newOutputStream(joined)) {
                TileJoiner.join(
                        tiled.tiles().stream().map(t -> t.stored().file()).toList(), out);
            }
            BufferedImage expected =
                    ImageIO.read(single.tiles().get(0).stored().file().toFile());
            BufferedImage actual = ImageIO.read(joined.toFile());
            assertThat(actual.getHeight()).isEqualTo(expected.getHeight());
            int differing = 0;
            for (int y = 0; y < expected.getHeight(); y++) {
                for (int x = 0; x < expected.getWidth(); x++) {
                    int a = expected.getRGB(x, y);
                    int b = actual.getRGB(x, y);
                    // A gradient may be rasterised one step off where a tile begins.
                    if (Math.abs((a >> 16 & 255) - (b >> 16 & 255)) > 2
                            || Math.abs((a >> 8 & 255) - (b >> 8 & 255)) > 2
                            || Math.abs((a & 255) - (b & 255)) > 2) {
                        differing++;
                    }
                }
            }
            assertThat(differing).isLessThan(expected.getWidth() * expected.getHeight() / 1000);
            // The joiner itself changes nothing at all: compare with the tiles pixel by pixel.
            for (Screenshot.Tile tile : tiled.tiles()) {
                BufferedImage part = ImageIO.read(tile.stored().file().toFile());
                for (int y = 0; y < part.getHeight(); y++) {
                    int[] want = part.getRGB(0, y, part.getWidth(), 1, null, 0, part.getWidth());
                    int[] got = actual.getRGB(0, tile.top() + y, part.getWidth(), 1, null, 0, part.getWidth());
                    assertThat(got).isEqualTo(want);
                }
            }
        }
    }

    @Test
    void damagedTilesAreRefused(@TempDir Path folder) throws Exception {
        Path png = folder.resolve("a.png");
        ImageIO.write(new BufferedImage(20, 30, BufferedImage.TYPE_INT_RGB), "png", png.toFile());
        byte[] bytes = Files.readAllBytes(png);
        for (int length = 0; length < bytes.length - 16; length++) {
            Path cut = Files.write(folder.resolve("cut.png"), java.util.Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> TileJoiner.join(List.of(cut), OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
        }
        Path other = folder.resolve("b.png");
        ImageIO.write(new BufferedImage(21, 30, BufferedImage.TYPE_INT_RGB), "png", other.toFile());
        assertThatThrownBy(() -> TileJoiner.join(List.of(png, other), OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("b.png");
    }

    @Test
    void documentsHoldTheWholePage(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<!doctype html><html lang=zh-CN><title>铁证店</title><body><h1>商品 \uD83C\uDF4E</h1>"
                            + "<div id=host></div><iframe src=/frame></iframe><iframe srcdoc='<p>内嵌</p>'></iframe>"
                            + "<script id=long type=text/plain></script><script>"
                            + "const r = document.getElementById('host').attachShadow({mode:'open'});"
                            + "r.innerHTML = '<p>影子里</p>';"
                            + "document.getElementById('long').textContent = '\uD83C\uDF4Fa'.repeat(200000);"
                            + "</script>");
            site.page("/frame", "<!doctype html><p>框架里</p>");
            bench.load(site.url("/"));
            String dom = Files.readString(
                    bench.page.dom(folder.resolve("dom.html"), Bench.THIRTY).file());
            assertThat(dom)
                    .startsWith("<!DOCTYPE html>\n<html lang=\"zh-CN\">")
                    .contains("<template shadowrootmode=\"open\">")
                    .contains("影子里")
                    .contains("<!-- tiezheng:frame " + site.url("/frame") + " -->")
                    .contains("框架里")
                    .contains("内嵌")
                    .contains("\uD83C\uDF4E")
                    .doesNotContain("\uFFFD");
            assertThat(dom.contains("\uD83C\uDF4Fa".repeat(200_000)))
                    .as("a text longer than one slice is whole")
                    .isTrue();
            String text = Files.readString(
                    bench.page.text(folder.resolve("page.txt"), Bench.THIRTY).file());
            assertThat(text).contains("商品").contains("影子里").contains("框架里").doesNotContain("attachShadow");
            Path mhtml =
                    bench.page.mhtml(folder.resolve("page.mhtml"), Bench.THIRTY).file();
            assertThat(Files.readString(mhtml, StandardCharsets.ISO_8859_1))
                    .contains("multipart/related")
                    .contains("Snapshot-Content-Location: " + site.url("/"))
                    .contains("Content-Location: " + site.url("/frame"));
            StoredFile pdf = bench.page.pdf(folder.resolve("page.pdf"), Bench.THIRTY);
            byte[] bytes = Files.readAllBytes(pdf.file());
            assertThat(pdf.sizeBytes()).isEqualTo(bytes.length);
            assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                    .startsWith("%PDF-1.")
                    .contains("%%EOF");
            assertThat(pdf.digests().sha256())
                    .isEqualTo(Digest.ofBytes(
                            Digest.Algorithm.SHA256,
                            Digest.Algorithm.SHA256.start().digest(bytes)));
        }
    }
}
