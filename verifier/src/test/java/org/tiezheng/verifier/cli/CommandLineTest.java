package org.tiezheng.verifier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.seal.SealException;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.trust.FuturePolicy;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program as a user calls it, on the packages of {@code vectors/}. */
class CommandLineTest {
    private static final String VECTORS = Path.of("..", "vectors").toString();
    private static final String TRUST = VECTORS + "/trust.pem";
    private static final String GOOD = VECTORS + "/good/plain/package.asice";
    private static final String BAD = VECTORS + "/bad/M03_one-byte-changed/package.asice";
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path folder;

    private String out = "";
    private String err = "";

    private int run(String... args) {
        StringWriter outText = new StringWriter();
        StringWriter errText = new StringWriter();
        int exit = RootCommand.run(
                List.of(args), new PrintWriter(outText, true), new PrintWriter(errText, true), NOON, false);
        out = outText.toString();
        err = errText.toString();
        return exit;
    }

    @Test
    void anAlgorithmPolicyOfALaterDayCounts() throws IOException {
        Path policy =
                Files.writeString(folder.resolve("policy.txt"), FuturePolicy.sha256Ends(LocalDate.of(2040, 1, 1)));

        assertThat(run("verify", GOOD, "--trust", TRUST, "--algorithm-policy", policy.toString()))
                .isZero();
        assertThat(run(
                        "verify",
                        GOOD,
                        "--trust",
                        TRUST,
                        "--algorithm-policy",
                        policy.toString(),
                        "--time",
                        "2040-01-02T00:00:00Z"))
                .isEqualTo(2);
        assertThat(out).contains("T08").contains("2040-01-01");
        Files.writeString(policy, Files.readString(policy).replace("digest 2.16", "digset 2.16"));
        assertThat(run("verify", GOOD, "--algorithm-policy", policy.toString())).isEqualTo(3);
        assertThat(err).contains("policy.txt").contains("line");
    }

    @Test
    void aGoodPackageIsValidInChinese() {
        assertThat(run("verify", GOOD, "--trust", TRUST)).isZero();

        assertThat(out)
                .startsWith("结论：有效 VALID")
                .contains("2026-11-21 16:00:00 北京时间（2026-11-21 08:00:00 UTC）")
                .contains("内置机构")
                .contains("R  证据记录  未包含 / not present")
                .contains("L  日志证明  未包含 / not present")
                .contains("不证明网店对内容签过名");
        assertThat(err).isEmpty();
    }

    @Test
    void anAlteredPackageNamesFileAndCodeInEnglish() {
        assertThat(run("--lang", "en", "verify", BAD, "--trust", TRUST)).isEqualTo(1);

        assertThat(out)
                .contains("\n  not before  2026-11-21 16:00:00 Beijing time")
                .contains("\n  VALID  2026-11-21 16:01:00  META-INF/timestamp002.tst  CN=");
        assertThat(out).startsWith("Verdict: INVALID").contains("Do not treat this package as proved evidence");
        assertThat(out.lines())
                .anyMatch(l -> l.startsWith("M03 INVALID VERIFY.txt reason=\"digest differs\" listed=sha256:"));
    }

    @Test
    void anOutsideAuthorityIsNamedAndOnlyItsAbsenceIsAWeakness() {
        assertThat(run("verify", GOOD, "--trust", TRUST)).isZero();
        assertThat(out).contains("对外人没有独立的证明力").doesNotContain("外部时间戳机构证明");

        assertThat(run("verify", VECTORS + "/good/two-authorities/package.asice", "--trust", TRUST))
                .isZero();
        assertThat(out)
                .contains("外部时间戳机构证明，内容在 2026-11-21 16:02:00")
                .contains("内置机构")
                .doesNotContain("对外人没有独立的证明力");
    }

    @Test
    void withoutAnchorsItSaysWhatToDo() {
        assertThat(run("verify", GOOD)).isEqualTo(2);

        assertThat(out).startsWith("结论：无法判定 INDETERMINATE").contains("--trust").contains("仅为包内所称");
    }

    @Test
    void aTimeBeforeTheSealIsNotValid() {
        assertThat(run("verify", GOOD, "--trust", TRUST, "--time", "2020-01-01T00:00:00Z"))
                .isNotZero();
    }

