package org.tiezheng.archive.evidencepage.screenshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Strips hold the pixels of the picture, as the JDK's own PNG reader sees them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StripsTest {
    @TempDir
    Path folder;

    /** Noise and flat parts, so that an encoder uses all its filters. */
    private static BufferedImage picture(int width, int height, int type, long seed) {
        BufferedImage image = new BufferedImage(width, height, type);
        Random random = new Random(seed);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int grey = (x * 3 + y) & 0xff;
                int rgb = y % 40 < 10
                        ? random.nextInt(1 << 24)
                        : y % 40 < 20 ? 0xf0f0f0 : (grey << 16) | (grey << 8) | grey;
                image.setRGB(x, y, 0xff000000 | rgb);
            }
        }
        return image;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", out)).isTrue();
        return out.toByteArray();
    }

    private static List<Strips.Source> sources(byte[]... parts) {
        return Arrays.stream(parts)
                .map(part -> (Strips.Source) () -> new ByteArrayInputStream(part))
                .toList();
    }

    private BufferedImage strip(int level, int number) throws IOException {
        return ImageIO.read(folder.resolve(level + "-" + number + ".png").toFile());
    }

    @Test
    void fullSizeStripsAreThePixelsOfTheirPicture() throws Exception {
        for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB}) {
            BufferedImage image = picture(333, 1200, type, 1);
            Strips.cut(sources(png(image)), 333, 1200, folder, (level, strip) -> {});
            for (int y = 0; y < 1200; y += 7) {
                BufferedImage strip = strip(0, y / Strips.ROWS);
                for (int x = 0; x < 333; x += 5) {
                    assertThat(strip.getRGB(x, y % Strips.ROWS)).isEqualTo(image.getRGB(x, y));
                }
            }
            assertThat(strip(0, 2).getHeight()).isEqualTo(1200 - 2 * Strips.ROWS);
        }
    }

    @Test
    void smallerLevelsAreMeansOfFourPixels() throws Exception {
        BufferedImage image = picture(101, 1301, BufferedImage.TYPE_INT_RGB, 2);
        Strips.cut(sources(png(image)), 101, 1301, folder, (level, strip) -> {});
        BufferedImage half = strip(1, 0);
        assertThat(half.getWidth()).isEqualTo(51);
        for (int y = 0; y < half.getHeight(); y += 3) {
            for (int x = 0; x < 50; x++) {
                for (int shift : new int[] {0, 8, 16}) {
                    int sum = 0;
                    for (int[] at : new int[][] {{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
                        sum += (image.getRGB(2 * x + at[0], 2 * y + at[1]) >> shift) & 0xff;
                    }
                    assertThat((half.getRGB(x, y) >> shift) & 0xff).isEqualTo((sum + 2) / 4);
                }
            }
        }
        assertThat(strip(1, 1).getHeight()).isEqualTo(651 - Strips.ROWS);
    }

    @Test
    void partsOfAPictureJoinWithoutASeam() throws Exception {
        BufferedImage image = picture(64, 1000, BufferedImage.TYPE_INT_RGB, 3);
        Strips.cut(
                sources(png(image.getSubimage(0, 0, 64, 600)), png(image.getSubimage(0, 600, 64, 400))),
                64,
                1000,
                folder,
                (level, strip) -> {});
        assertThat(strip(0, 1).getRGB(10, 600 - 512)).isEqualTo(image.getRGB(10, 600));
        assertThat(strip(0, 1).getRGB(10, 599 - 512)).isEqualTo(image.getRGB(10, 599));
    }

    @Test
    void whatIsNoPictureOrAnotherOneIsRefused() throws Exception {
        byte[] good = png(picture(50, 60, BufferedImage.TYPE_INT_RGB, 4));
        List<byte[]> bad = new ArrayList<>();
        bad.add(new byte[0]);
        bad.add("GIF89a".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        bad.add(Arrays.copyOf(good, good.length / 2));
        bad.add(png(new BufferedImage(50, 60, BufferedImage.TYPE_BYTE_INDEXED)));
        bad.add(png(picture(51, 60, BufferedImage.TYPE_INT_RGB, 4)));
        bad.add(png(picture(50, 61, BufferedImage.TYPE_INT_RGB, 4)));
        bad.add(png(picture(50, 59, BufferedImage.TYPE_INT_RGB, 4)));
        byte[] huge = good.clone();
        huge[16] = 0x7f; // the first byte of the width
        bad.add(huge);
        for (byte[] each : bad) {
            assertThatThrownBy(() -> Strips.cut(sources(each), 50, 60, folder, (level, strip) -> {}))
                    .isInstanceOf(UnsupportedPictureException.class);
        }
    }

    @Test
    void flippedBytesNeverEndInAnotherException() throws Exception {
        byte[] good = png(picture(40, 80, BufferedImage.TYPE_INT_ARGB, 5));
        Random random = new Random(6);
        for (int round = 0; round < 300; round++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                Strips.cut(sources(bad), 40, 80, folder, (level, strip) -> {});
            } catch (UnsupportedPictureException expected) {
                assertThat(expected.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void theCacheMakesStripsOnceAndGivesRoomForNewOnes() throws Exception {
        byte[] png = png(picture(300, 2000, BufferedImage.TYPE_INT_RGB, 7));
        int[] opened = new int[1];
        ScreenshotCache.Picture picture = new ScreenshotCache.Picture(300, 2000, List.of(() -> {
            opened[0]++;
            return new ByteArrayInputStream(png);
        }));
        assertThat(picture.levels()).isEqualTo(2);
        assertThat(picture.strips(0)).isEqualTo(4);
        assertThat(picture.strips(1)).isEqualTo(2);
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        UUID third = UUID.randomUUID();
        try (ScreenshotCache cache = new ScreenshotCache(folder, 1, Clock.systemUTC())) {
            assertThat(cache.strip(first, picture, 0, 3, Duration.ofSeconds(30)))
                    .exists();
            assertThat(cache.strip(first, picture, 1, 1, Duration.ofSeconds(30)))
                    .exists();
            await(first);
            assertThat(cache.strip(first, picture, 0, 0, Duration.ofSeconds(30)))
                    .exists();
            assertThat(opened[0]).isEqualTo(1);
            assertThat(cache.strip(second, picture, 0, 0, Duration.ofSeconds(30)))
                    .exists();
            await(second);
            assertThat(cache.strip(third, picture, 0, 0, Duration.ofSeconds(30)))
                    .exists();
            await(third);
            assertThat(folder.resolve(first.toString())).doesNotExist();
            assertThatThrownBy(() -> cache.strip(first, picture, 2, 0, Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aPictureThatCannotBeCutSaysSoToEveryoneWhoWaits() throws Exception {
        ScreenshotCache.Picture picture =
                new ScreenshotCache.Picture(300, 2000, List.of(() -> new ByteArrayInputStream(new byte[9])));
        try (ScreenshotCache cache = new ScreenshotCache(folder, 1 << 20, Clock.systemUTC())) {
            assertThatThrownBy(() -> cache.strip(UUID.randomUUID(), picture, 0, 0, Duration.ofSeconds(30)))
                    .isInstanceOf(UnsupportedPictureException.class);
        }
    }

    private void await(UUID evidence) throws InterruptedException {
        for (int i = 0;
                i < 600 && !Files.exists(folder.resolve(evidence.toString()).resolve("whole"));
                i++) {
            Thread.sleep(50);
        }
        assertThat(folder.resolve(evidence.toString()).resolve("whole")).exists();
    }
}
