package org.tiezheng.verifier.vectors;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.VerifierOptions;

/**
 * A package and what a verifier has to say of it.
 *
 * @param name folder name: code or attack, then what was done
 * @param why one line
 * @param options {@code sm3}, {@code deep}; usually none
 * @param expect all codes that are not VALID, such as {@code M03 INVALID}, sorted, each once; none for a good package
 * @param bytes the package
 */
record Vector(String name, String why, Set<String> options, List<String> expect, byte[] bytes) {
    static final String PACKAGE = "package.asice";
    static final String EXPECT = "expect.txt";

    Vector {
        options = Set.copyOf(options);
        expect = List.copyOf(new TreeSet<>(expect));
    }

    static Vector of(String name, String why, String expect, byte[] bytes) {
        return new Vector(name, why, Set.of(), expect.isEmpty() ? List.of() : List.of(expect.split(", ")), bytes);
    }

    static Vector deep(String name, String why, String expect, byte[] bytes) {
        return new Vector(name, why, Set.of("deep"), List.of(expect.split(", ")), bytes);
    }

    /**
     * <pre>
     * # One byte of VERIFY.txt was changed after sealing.
     * options: deep
     * M03 INVALID
     * </pre>
     */
    String expectText() {
        return "# " + why + "\n"
                + (options.isEmpty() ? "" : "options: " + String.join(" ", new TreeSet<>(options)) + "\n")
                + expect.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    static Vector read(String name, String expectText, byte[] bytes) {
        List<String> lines = expectText.lines().toList();
        Set<String> options = lines.stream()
                .filter(l -> l.startsWith("options: "))
                .flatMap(l -> List.of(l.substring(9).split(" ")).stream())
                .collect(Collectors.toSet());
        List<String> expect = lines.stream()
                .filter(l -> !l.startsWith("#") && !l.startsWith("options: "))
                .toList();
        return new Vector(name, lines.get(0).substring(2), options, expect, bytes);
    }

    VerifierOptions verifierOptions() {
        return new VerifierOptions(options.contains("sm3"), options.contains("deep"));
    }

    /** What a report says, in the form of {@link #expect}. */
    static List<String> said(Report report) {
        return List.copyOf(report.problems().stream()
                .map(f -> f.code() + " " + f.verdict())
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Override
    public String toString() {
        return name;
    }
}