    @Test
    void theWorstOfSeveralFilesCountsAndEachIsReported() {
        assertThat(run("verify", GOOD, BAD, "--trust", TRUST)).isEqualTo(1);
        assertThat(out).contains("=== " + GOOD).contains("=== " + BAD);

        assertThat(run("verify", GOOD, folder.resolve("none").toString(), "--trust", TRUST))
                .isEqualTo(3);
        assertThat(out).contains("有效");
        assertThat(err).contains("找不到文件");
    }

    @Test
    void quietPrintsVerdictAndProblemsOnly() {
        assertThat(run("verify", "--quiet", "--lang=en", GOOD, "--trust", TRUST))
                .isZero();
        assertThat(out.lines()).hasSize(2);

        assertThat(run("verify", "--quiet", "--lang=en", BAD, "--trust", TRUST)).isEqualTo(1);
        assertThat(out).contains("M03 INVALID").doesNotContain("What is proved");
    }

    @Test
    void jsonHoldsTheWholeReport() {
        assertThat(run("verify", "--json", "--sm3", "--deep", GOOD, BAD, "--trust", TRUST))
                .isEqualTo(1);

        JsonNode report = new JsonMapper().readTree(out);
        assertThat(report.path("format").asString()).isEqualTo("tiezheng-report/1");
        assertThat(report.at("/reports/0/verdict").asString()).isEqualTo("VALID");
        assertThat(report.at("/reports/0/areas/R").asString()).isEqualTo("NOT_PRESENT");
        assertThat(report.at("/reports/0/facts/sm3").asString()).hasSize(64);
        assertThat(report.at("/reports/0/facts/before/proved").asBoolean()).isTrue();
        assertThat(report.at("/reports/1/verdict").asString()).isEqualTo("INVALID");
        assertThat(out).matches("\\p{ASCII}*");
    }

    @Test
    void whatCannotBeReadIsSaidClearly() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.asice"));
        Path text = Files.writeString(folder.resolve("text.pem"), "no certificate");

