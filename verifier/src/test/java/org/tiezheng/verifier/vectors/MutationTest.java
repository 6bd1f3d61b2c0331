package org.tiezheng.verifier.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** Whatever bit of a package changes, wherever it is cut: the report says so, names a file, and nothing throws. */
class MutationTest {
    /**
     * Of the bytes inside members every so many-th is changed; a prime, so that all columns of texts and
     * tables are met. All bytes of headers and directories are. {@code -Dtiezheng.mutation.stride=1} changes
     * every byte of the package, which takes minutes.
     */
    private static final int STRIDE = Integer.getInteger("tiezheng.mutation.stride", 37);

    @TempDir
    private Path folder;

    private byte[] good = {};
    private List<Member> members = List.of();
    private Path file = Path.of("");
    private TrustAnchors anchors = TrustAnchors.none();

    @BeforeEach
    void readGoodPackage() throws IOException {
        Path source = VectorFiles.ROOT.resolve("good/plain").resolve(Vector.PACKAGE);
        good = Files.readAllBytes(source);
        try (FileChannel channel = FileChannel.open(source)) {
            members = CanonicalZipReader.read(channel).members();
        }
        file = folder.resolve("mutated.asice");
        anchors = TrustAnchors.ofFiles(List.of(VectorFiles.TRUST));
    }

    @Test
    void noFlippedBitPassesAndEachIsAttributedToAFile() throws IOException {
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        for (int position : positions()) {
            byte[] changed = good.clone();
            changed[position] ^= (byte) (1 << position % 8);
            Report report = verify(changed);
            tried++;
            if (report.verdict() == Verdict.VALID || !names(report, memberAt(position))) {
                wrong.add(position + ": " + report.problems());
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(tried).isGreaterThan(good.length / STRIDE);
    }

    @Test
    void noTruncatedPackagePasses() throws IOException {
        for (int length = 0; length < good.length; length += 64) {
            Report report = verify(java.util.Arrays.copyOf(good, length));

            assertThat(report.verdict()).as("first " + length + " bytes").isEqualTo(Verdict.INVALID);
        }
    }

    /** Whether a finding is about that member or something in it; any, if a header or directory was hit. */
    private static boolean names(Report report, @Nullable Member member) {
        return report.problems().stream()
                .map(Finding::subject)
                .anyMatch(s -> !s.isBlank() && (member == null || s.startsWith(member.name())));
    }

    private @Nullable Member memberAt(int position) {
        return members.stream()
                .filter(m -> m.dataOffset() <= position && position < m.endOffset())
                .findFirst()
                .orElse(null);
    }

    private List<Integer> positions() {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < good.length; i++) {
            if (memberAt(i) == null || i % STRIDE == 0) {
                positions.add(i);
            }
        }
        return positions;
    }

    private Report verify(byte[] bytes) throws IOException {
        Files.write(file, bytes);
        return new Verifier(anchors, Sample.VERIFIED, VerifierOptions.DEFAULT).verify(file);
    }
}
