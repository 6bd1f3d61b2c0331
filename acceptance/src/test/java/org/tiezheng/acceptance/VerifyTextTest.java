package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.seal.SealedPackage;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;

/** The commands in VERIFY.txt, run as they stand there on an unpacked package: that text is in every package for ever. */
class VerifyTextTest {
    private static final Clock CLOCK = Clock.systemUTC();

    @TempDir
    Path folder;

    private Path unpacked;

    @BeforeEach
    void sealAndUnpack() throws Exception {
        Path wacz = folder.resolve("capture.wacz");
        Digests digests;
        try (DigestingOutputStream out = new DigestingOutputStream(Files.newOutputStream(wacz))) {
            out.write("stands for a web archive".getBytes(StandardCharsets.UTF_8));
            digests = out.digests();
        }
        EmbeddedAuthority embedded = EmbeddedAuthority.open(folder.resolve("data"), CLOCK);
        SealedPackage sealed =
                new Sealer(embedded.signer(), List.of(embedded), CLOCK).seal(wacz, digests, "p1", folder);
        unpacked = Files.createDirectory(folder.resolve("unpacked"));
        assertThat(shell("unzip -q '" + sealed.path() + "'")).isZero();
        Files.copy(
                folder.resolve("data/trust/root.pem"),
                unpacked.resolve("root.pem"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void everyCommandSucceedsAndBothLanguagesHaveTheSame() throws Exception {
        List<String> commands = commands();
        assertThat(commands).hasSize(14);
        assertThat(commands.subList(0, 7)).isEqualTo(commands.subList(7, 14));
        for (String command : commands.subList(0, 7)) {
            assertThat(shell(command)).as(command).isZero();
        }
    }

    @Test
    void theCommandsSeeAChangedArchiveAndAChangedManifest() throws Exception {
        Files.writeString(unpacked.resolve("wacz/capture.wacz"), "stands for another web archive");
        for (String manifest : List.of("ASiCManifest001.xml", "ASiCManifest002.xml")) {
            Path file = unpacked.resolve("META-INF").resolve(manifest);
            Files.writeString(file, Files.readString(file) + "\n");
        }
        List<String> failing = new ArrayList<>();
        for (String command : commands().subList(0, 7)) {
            if (shell(command) != 0) {
                failing.add(command.replaceAll(" .*", "") + (command.contains(" ts -verify") ? " ts" : ""));
            }
        }
        assertThat(failing).containsExactly("sha256sum", "cksum", "openssl", "openssl ts");
    }

    /** Lines indented by three spaces that begin with a program, joined over "\", without the remark in brackets. */
    private List<String> commands() throws IOException {
        String text = Files.readString(unpacked.resolve("VERIFY.txt")).replaceAll("\\\\\n *", "");
        return text.lines()
                .filter(line -> line.matches(" {3}(sha256sum|cksum|openssl|grep) .*"))
                .map(line -> line.strip().replaceAll(" {3,}[(（].*[)）]$", ""))
                .toList();
    }

    private int shell(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command)
                .directory(unpacked.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command).isTrue();
        return process.exitValue();
    }
}
