package org.tiezheng.verifier.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.LogTrust;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** The packages of {@code vectors/}, which other implementations may use too. */
class VectorsTest {
    /** L06 needs a copy of the log: {@link LogCopyTest}. */
    private static final Set<Code> NOT_CHECKED = Set.of(Code.L06);

    /** Z09 needs a large package: {@link FreshVectorsTest} makes it; L06 and L07: {@link LogCopyTest}. */
    private static final Set<Code> WITHOUT_FOLDER = Set.of(Code.Z09, Code.L06, Code.L07);

    static Stream<Vector> good() throws IOException {
        return VectorFiles.read("good").stream();
    }

    static Stream<Vector> bad() throws IOException {
        return VectorFiles.read("bad").stream();
    }

    @ParameterizedTest
    @MethodSource("good")
    void goodPackagesAreValid(Vector vector) throws IOException {
        Report report = verify(vector, anchors());

        assertThat(report.problems()).isEmpty();
        assertThat(report.verdict()).isEqualTo(Verdict.VALID);
        assertThat(report.notes()).contains(Note.EMBEDDED_AUTHORITY);
    }

    @ParameterizedTest
    @MethodSource("bad")
    void badPackagesGiveExactlyTheirCodes(Vector vector) throws IOException {
        Report report = verify(vector, anchors());

        assertThat(Vector.said(report)).as(report.problems().toString()).isEqualTo(vector.expect());
        assertThat(report.verdict()).isNotEqualTo(Verdict.VALID);
    }

    @Test
    void everyCodeHasAVectorOfItsName() throws IOException {
        Set<Code> covered = bad().filter(v -> v.name().matches("[A-Z][0-9]{2}_.*"))
                .map(v -> Code.valueOf(v.name().substring(0, 3)))
                .collect(Collectors.toSet());
        Set<Code> missing = new TreeSet<>(Arrays.asList(Code.values()));
        missing.removeAll(covered);

        assertThat(missing).isEqualTo(WITHOUT_FOLDER);
    }

    @ParameterizedTest
    @MethodSource("bad")
    void aVectorGivesTheCodeOfItsName(Vector vector) {
        if (vector.name().matches("[A-Z][0-9]{2}_.*")) {
            assertThat(vector.expect()).anyMatch(e -> e.startsWith(vector.name().substring(0, 3)));
        }
    }

    @Test
    void everyAttackHasAVector() throws IOException {
        Set<String> names =
                Stream.concat(good(), bad()).map(v -> v.name().substring(0, 2)).collect(Collectors.toSet());

        assertThat(names)
                .containsAll(IntStream.rangeClosed(1, 7).mapToObj(n -> "A" + n).toList());
    }

    @Test
    void aGoodPackagePassesEveryCheckThatCanBeMade() throws IOException {
        Set<Code> checked = new TreeSet<>();
        for (Vector vector : good().filter(v -> Set.of("plain-all", "evidence-record-renewed", "log-proof")
                        .contains(v.name()))
                .toList()) {
            verify(vector, anchors()).findings().forEach(f -> checked.add(f.code()));
        }

        Set<Code> notChecked = new TreeSet<>(Arrays.asList(Code.values()));
        notChecked.removeAll(checked);
        assertThat(notChecked).isEqualTo(NOT_CHECKED);
    }

    @Test
    void withoutAnchorsNothingIsKnownOfWhoStampedAndSigned() throws IOException {
        Vector vector = good().filter(v -> v.name().equals("plain")).findFirst().orElseThrow();

        Report report = verify(vector, TrustAnchors.none());

        assertThat(Vector.said(report))
                .containsExactly("S04 INDETERMINATE", "S05 INDETERMINATE", "T06 INDETERMINATE", "T07 INDETERMINATE");
        assertThat(report.notes()).contains(Note.NO_TRUST_ANCHORS, Note.EMBEDDED_AUTHORITY);
        assertThat(report.facts().before())
                .isNotNull()
                .satisfies(b -> assertThat(b.proved()).isFalse());
    }

    @Test
    void factsSayWhatThePackageIs() throws IOException {
        Vector vector = good().filter(v -> v.name().equals("plain")).findFirst().orElseThrow();

        Report report = verify(vector, anchors());

        assertThat(report.facts().packageId()).isEqualTo(Sample.ID);
        assertThat(report.facts().targetUrl()).isEqualTo("http://shop.example/item/42");
        assertThat(report.facts().completeness()).isEqualTo("COMPLETE");
        assertThat(report.facts().after()).isNotNull().satisfies(b -> {
            assertThat(b.genTime()).isEqualTo(Sample.STARTED);
            assertThat(b.proved()).isTrue();
        });
        assertThat(report.facts().before()).isNotNull().satisfies(b -> {
            assertThat(b.genTime()).isEqualTo(Sample.SEALED);
            assertThat(b.proved()).isTrue();
        });
        assertThat(report.facts().tokens()).hasSize(3).allMatch(t -> t.embedded() && t.anchor() != null);
        assertThat(report.notes())
                .contains(
                        Note.EVIDENCE_RECORD_NOT_PRESENT,
                        Note.LOG_PROOF_NOT_PRESENT,
                        Note.SM3_NOT_CHECKED,
                        Note.DERIVATION_NOT_REPEATED);
    }

    private static TrustAnchors anchors() throws IOException {
        return TrustAnchors.ofFiles(List.of(VectorFiles.TRUST));
    }

    private static Verifier trusting(Verifier verifier) throws IOException {
        try {
            return verifier.with(LogTrust.ofFiles(VectorFiles.LOG_POLICY, null));
        } catch (MalformedLogException e) {
            throw new IOException(e);
        }
    }

    private static Report verify(Vector vector, TrustAnchors anchors) throws IOException {
        Path file = VectorFiles.ROOT
                .resolve(vector.expect().isEmpty() ? "good" : "bad")
                .resolve(vector.name())
                .resolve(Vector.PACKAGE);
        VerifierOptions options = vector.verifierOptions();
        return trusting(new Verifier(anchors, Sample.VERIFIED, options)).verify(file);
    }
}