        assertThat(run("--lang", "en", "verify", folder.toString())).isEqualTo(3);
        assertThat(err).contains("This is a directory");
        assertThat(run("--lang", "en", "verify", empty.toString())).isEqualTo(3);
        assertThat(err).contains("The file is empty");
        assertThat(run("--lang", "en", "verify", GOOD, "--trust", text.toString()))
                .isEqualTo(3);
        assertThat(err).contains("Cannot read trust anchor");
        assertThat(run("--lang", "en", "verify", "/dev/null")).isEqualTo(3);
        assertThat(err).contains("Not a regular file");
        assertThat(run("--lang", "en", "inspect", empty.toString())).isEqualTo(3);
    }

    @Test
    void aFileWithoutReadPermissionIsSaidClearlyUnlessWeAreRoot() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret.asice"), "x");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));

        int exit = run("--lang", "en", "verify", secret.toString());

        // Root may read everything: then the one byte is simply no package.
        assertThat(exit).isEqualTo(Files.isReadable(secret) ? 1 : 3);
    }

    @Test
    void anAuditReportIsCalledOneAndNotJudged() throws IOException, SealException {
        Path report = sealed("report.asice", "{\n  \"form\" : \"org.tiezheng.audit-report\",\n  \"version\" : 1\n}");
        Path other = sealed("other.asice", "{\n  \"form\" : \"something else\",\n  \"version\" : 1\n}");

        assertThat(run("verify", report.toString(), "--trust", TRUST)).isEqualTo(3);
        assertThat(err).contains("是铁证的审计报告，不是证据包；没有作出任何判断").contains("docs/report.md");
        assertThat(out).isEmpty();
        assertThat(run("--lang", "en", "verify", report.toString(), BAD, "--trust", TRUST))
                .isEqualTo(3);
        assertThat(err).contains("is an audit report of Tiezheng, not an evidence package; nothing was judged");
        assertThat(out).contains("M03");
        assertThat(run("verify", "--json", report.toString())).isEqualTo(3);
        assertThat(new JsonMapper().readTree(out).at("/reports/0").has("verdict"))
                .isFalse();
        assertThat(run("verify", other.toString(), "--trust", TRUST)).isEqualTo(1);
    }

    /** The container of a report, sealed as the server does it. */
    private Path sealed(String name, String json) throws IOException, SealException {
        EmbeddedAuthority embedded = EmbeddedAuthority.open(folder.resolve("data"), Clock.systemUTC());
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("report.pdf", Files.writeString(folder.resolve("report.pdf"), "not really a PDF"));
        files.put("report.json", Files.writeString(folder.resolve("report.json"), json));
        return new Sealer(embedded.signer(), List.of(embedded), Clock.systemUTC())
                .sealFiles(files, folder.resolve(name))
                .path();
    }

    @Test
    void aLogProofWithoutAPolicyIsNotJustCalledValid() {
        String proved = VECTORS + "/good/log-proof/package.asice";

        assertThat(run("verify", "--lang", "en", proved, "--trust", TRUST)).isZero();
        assertThat(out)
                .contains("L  log proof  VALID in itself; the log's signature was not checked: no policy given")
                .startsWith("Verdict: VALID");
        assertThat(run("verify", proved, "--trust", TRUST)).isZero();
        assertThat(out).contains("L  日志证明  有效（仅就其自身；没有给出日志策略 --log-policy，日志的签名未核验）");
        assertThat(run("verify", "--lang", "en", proved, "--trust", TRUST, "--log-policy", VECTORS + "/log-policy.txt"))
                .isZero();
        assertThat(out).contains("L  log proof  VALID\n").doesNotContain("in itself");
        assertThat(run("verify", "--json", proved, "--trust", TRUST)).isZero();
        assertThat(new JsonMapper().readTree(out).at("/reports/0/areas/L").asString())
                .isEqualTo("VALID");
    }

    @Test
    void wrongUseIsExitCodeThree() {
        assertThat(run()).isEqualTo(3);
        assertThat(run("verify")).isEqualTo(3);
        assertThat(err).contains("用法错误");
        assertThat(run("verify", GOOD, "--nonsense")).isEqualTo(3);
        assertThat(run("verify", GOOD, "--trus", "x", "--lang=en")).isEqualTo(3);
        assertThat(err).contains("--trust", "verify --help");
        assertThat(err.lines()).hasSizeLessThan(6);
        assertThat(run("verify", GOOD, "--time", "yesterday")).isEqualTo(3);
        assertThat(run("verify", GOOD, "--lang", "fr")).isEqualTo(3);
        assertThat(run("explain", "X99")).isEqualTo(3);
    }

    @Test
    void explainKnowsEveryCode() {
        assertThat(run("explain", "m03")).isZero();
        assertThat(out).startsWith("M03  ").contains("含义：").contains("影响：").contains("下一步：");

        assertThat(run("explain", "all", "--lang", "en")).isZero();
        assertThat(out.lines().filter(l -> l.matches("[A-Z][0-9]{2}  .*")).map(l -> l.substring(0, 3)))
                .containsExactlyElementsOf(
                        Arrays.stream(Code.values()).map(Code::name).toList());
    }

    @Test
    void inspectListsMembersDigestsAndTokens() {
        assertThat(run("inspect", "--lang", "en", GOOD)).isZero();

        assertThat(out)
                .contains("wacz/capture.wacz")
                .contains("archive/data.warc.gz")
                .contains("META-INF/timestamp002.tst  2026-11-21 16:01:00 Beijing time (2026-11-21 08:01:00 UTC)")
                .contains("Nothing was checked here");
    }

    @Test
    void helpIsThereInBothLanguages() {
        assertThat(run("verify", "--help")).isZero();
        assertThat(out).contains("信任根").contains("退出码");
        assertThat(run("verify", "--help", "--lang", "en")).isZero();
        assertThat(out).contains("Trusted root certificates").contains("Exit codes");
    }

    @Test
    void nothingInAPackageReachesTheTerminalUnescaped() throws IOException {
        // The name of a member is the text of a package that is printed the most: make it hostile.
        byte[] bytes = Files.readAllBytes(Path.of(BAD));
        byte[] name = "VERIFY.txt".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i + name.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + name.length, name, 0, name.length)) {
                places.add(i);
            }
        }
        for (int place : places) {
            bytes[place] = 0x1b;
            bytes[place + 1] = '\n';
            bytes[place + 2] = (byte) 0x9b;
        }
        Path hostile = Files.write(folder.resolve("hostile.asice"), bytes);

        for (String[] command : new String[][] {{"verify", hostile.toString()}, {"inspect", hostile.toString()}}) {
            assertThat(run(command)).isNotEqualTo(3);
            assertThat(out).contains("x1b").doesNotContain("\u001b").doesNotContain("\u009b");
        }
    }
}
