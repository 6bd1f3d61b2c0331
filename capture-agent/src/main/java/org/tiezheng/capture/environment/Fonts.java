package org.tiezheng.capture.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.tiezheng.evidence.Digest;

/**
 * The fonts a page can be drawn with.
 *
 * @param count font files and faces fontconfig knows
 * @param listSha256 digest of the sorted lines of {@code fc-list : file family style} with a line feed each: two machines with the same
 *     digest draw with the same fonts
 * @param cjkFamilies families that cover simplified Chinese, sorted; empty means that Chinese shows as boxes
 */
public record Fonts(int count, Digest listSha256, List<String> cjkFamilies) {

    public Fonts {
        cjkFamilies = List.copyOf(cjkFamilies);
    }

    static Fonts look(Duration timeout) throws IOException {
        int bound = 4 << 20;
        List<String> all = sorted(Command.run(timeout, bound, List.of("fc-list", ":", "file", "family", "style")));
        List<String> chinese = sorted(Command.run(timeout, bound, List.of("fc-list", ":lang=zh-cn", "family")));
        StringBuilder text = new StringBuilder();
        all.forEach(line -> text.append(line).append('\n'));
        return new Fonts(
                all.size(),
                Digest.of(Digest.Algorithm.SHA256, text.toString().getBytes(StandardCharsets.UTF_8)),
                chinese);
    }

    private static List<String> sorted(Command.Output output) throws IOException {
        if (output.exitCode() != 0) {
            throw new IOException("fc-list: exit code " + output.exitCode());
        }
        return output.text()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .sorted()
                .distinct()
                .toList();
    }
}
