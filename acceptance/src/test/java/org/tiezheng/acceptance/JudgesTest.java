package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tiezheng.demo.Origin.Listener;

/** One captured page of the demo shop, before other people's tools. Ours has its say last. */
class JudgesTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static Station station;
    private static Path file;
    private static Path unpacked;
    private static String url;

    @BeforeAll
    static void captureOnce() throws Exception {
        station = Station.open();
        url = station.url(Listener.HTTPS_H2, "/");
        Station.Capture capture = station.capture(url, "--video-seconds", "8");
        capture.ended().orFail();
        file = capture.only();
        unpacked = capture.unpack();
    }

    @AfterAll
    static void stop() throws Exception {
        station.close();
    }

    private static String judge(String... command) throws Exception {
        return Program.run(unpacked, LIMIT, command).orFail().output();
    }

    @Test
    void fileSeesAnAsicContainer() throws Exception {
        assertThat(judge("file", "-b", file.toString())).contains("application/vnd.etsi.asic-e+zip");
    }

    @Test
    void unzipFindsBothContainersIntact() throws Exception {
        assertThat(judge("unzip", "-t", file.toString())).contains("No errors detected");
        assertThat(judge("unzip", "-t", "wacz/capture.wacz")).contains("No errors detected");
    }

    @Test
    void coreutilsAgreesOnSha256AndSm3() throws Exception {
        assertThat(judge("sha256sum", "-c", "SHA256SUMS")).contains("wacz/capture.wacz: OK");
        assertThat(judge("cksum", "-a", "sm3", "--check", "SM3SUMS")).contains("wacz/capture.wacz: OK");
    }

    @Test
    void opensslAcceptsTokenAndSignature() throws Exception {
        String root = station.root().toString();
        judge(
                "openssl",
                "ts",
                "-verify",
                "-token_in",
                "-in",
                "META-INF/timestamp002.tst",
                "-data",
                "META-INF/ASiCManifest002.xml",
                "-CAfile",
                root);
        judge(
                "openssl",
                "cms",
                "-verify",
                "-cades",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "META-INF/signature001.p7s",
                "-content",
                "META-INF/ASiCManifest001.xml",
                "-CAfile",
                root,
                "-purpose",
                "any",
                "-out",
                "/dev/null");
    }

    @Test
    void opensslRefusesTheTokenForOtherData() throws Exception {
        Program.Ended ended = Program.run(
                unpacked,
                LIMIT,
                "openssl",
                "ts",
                "-verify",
                "-token_in",
                "-in",
                "META-INF/timestamp002.tst",
                "-data",
                "META-INF/ASiCManifest001.xml",
                "-CAfile",
                station.root().toString());
        assertThat(ended.exitCode()).isNotZero();
    }

    @Test
    void manifestsAreWellFormed() throws Exception {
        judge("xmllint", "--noout", "META-INF/ASiCManifest001.xml", "META-INF/ASiCManifest002.xml");
    }

    @Test
    void ffprobeSeesAnH264Video() throws Exception {
        String streams = judge(
                "ffprobe",
                "-v",
                "error",
                "-show_entries",
                "stream=codec_name,width,height:format=duration",
                "-of",
                "default=nw=1",
                "inner/evidence/screen.mp4");
        assertThat(streams).contains("codec_name=h264");
        double seconds = Double.parseDouble(streams.replaceAll("(?s).*duration=([0-9.]+).*", "$1"));
        assertThat(seconds).isBetween(0.5, 12.0);
    }

    @Test
    void pdfHasTheChineseText() throws Exception {
        assertThat(judge("pdftotext", "inner/evidence/page.pdf", "-")).contains("本店热销");
    }

    @Test
    void jwarcFindsEveryRecordValid() throws Exception {
        Program.run(
                        unpacked,
                        LIMIT,
                        Program.java(
                                "256m",
                                "org.netpreserve.jwarc.tools.WarcTool",
                                java.util.List.of("validate", "-v", "inner/archive/data.warc.gz")))
                .orFail();
    }

    @Test
    void replayWebPageShowsThePageFromThePackage() throws Exception {
        Judges.install();
        String said = Program.run(
                        Judges.FOLDER, Duration.ofMinutes(2), "node", "replay.mjs", file.toString(), url, "本店热销")
                .orFail()
                .output();
        assertThat(said).contains("本店热销");
    }

    @Test
    void ourVerifierSaysValidAndRepeatsTheDerivation() throws Exception {
        assertThat(station.verify(file, "--deep", "--sm3", "--lang", "en")
                        .orFail()
                        .output())
                .contains("VALID");
    }

    @Test
    void withoutTrustAnchorsNothingIsProved() throws Exception {
        Program.Ended ended = Program.run(
                unpacked,
                LIMIT,
                Program.java("256m", "org.tiezheng.verifier.Main", java.util.List.of("verify", file.toString())));
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.output()).contains("--trust");
    }

    @Test
    void oneChangedByteIsFoundWithFileAndCode() throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        for (long position :
                new long[] {45, 5_000, bytes.length / 3, bytes.length / 2, bytes.length - 3_000, bytes.length - 10}) {
            byte[] changed = bytes.clone();
            changed[(int) position] ^= 1;
            Path copy = Files.write(station.folder.resolve("changed.asice"), changed);
            Program.Ended ended = station.verify(copy, "--lang", "en");
            assertThat(ended.exitCode())
                    .as("position %d\n%s", position, ended.output())
                    .isEqualTo(1);
            assertThat(ended.output()).containsPattern("[ZMWTS]\\d\\d");
            Files.delete(copy);
        }
    }
}
