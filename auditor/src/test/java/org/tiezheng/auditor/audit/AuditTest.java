package org.tiezheng.auditor.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.auditor.Main;
import org.tiezheng.auditor.SmallArchive;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;

/** Objects and log as somebody outside sees them, right and tampered with. */
class AuditTest {
    @TempDir
    Path folder;

    private SmallArchive archive;
    private String output = "";

    private int audit(String... more) throws Exception {
        List<String> args = new ArrayList<>(List.of(
                "audit",
                "--store",
                archive.store().toString(),
                "--log",
                archive.log().toString(),
                "--trust",
                SmallArchive.TRUST.toString(),
                "--log-policy",
                archive.policy().toString(),
                "--lang",
                "en"));
        args.addAll(List.of(more));
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(args, printer, printer, SmallArchive.clock(), false);
        output = out.toString();
        return exit;
    }

    private void whole() throws Exception {
        archive = SmallArchive.withPackage(folder);
    }

    private String wacz() {
        return archive.digest(AsicNames.WACZ).hex();
    }

    @Test
    void aWholeArchiveIsFoundWholeAndTheReportSaysWhatWasChecked() throws Exception {
        whole();

        assertThat(audit()).as(output).isZero();
        assertThat(output)
                .contains("nothing wrong was found")
                .containsPattern("Objects: bytes read again +10 +10 +0")
                .containsPattern("Packages: verified +1 +1 +0")
                .contains("1 packages younger than a day are in no evidence record yet")
                .contains("whoever owns the files can delete them");
    }

    @Test
    void aMissingObjectIsNamedWithItsPackage() throws Exception {
        whole();
        Files.delete(archive.file(archive.digest(AsicNames.WACZ)));

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("OBJECT-MISSING", "wacz/capture.wacz of " + SmallArchive.PACKAGE);
    }

    @Test
    void anObjectWithOneOtherByteIsNamed() throws Exception {
        whole();
        Path file = archive.file(archive.digest(AsicNames.WACZ));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        SmallArchive.overwrite(file, bytes);

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("OBJECT-CHANGED", wacz()).contains("PACKAGE-INCOMPLETE");
    }

    @Test
    void aDamagedVersionIsNoFindingOnceARepairIsLogged() throws Exception {
        whole();
        Digest digest = archive.digest(AsicNames.SHA256SUMS);
        byte[] right = Files.readAllBytes(archive.file(digest));
        byte[] wrong = right.clone();
        wrong[3] ^= 1;
        SmallArchive.overwrite(archive.file(digest), wrong);
        Clock later = Clock.fixed(SmallArchive.SEALED.plusSeconds(600), ZoneOffset.UTC);
        try (FolderStore store = FolderStore.open("objects", archive.store(), later)) {
            var unused = store.putBeside(
                    new PutRequest(
                            ObjectKeys.ofContent(digest.hex()),
                            right.length,
                            digest.hex(),
                            Retention.compliance(SmallArchive.UNTIL),
                            false),
                    new ByteArrayInputStream(right),
                    Set.of(digest.hex()));
        }
        assertThat(audit()).as(output).isEqualTo(1);
        assertThat(output).contains("OBJECT-CHANGED  WRONG  1").containsPattern("Packages: verified +1 +1 +0");

        archive.add(LogEvent.ofObject(
                        LogEvent.Kind.REPAIR,
                        SmallArchive.PACKAGE,
                        digest,
                        right.length,
                        null,
                        SmallArchive.SEALED.plusSeconds(600))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plusSeconds(620));
        assertThat(audit()).as(output).isZero();
        assertThat(output).contains("1 damaged versions lie beside the good ones");
    }

