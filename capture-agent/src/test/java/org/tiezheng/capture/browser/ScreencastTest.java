package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;

class ScreencastTest {
    private static final String MOVING = """
            <!doctype html><body style='margin:0'><canvas id=c width=1200 height=700></canvas><script>
            const g = document.getElementById('c').getContext('2d'); let n = 0;
            const draw = () => { g.fillStyle = `hsl(${n++ % 360} 90% 50%)`; g.fillRect(0, 0, 1200, 700);
              requestAnimationFrame(draw); }; draw();
            </script>""";

    @Test
    void anAnimationBecomesAVideoOfItsTrueLength(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", MOVING);
            bench.load(site.url("/"));
            Path frames = Files.createDirectory(folder.resolve("frames"));
            Screencast cast = bench.page.startScreencast(frames, VideoLimits.DEFAULT, jpeg -> {});
            Pause.millis(4_000);
            cast.stop();
            int count = cast.frameCount();
            assertThat(count).as("at most 10 a second, and not a slide show").isBetween(8, 45);

            VideoResult video = new VideoEncoder(BrowserPrograms.find(), folder)
                    .encode(cast, folder.resolve("screen.mp4"), folder.resolve("screen-frames.json"), Bench.THIRTY);
            assertThat(video.frames()).isEqualTo(count);
            assertThat(video.stopReason()).isEqualTo("asked");
            double filmed = video.length().toMillis() / 1000.0;
            JsonNode probe = probe(video.video().file());
            JsonNode stream = probe.get("streams").get(0);
            assertThat(stream.get("codec_name").stringValue()).isEqualTo("h264").isEqualTo(video.codec());
            assertThat(stream.get("pix_fmt").stringValue()).isEqualTo("yuv420p");
            assertThat(stream.get("width").intValue() % 2).isZero();
            assertThat(stream.get("height").intValue() % 2).isZero();
            assertThat(Double.parseDouble(probe.get("format").get("duration").stringValue()))
                    .isCloseTo(filmed, within(0.3));
            assertThat(Integer.parseInt(stream.get("nb_read_frames").stringValue()))
                    .as("no frame is dropped")
                    .isBetween(count, count + 1);
            assertThat(new String(Files.readAllBytes(video.video().file()), 0, 4000, StandardCharsets.ISO_8859_1))
                    .as("the index stands in front")
                    .contains("moov");
            JsonNode list = Json.MAPPER.readTree(video.frameList().file().toFile());
            assertThat(list.get("frames")).hasSize(count);
        }
    }

    @Test
    void aStillPageCostsNextToNothing(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.phone())) {
            site.page("/", "<!doctype html><meta name=viewport content='width=device-width'><h1>静止</h1>");
            bench.load(site.url("/"));
            Path frames = Files.createDirectory(folder.resolve("frames"));
            Screencast cast = bench.page.startScreencast(
                    frames, VideoLimits.DEFAULT.withLength(Duration.ofSeconds(2)), jpeg -> {});
            Pause.millis(3_000);
            assertThat(cast.frameCount()).isBetween(1, 5);
            VideoResult video = new VideoEncoder(BrowserPrograms.find(), folder)
                    .encode(cast.stop(), folder.resolve("v.mp4"), folder.resolve("f.json"), Bench.THIRTY);
            assertThat(video.stopReason()).isEqualTo("length 2 s");
            assertThat(video.probedSeconds()).isCloseTo(2, within(0.5));
            assertThat(video.video().sizeBytes()).isLessThan(200_000);
        }
    }

    @Test
    void framesOnDiskAreBounded(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", MOVING);
            bench.load(site.url("/"));
            Path frames = Files.createDirectory(folder.resolve("frames"));
            VideoLimits tight = new VideoLimits(Duration.ofSeconds(60), Duration.ofMillis(20), 50_000, 1280, 1280);
            Screencast cast = bench.page.startScreencast(frames, tight, jpeg -> {});
            HangingPagesTest.await(() -> cast.frameCount() > 1);
            Pause.millis(2_000);
            int count = cast.frameCount();
            Pause.millis(1_000);
            assertThat(cast.frameCount()).isEqualTo(count);
            assertThat(cast.stop().recording().stopReason()).startsWith("size");
        }
    }

    @Test
    void encodingIsStoppedWhenItTakesTooLong(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", MOVING);
            bench.load(site.url("/"));
            Path frames = Files.createDirectory(folder.resolve("frames"));
            Screencast cast = bench.page.startScreencast(frames, VideoLimits.DEFAULT, jpeg -> {});
            HangingPagesTest.await(() -> cast.frameCount() > 2);
            cast.stop();
            assertThatThrownBy(() -> new VideoEncoder(BrowserPrograms.find(), folder)
                            .encode(cast, folder.resolve("v.mp4"), folder.resolve("f.json"), Duration.ofMillis(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("took too long");
            assertThat(folder.resolve("v.mp4")).doesNotExist();
        }
    }

    private static JsonNode probe(Path video) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        "ffprobe",
                        "-v",
                        "error",
                        "-count_frames",
                        "-show_streams",
                        "-show_format",
                        "-of",
                        "json",
                        video.toString()))
                .start();
        String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return Json.MAPPER.readTree(json);
    }
}