    @Test
    void aTruncatedObjectIsNamed() throws Exception {
        whole();
        Path file = archive.file(archive.digest(AsicNames.WACZ));
        SmallArchive.overwrite(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 100));

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("OBJECT-SIZE", wacz());
    }

    @Test
    void anObjectNobodyLoggedIsNamedAndNewOnesAreListed() throws Exception {
        whole();
        archive.put(new byte[] {1}, SmallArchive.UNTIL, SmallArchive.SEALED);
        archive.put(new byte[] {2}, SmallArchive.UNTIL, SmallArchive.NOW.minusSeconds(60));

        assertThat(audit()).isEqualTo(2);
        assertThat(output)
                .contains("OBJECT-UNKNOWN  OPEN  1")
                .contains("1 objects younger than an hour are named by no entry yet");
    }

    @Test
    void aLockMadeShorterOrLostIsNamed() throws Exception {
        whole();
        Path lock = archive.lockFile(archive.digest(AsicNames.WACZ));
        String record = Files.readString(lock);
        SmallArchive.overwrite(lock, record.replace("2036-", "2027-").getBytes(StandardCharsets.UTF_8));
        Files.delete(archive.lockFile(archive.digest(AsicNames.SHA256SUMS)));
        SmallArchive.overwrite(
                archive.lockFile(archive.digest(AsicNames.SM3SUMS)), "{}".getBytes(StandardCharsets.UTF_8));

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("LOCK-SHORT", "2027-").contains("LOCK-MISSING  WRONG  2", "SM3SUMS of");
    }

    @Test
    void alteredEntriesAreNamedByTheirNumber() throws Exception {
        whole();
        Path bundle = archive.log().resolve(new Tile(Tile.ENTRIES, 0, 2).path());
        byte[] bytes = Files.readAllBytes(bundle);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        SmallArchive.overwrite(
                bundle,
                text.replace("2026-11-21T08:01:05Z", "2026-11-21T08:01:04Z").getBytes(StandardCharsets.ISO_8859_1));

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("LOG-ENTRY", "entry 1");
    }

    @Test
    void aTileThatDoesNotFitTheEntriesIsNamed() throws Exception {
        whole();
        Path tile = archive.log().resolve(new Tile(0, 0, 2).path());
        byte[] bytes = Files.readAllBytes(tile);
        bytes[3] ^= 1;
        SmallArchive.overwrite(tile, bytes);

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("LOG-TILE", "tile/0/000.p/2");
    }

    @Test
    void aLogThatWasRewrittenContradictsTheCheckpointSomebodyKept() throws Exception {
        whole();
        Path kept = folder.resolve("kept");
        Files.copy(archive.log().resolve("checkpoint"), kept);
        archive.entries().remove(1);
        archive.add(LogEvent.objects(
                        SmallArchive.PACKAGE,
                        SmallArchive.UNTIL,
                        List.of(new LogEvent.Member(
                                AsicNames.WACZ,
                                archive.digest(AsicNames.WACZ),
                                Files.size(archive.file(archive.digest(AsicNames.WACZ))))),
                        SmallArchive.SEALED.plusSeconds(5))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plusSeconds(30));

        assertThat(audit("--since", kept.toString())).isEqualTo(1);
        assertThat(output).contains("LOG-HISTORY", "the log was rewritten");
    }

    @Test
    void aLogThatWasSetBackIsSmallerThanTheCheckpointSomebodyKept() throws Exception {
        whole();
        Path kept = folder.resolve("kept");
        Files.copy(archive.log().resolve("checkpoint"), kept);
        archive.entries().remove(1);
        archive.publish(SmallArchive.SEALED.plusSeconds(30));

        assertThat(audit("--since", kept.toString())).isEqualTo(1);
        assertThat(output).contains("LOG-HISTORY", "set back");
    }

    @Test
    void anEntryDatedBackIsNamed() throws Exception {
        whole();
        Path kept = folder.resolve("kept");
        Files.copy(archive.log().resolve("checkpoint"), kept);
        archive.add(LogEvent.of(
                        LogEvent.Kind.HOLD,
                        SmallArchive.PACKAGE,
                        Digest.of(Digest.Algorithm.SHA256, new byte[0]),
                        null,
                        SmallArchive.SEALED.minus(Duration.ofDays(1)))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plusSeconds(30));

        assertThat(audit("--since", kept.toString())).isEqualTo(1);
        assertThat(output).contains("TIME-BACK", "when a witness saw 2 entries").contains("HOLD-MISSING  WRONG  10");
    }

    @Test
    void aCheckpointOfAnotherKeyOrWithoutItsWitnessIsNotBelieved() throws Exception {
        whole();
        Path file = archive.log().resolve("checkpoint");
        Checkpoint checkpoint = Checkpoint.parse(Files.readAllBytes(file));
        Checkpoint alone = new Checkpoint(
                checkpoint.origin(),
                checkpoint.size(),
                checkpoint.root(),
                checkpoint.signatures().subList(0, 1));
        SmallArchive.overwrite(file, alone.toBytes());
        assertThat(audit()).isEqualTo(2);
        assertThat(output).contains("LOG-QUORUM");

        Checkpoint unsigned = new Checkpoint(
                checkpoint.origin(),
                checkpoint.size(),
                checkpoint.root(),
                checkpoint.signatures().subList(1, 2));
        SmallArchive.overwrite(file, unsigned.toBytes());
        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("LOG-SIGNATURE");
    }

    @Test
    void aKeyThatTheLogDoesNotNameIsNoticed() throws Exception {
        whole();
        String key = Files.readString(archive.policy())
                .lines()
                .findFirst()
                .orElseThrow()
                .substring("log ".length());
        said(key);
        assertThat(audit()).as(output).isZero();

        said(key + "x");
        assertThat(audit()).isEqualTo(2);
        assertThat(output).contains("LOG-KEY", "other than the one of entry 3");
    }

    private void said(String key) throws Exception {
        Digest digest = Digest.of(Digest.Algorithm.SHA256, key.getBytes(StandardCharsets.UTF_8));
        archive.add(LogEvent.of(LogEvent.Kind.KEY, UUID.randomUUID(), digest, null, SmallArchive.SEALED.plusSeconds(60))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plusSeconds(80));
    }

    @Test
    void aDestroyedPackageMustBeGoneAndItsCertificateThere() throws Exception {
        whole();
        byte[] certificate = "certificate".getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.of(Digest.Algorithm.SHA256, certificate);
        archive.add(LogEvent.ofObject(
                        LogEvent.Kind.DISPOSAL,
                        SmallArchive.PACKAGE,
                        digest,
                        certificate.length,
                        null,
                        SmallArchive.SEALED.plus(Duration.ofHours(1)))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plus(Duration.ofHours(1)));

        assertThat(audit()).isEqualTo(1);
        assertThat(output)
                .contains("DISPOSAL-PRESENT  WRONG  10")
                .contains("DISPOSAL-EARLY", "locked until 2036")
                .contains("OBJECT-MISSING", "disposal of " + SmallArchive.PACKAGE, digest.hex());
    }

    @Test
    void whileADestructionRunsNothingIsMissedAndWhenItNeverEndsEverythingIs() throws Exception {
        whole();
        java.time.Instant begun = SmallArchive.UNTIL.plus(Duration.ofDays(9));
        archive.add(LogEvent.of(
                        LogEvent.Kind.DELETION,
                        SmallArchive.PACKAGE,
                        Digest.of(Digest.Algorithm.SHA256, new byte[] {1}),
                        null,
                        begun)
                .toBytes());
        archive.publish(begun.plusSeconds(5));
        for (LogEvent.Member member : archive.members()) {
            Files.delete(archive.file(member.sha256()));
            Files.delete(archive.lockFile(member.sha256()));
        }

        assertThat(audit("--time", begun.plus(Duration.ofHours(2)).toString()))
                .as(output)
                .isZero();
        assertThat(output).contains("1 packages are being destroyed", SmallArchive.PACKAGE.toString());
        assertThat(audit("--time", begun.plus(Duration.ofDays(2)).toString())).isEqualTo(1);
        assertThat(output).contains("DISPOSAL-UNENDED", "began at " + begun).contains("OBJECT-MISSING  WRONG  10");
    }

    @Test
    void aDestructionBegunBeforeTheLockEndsIsNamedEvenIfItNeverSaysSo() throws Exception {
        whole();
        archive.add(LogEvent.of(
                        LogEvent.Kind.DELETION,
                        SmallArchive.PACKAGE,
                        Digest.of(Digest.Algorithm.SHA256, new byte[] {1}),
                        null,
                        SmallArchive.SEALED.plusSeconds(60))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plusSeconds(80));

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("DISPOSAL-EARLY", "its destruction began at 2026", "locked until 2036");
    }

    /** A batch with the package alone, as the archive makes it. */
    private RecordBatch batch(TimestampAuthority authority, byte[] group) throws Exception {
        TimestampToken token = TimestampToken.parse(authority
                .stamp(RecordBatch.root(TreeHash.SHA256, List.of(group)))
                .der());
        return RecordBatch.first(UUID.randomUUID(), TreeHash.SHA256, Map.of(SmallArchive.PACKAGE, group), token);
    }

    private int auditWith(RecordBatch batch, EmbeddedAuthority authority) throws Exception {
        byte[] object = batch.toBytes();
        archive.put(object, SmallArchive.UNTIL, SmallArchive.SEALED.plus(Duration.ofHours(1)));
        archive.add(LogEvent.ofObject(
                        LogEvent.Kind.RECORDS,
                        batch.id(),
                        Digest.of(Digest.Algorithm.SHA256, object),
                        object.length,
                        SmallArchive.UNTIL,
                        SmallArchive.SEALED.plus(Duration.ofHours(1)))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plus(Duration.ofHours(1)));
        Path root = folder.resolve("root.pem");
        Files.writeString(
                root,
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(authority.root().getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        return audit("--trust", root.toString());
    }

    private EmbeddedAuthority authority() throws Exception {
        return EmbeddedAuthority.open(
                folder.resolve("authority"),
                Clock.fixed(SmallArchive.SEALED.plus(Duration.ofHours(1)), ZoneOffset.UTC));
    }

    private byte[] group() {
        return RecordBatch.groupHash(
                TreeHash.SHA256,
                archive.members().stream()
                        .filter(member -> !member.name().equals(AsicNames.MIMETYPE))
                        .map(member -> member.sha256().bytes())
                        .toList());
    }

    @Test
    void anEvidenceRecordIsMadeOfItsBatchAndVerifiedWithThePackage() throws Exception {
        whole();
        EmbeddedAuthority authority = authority();

        assertThat(auditWith(batch(authority, group()), authority)).as(output).isZero();
        assertThat(output)
                .containsPattern("Packages: evidence records +1 +1 +0")
                .doesNotContain("in no evidence record");
    }

    @Test
    void aBatchOfOtherFilesOrWithATokenOverSomethingElseIsRefused() throws Exception {
        whole();
        EmbeddedAuthority authority = authority();
        byte[] other = new byte[32];

        assertThat(auditWith(batch(authority, other), authority)).isEqualTo(1);
        assertThat(output)
                .contains("RECORD-REFUSED", "the files of " + SmallArchive.PACKAGE + " are not those of batch");

        TimestampToken elsewhere = batch(authority, other).lastToken();
        RecordBatch forged =
                RecordBatch.first(UUID.randomUUID(), TreeHash.SHA256, Map.of(SmallArchive.PACKAGE, group()), elsewhere);
        assertThat(auditWith(forged, authority)).isEqualTo(1);
        assertThat(output)
                .contains("RECORD-UNREADABLE", "is over something else")
                .contains("RECORD-REFUSED", "R02");
    }

    @Test
    void aSampleIsDrawnBySeedAndTheRestIsSaidToBeUnread() throws Exception {
        whole();
        assertThat(audit("--sample", "5/court-2026")).isZero();
        assertThat(output).contains("5 packages, drawn by seed \"court-2026\"");
        assertThat(audit("--sample", "none")).isEqualTo(3);
    }

    @Test
    void theJsonFileHasEveryCheckFindingAndNoteAndTheTextIsChineseIfAskedFor() throws Exception {
        whole();
        Files.delete(archive.file(archive.digest(AsicNames.SM3SUMS)));
        Path json = folder.resolve("result.json");

        assertThat(audit("--json", json.toString())).isEqualTo(1);
        var result = tools.jackson.databind.json.JsonMapper.shared().readTree(Files.readString(json));
        assertThat(result.path("verdict").asString()).isEqualTo("INVALID");
        assertThat(result.path("entries").asInt()).isEqualTo(2);
        assertThat(result.path("findings")).hasSize(2);
        assertThat(result.path("findings").findValuesAsString("code"))
                .containsExactlyInAnyOrder("OBJECT-MISSING", "PACKAGE-INCOMPLETE");
        assertThat(result.path("notes").path(0).path("code").asString()).isEqualTo("RECORD_PENDING");
        assertThat(result.path("checks").findValuesAsString("area")).contains("objects", "locks", "packages");

        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(
                List.of("audit", "--store=" + archive.store(), "--log=" + archive.log()),
                printer,
                printer,
                SmallArchive.clock(),
                false);
        assertThat(exit).isEqualTo(1);
        assertThat(out.toString()).contains("结论：发现问题", "OBJECT-MISSING  有误  1  日志记载的对象缺失", "对象：锁定与冻结");
    }

    @Test
    void aRunGoesOnWhereItWasAndOnlyWithTheSameSubject() throws Exception {
        whole();
        Path progress = folder.resolve("progress");
        assertThat(audit("--resume", progress.toString())).isZero();
        Files.delete(archive.file(archive.digest(AsicNames.WACZ)));
        // Done is done: this is the same audit, of that moment.
        assertThat(audit("--resume", progress.toString())).isZero();

        try (var files = Files.newDirectoryStream(progress, "2-store-*.done")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        assertThat(audit("--resume", progress.toString())).isEqualTo(1);
        assertThat(output).contains("OBJECT-MISSING");
        assertThat(audit("--resume", progress.toString(), "--sample", "3/x")).isEqualTo(3);
        assertThat(output).contains("of another audit");
    }

    @Test
    void nothingGivenIsNothingProved() throws Exception {
        whole();
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(
                List.of(
                        "audit",
                        "--store",
                        archive.store().toString(),
                        "--log",
                        archive.log().toString(),
                        "--lang=en"),
                printer,
                printer,
                SmallArchive.clock(),
                false);

        assertThat(exit).isEqualTo(2);
        assertThat(out.toString()).contains("LOG-SIGNATURE", "PACKAGE-REFUSED", "No --log-policy was given");
    }

    @Test
    void theStoreIsNotWrittenTo() throws Exception {
        whole();
        Files.delete(archive.store().resolve(".mutex"));
        List<Path> before = files();

        assertThat(audit()).isZero();
        assertThat(files()).isEqualTo(before);
    }

    private List<Path> files() throws Exception {
        try (var files = Files.walk(archive.store())) {
            return files.sorted().toList();
        }
    }

    @Test
    void everyTextIsThereInBothLanguages() {
        for (var language : org.tiezheng.verifier.cli.Messages.Language.values()) {
            var messages = new org.tiezheng.verifier.cli.Messages("org.tiezheng.auditor.audit.messages", language);
            for (AuditCode code : AuditCode.values()) {
                assertThat(messages.get("code." + code)).isNotBlank();
                assertThat(messages.get("next." + code)).isNotBlank();
            }
            for (Area area : Area.values()) {
                assertThat(messages.get("area." + area.name().toLowerCase(Locale.ROOT)))
                        .isNotBlank();
            }
            for (UnitLog.Note note : UnitLog.Note.values()) {
                assertThat(messages.get("note." + note)).isNotBlank();
            }
        }
    }

    @Test
    void textsAreTheSameInBothLanguagesAndShowNoDoubledApostrophe() {
        for (String area : List.of("audit", "monitor", "witness", "cli")) {
            String name = "org.tiezheng.auditor." + area + ".messages";
            var chinese = new org.tiezheng.verifier.cli.Messages(name, org.tiezheng.verifier.cli.Messages.Language.ZH);
            var english = new org.tiezheng.verifier.cli.Messages(name, org.tiezheng.verifier.cli.Messages.Language.EN);
            assertThat(new java.util.TreeSet<>(chinese.bundle().keySet()))
                    .isEqualTo(new java.util.TreeSet<>(english.bundle().keySet()));
            for (String key : english.bundle().keySet()) {
                assertThat(english.get(key)).as(key).doesNotContain("''");
                assertThat(chinese.get(key)).as(key).doesNotContain("''");
            }
        }
    }

    @Test
    void whatIsMissingOrMisspeltIsSaidInWords() throws Exception {
        whole();
        String nowhere = folder.resolve("nowhere").toString();
        for (String option : List.of("--log", "--store", "--trust", "--log-policy")) {
            List<String> args = new ArrayList<>(List.of("audit", "--lang=en"));
            args.add("--store=" + archive.store());
            args.add("--log=" + archive.log());
            args.removeIf(arg -> arg.startsWith(option + "="));
            args.add(option + "=" + nowhere);
            assertThat(run(args)).isEqualTo(3);
            assertThat(output).as(option).contains(nowhere, "check");
        }
        Path policy = Files.writeString(folder.resolve("policy.txt"), "nonsense");
        assertThat(run(List.of(
                        "audit",
                        "--store=" + archive.store(),
                        "--log=" + archive.log(),
                        "--log-policy=" + policy,
                        "--lang=en")))
                .isEqualTo(3);
        assertThat(output).contains("policy.txt: ");
        assertThat(run(List.of("audit", "--stor", "x", "--log=x", "--lang=en"))).isEqualTo(3);
        assertThat(output).contains("Was this meant: --store", "tiezheng-auditor audit --help");
        assertThat(output.lines()).hasSizeLessThan(6);
    }

    @Test
    void aFindingIsToldInTheReadersLanguageAndSaysWhatToDo() throws Exception {
        whole();
        Path copy = folder.resolve("copy");
        try (var all = Files.walk(archive.store())) {
            for (Path one : all.sorted().toList()) {
                var unused = Files.copy(
                        one, copy.resolve(archive.store().relativize(one).toString()));
            }
        }
        Path file = archive.file(archive.digest(AsicNames.WACZ));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        SmallArchive.overwrite(file, bytes);

        assertThat(audit("--copy", copy.toString())).isEqualTo(1);
        assertThat(output)
                .contains("wacz/capture.wacz of " + SmallArchive.PACKAGE, "it holds other bytes")
                .contains(
                        "What to do: do not use this copy", "copy-1 holds every object, unchanged: repair from there");
        assertThat(run(List.of("audit", "--store=" + archive.store(), "--log=" + archive.log())))
                .isEqualTo(1);
        assertThat(output)
                .contains(SmallArchive.PACKAGE + " 的 wacz/capture.wacz", "它 的内容不同", "处理：不要使用")
                .doesNotContain("holds other bytes", "cannot be verified", "no policy says", "copy-1");
    }

    @Test
    void everyFormOfAFindingIsToldInChineseAndLeftAsItIsInEnglish() {
        var chinese = new org.tiezheng.verifier.cli.Messages(
                "org.tiezheng.auditor.audit.messages", org.tiezheng.verifier.cli.Messages.Language.ZH);
        var english = new org.tiezheng.verifier.cli.Messages(
                "org.tiezheng.auditor.audit.messages", org.tiezheng.verifier.cli.Messages.Language.EN);
        for (String key : english.bundle().keySet()) {
            if (key.startsWith("reason.") || key.startsWith("subject.")) {
                String recorded = english.get(key, "7", "8", "9", "10");
                boolean isReason = key.startsWith("reason.");
                FindingTexts zh = new FindingTexts(chinese);
                FindingTexts en = new FindingTexts(english);
                assertThat(isReason ? zh.reason(recorded) : zh.subject(recorded))
                        .isEqualTo(chinese.get(key, "7", "8", "9", "10"));
                assertThat(isReason ? en.reason(recorded) : en.subject(recorded))
                        .isEqualTo(recorded);
            }
        }
        String foreign = "(((((".repeat(300);
        assertThat(new FindingTexts(chinese).reason(foreign)).isEqualTo(foreign);
    }

    private int run(List<String> args) {
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(args, printer, printer, SmallArchive.clock(), false);
        output = out.toString();
        return exit;
    }

    /** The entry that names the package's objects, in three. */
    private List<LogEvent> parts() {
        LogEvent.Part[] parts = {new LogEvent.Part(1, 3), new LogEvent.Part(2, 3), new LogEvent.Part(3, 3)};
        List<LogEvent> entries = new ArrayList<>();
        for (LogEvent.Part part : parts) {
            entries.add(new LogEvent(
                    LogEvent.Kind.OBJECTS,
                    SmallArchive.PACKAGE,
                    null,
                    null,
                    SmallArchive.UNTIL,
                    part,
                    archive.members()
                            .subList(
                                    part.number() == 1 ? 0 : part.number() * 2,
                                    part.number() == 3 ? 10 : part.number() * 2 + 2),
                    SmallArchive.SEALED.plusSeconds(5)));
        }
        return entries;
    }

    private void inParts(LogEvent... entries) throws Exception {
        archive.entries().remove(1);
        for (LogEvent entry : entries) {
            archive.add(entry.toBytes());
        }
        archive.publish(SmallArchive.SEALED.plusSeconds(30));
    }

    @Test
    void objectsThatSeveralEntriesNameAreAllCountedAndVerified() throws Exception {
        whole();
        List<LogEvent> parts = parts();
        inParts(parts.get(0), parts.get(1), parts.get(2));

        assertThat(audit()).as(output).isZero();
        assertThat(output)
                .containsPattern("Objects: bytes read again +10 +10 +0")
                .containsPattern("Packages: verified +1 +1 +0");
    }

    @Test
    void aPartThatIsMissingIsNamed() throws Exception {
        whole();
        List<LogEvent> parts = parts();
        inParts(parts.get(0), parts.get(2));

        assertThat(audit()).isEqualTo(1);
        assertThat(output)
                .contains("LEAF-ALONE", "part 3 of 3 of its objects, and part 2 is not there")
                .contains("OBJECT-UNKNOWN");
    }

    @Test
    void aLastPartThatIsMissingIsNamed() throws Exception {
        whole();
        List<LogEvent> parts = parts();
        inParts(parts.get(0), parts.get(1));

        assertThat(audit()).isEqualTo(1);
        assertThat(output)
                .contains("LEAF-ALONE  WRONG", "the last one there is 2")
                .contains("OBJECT-UNKNOWN");
    }

    @Test
    void aSecondListOfObjectsIsNamedWhateverPartsItHas() throws Exception {
        whole();
        List<LogEvent> parts = parts();
        inParts(parts.get(0), parts.get(1), parts.get(2), parts.get(2));

        assertThat(audit()).isEqualTo(1);
        assertThat(output).contains("LEAF-TWICE  WRONG  1");
    }

    @Test
    void twoThousandObjectsAreReadInTheirOrder() throws Exception {
        List<LogEvent.Member> members = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            Digest digest = Digest.of(Digest.Algorithm.SHA256, new byte[] {(byte) i, (byte) (i >> 8)});
            members.add(new LogEvent.Member(i == 1 ? AsicNames.WACZ : "annex/" + i, digest, i));
        }
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(rows);
        List<LogEvent> entries =
                LogEvent.objectsOf(SmallArchive.PACKAGE, SmallArchive.UNTIL, members, SmallArchive.SEALED);
        PackageStory.write(
                out,
                0,
                new LogLeaf(
                                SmallArchive.PACKAGE,
                                members.get(1).sha256(),
                                Digest.sm3("0".repeat(64)),
                                1,
                                SmallArchive.SEALED)
                        .toBytes());
        for (LogEvent entry : entries) {
            PackageStory.write(out, 1 + entries.indexOf(entry), entry.toBytes());
        }
        List<String> complaints = new ArrayList<>();
        PackageStory.Complaints listener = (code, open, subject, reason) -> complaints.add(code + " " + reason);

        List<PackageStory> stories =
                PackageStory.read(new DataInputStream(new ByteArrayInputStream(rows.toByteArray())), listener);
        stories.forEach(story -> story.complainAtEnd(listener, false, SmallArchive.NOW));

        assertThat(entries).hasSizeGreaterThan(2);
        assertThat(complaints).isEmpty();
        assertThat(stories)
                .singleElement()
                .satisfies(story -> assertThat(story.members()).isEqualTo(members));
    }
}
