package org.tiezheng.auditor.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.auditor.Main;
import org.tiezheng.auditor.SmallArchive;
import org.tiezheng.auditor.log.KeptCheckpoints;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.LogEvent;

/** A log that grows, and one that does not keep what it has shown. */
class MonitorTest {
    @TempDir
    Path folder;

    private SmallArchive archive;
    private String output = "";

    private int lookAt(String log, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "monitor",
                "--once",
                "--log",
                log,
                "--state",
                folder.resolve("journal").toString(),
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

    private int look(String... more) throws Exception {
        return lookAt(archive.log().toString(), more);
    }

    private void grow(int entries, int secondsLater) throws Exception {
        for (int i = 0; i < entries; i++) {
            archive.add(LogEvent.of(
                            LogEvent.Kind.FAILURE,
                            new UUID(secondsLater, i),
                            Digest.of(Digest.Algorithm.SHA256, new byte[] {(byte) i}),
                            null,
                            SmallArchive.SEALED.plusSeconds(secondsLater))
                    .toBytes());
        }
        archive.publish(SmallArchive.SEALED.plusSeconds(secondsLater));
    }

    @Test
    void aLogThatGrowsIsFollowedAndEveryCheckpointKept() throws Exception {
        archive = SmallArchive.withPackage(folder);
        assertThat(look()).as(output).isZero();
        assertThat(output).contains("2 entries, 2 new").contains("1 2026-11-21T08:01:05Z objects 5f0e8a3c");
        grow(300, 60);
        assertThat(look()).as(output).isZero();
        assertThat(output).contains("302 entries, 300 new");
        grow(1, 90);
        assertThat(look("--quiet")).isZero();
        assertThat(output).contains("303 entries, 1 new").doesNotContain("failure");
        assertThat(look()).isZero();
        assertThat(output).contains("303 entries, 0 new").contains("known so far: 303 entries, 3 checkpoints");

        assertThat(KeptCheckpoints.read(folder.resolve("journal")))
                .extracting(one -> one.size())
                .containsExactly(2L, 302L, 303L);
    }

    @Test
    void aLogThatWasSetBackOrRewrittenRaisesTheAlarmAndItsCheckpointIsKeptAsProof() throws Exception {
        archive = SmallArchive.withPackage(folder);
        grow(3, 60);
        assertThat(look()).isZero();

        archive.entries().remove(4);
        archive.publish(SmallArchive.SEALED.plusSeconds(70));
        assertThat(look()).isEqualTo(1);
        assertThat(output).contains("ALARM ROLLED_BACK", "4 entries, and had 5");

        grow(2, 80);
        assertThat(look()).isEqualTo(1);
        assertThat(output).contains("ALARM REWRITTEN");
        assertThat(Files.readString(folder.resolve("journal"))).contains("\"alarm\":\"REWRITTEN\"", "\"evidence\":\"");
    }

    @Test
    void aCheckpointWithoutItsWitnessOrEntriesThatAreNotServedRaiseTheAlarm() throws Exception {
        archive = SmallArchive.withPackage(folder);
        Path bundle = archive.log().resolve("tile/entries/000.p/2");
        byte[] bytes = Files.readAllBytes(bundle);
        Files.delete(bundle);
        assertThat(look()).isEqualTo(1);
        assertThat(output).contains("ALARM ENTRIES_MISSING", "tile/entries/000.p/2");

        Files.write(bundle, bytes);
        Path checkpoint = archive.log().resolve("checkpoint");
        String note = Files.readString(checkpoint);
        SmallArchive.overwrite(
                checkpoint, note.substring(0, note.lastIndexOf("\u2014")).getBytes(StandardCharsets.UTF_8));
        assertThat(look()).isEqualTo(1);
        assertThat(output).contains("ALARM NOT_WITNESSED");
        SmallArchive.overwrite(checkpoint, "nothing".getBytes(StandardCharsets.UTF_8));
        assertThat(look()).isEqualTo(1);
        assertThat(output).contains("ALARM NO_CHECKPOINT");
    }

    @Test
    void anObjectThatVanishesLaterIsMissedUnlessItWasDestroyedByEntry() throws Exception {
        archive = SmallArchive.withPackage(folder);
        String store = archive.store().toString();
        assertThat(look("--store", store)).as(output).isZero();
        assertThat(output).contains("11 objects looked for, all there");

        Files.delete(archive.file(archive.digest(AsicNames.WACZ)));
        assertThat(look("--store", store)).isEqualTo(1);
        assertThat(output).contains("ALARM OBJECT_MISSING", SmallArchive.PACKAGE.toString());

        byte[] certificate = {1};
        archive.put(certificate, SmallArchive.UNTIL, SmallArchive.SEALED);
        archive.add(LogEvent.ofObject(
                        LogEvent.Kind.DISPOSAL,
                        SmallArchive.PACKAGE,
                        Digest.of(Digest.Algorithm.SHA256, certificate),
                        1,
                        null,
                        SmallArchive.SEALED.plus(Duration.ofHours(1)))
                .toBytes());
        archive.publish(SmallArchive.SEALED.plus(Duration.ofHours(1)));
        assertThat(look("--store", store)).as(output).isZero();
    }

    @Test
    void whileADestructionRunsNothingIsMissedAndWhenItNeverEndsTheAlarmIsRaised() throws Exception {
        archive = SmallArchive.withPackage(folder);
        String store = archive.store().toString();
        assertThat(look("--store", store)).as(output).isZero();
        begun(SmallArchive.NOW.minus(Duration.ofHours(2)));
        Files.delete(archive.file(archive.digest(AsicNames.WACZ)));
        assertThat(look("--store", store)).as(output).isZero();

        Files.delete(folder.resolve("journal"));
        archive.entries().remove(2);
        begun(SmallArchive.NOW.minus(Duration.ofHours(25)));
        assertThat(look("--store", store, "--fresh", "never")).isEqualTo(1);
        assertThat(output).contains("ALARM DISPOSAL_UNENDED", SmallArchive.PACKAGE.toString());
    }

    private void begun(Instant at) throws Exception {
        archive.add(LogEvent.of(
                        LogEvent.Kind.DELETION,
                        SmallArchive.PACKAGE,
                        Digest.of(Digest.Algorithm.SHA256, new byte[] {1}),
                        null,
                        at)
                .toBytes());
        archive.publish(SmallArchive.NOW.minusSeconds(60));
    }

    /** The look has the checkpoint of before; then the log announces, and the object goes, and only then it is looked for. */
    @Test
    void aDestructionThatBeginsDuringALookIsNoAlarm() throws Exception {
        archive = SmallArchive.withPackage(folder);
        byte[] before = Files.readAllBytes(archive.log().resolve("checkpoint"));
        begun(SmallArchive.NOW.minusSeconds(70));
        Files.delete(archive.file(archive.digest(AsicNames.WACZ)));
        AtomicBoolean first = new AtomicBoolean(true);
        HttpServer server = serve(path -> path.equals("checkpoint") && first.getAndSet(false) ? before : null);
        try {
            assertThat(lookAt(address(server), "--store", archive.store().toString()))
                    .as(output)
                    .isZero();
            assertThat(output).contains("2 entries, 2 new");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aLogThatStandsStillRaisesTheAlarmEvenIfAnEntryIsDatedAhead() throws Exception {
        archive = SmallArchive.withPackage(folder);
        assertThat(look("--fresh", "13h")).as(output).isZero();
        assertThat(look("--fresh", "11h")).isEqualTo(1);
        assertThat(output).contains("ALARM STALE", "2026-11-21T08:01:20Z");
        assertThat(look()).as("two days are its patience").isZero();
        assertThat(look("--fresh", "soon")).isEqualTo(3);
        grow(1, 400 * 24 * 3600);
        assertThat(look("--fresh", "11h")).as("as young as the look").isZero();
        assertThat(Files.readString(folder.resolve("journal"))).contains("\"newest\":\"" + SmallArchive.NOW + "\"");
    }

    @Test
    void aChangedObjectIsNoticedWhenObjectsAreReadAgain() throws Exception {
        archive = SmallArchive.withPackage(folder);
        String store = archive.store().toString();
        assertThat(look("--deep")).as("without a store").isEqualTo(3);
        assertThat(look("--store", store, "--deep")).as(output).isZero();
        assertThat(output).contains("11 objects read again, all unchanged");
        Path file = archive.file(archive.digest(AsicNames.WACZ));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        SmallArchive.overwrite(file, bytes);

        assertThat(look("--store", store)).as("its size is right").isZero();
        assertThat(look("--store", store, "--deep")).isEqualTo(1);
        assertThat(output).contains("ALARM OBJECT_CHANGED", SmallArchive.PACKAGE.toString());
        assertThat(output.lines().filter(line -> line.contains("ALARM"))).hasSize(1);
    }

    @Test
    void anUnfinishedLineOfTheJournalIsCutOffAndAForeignFileRefused() throws Exception {
        archive = SmallArchive.withPackage(folder);
        assertThat(look()).isZero();
        Path journal = folder.resolve("journal");
        String whole = Files.readString(journal);
        Files.writeString(journal, whole + "{\"at\":\"2026-11-21T");
        assertThat(look()).isZero();
        assertThat(Files.readString(journal)).isEqualTo(whole);

        Files.writeString(journal, "other\n");
        assertThat(look()).isEqualTo(3);
        Files.writeString(journal, whole.replaceFirst("\"size\":2", "\"size\":3"));
        assertThat(look()).isEqualTo(3);
    }

    /** @param instead gives what is served under a path; null: the file */
    private HttpServer serve(Function<String, byte[]> instead) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/log/", exchange -> {
            String path = exchange.getRequestURI().getPath().substring("/log/".length());
            Path file = archive.log().resolve(path);
            byte[] other = instead.apply(path);
            byte[] bytes = other != null ? other : Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            exchange.sendResponseHeaders(bytes.length == 0 ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String address(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/log";
    }

    @Test
    void aLogIsFollowedOverHttpAndOneThatIsAwayIsNoAlarm() throws Exception {
        archive = SmallArchive.withPackage(folder);
        HttpServer server = serve(path -> null);
        String address = address(server);
        try {
            assertThat(lookAt(address)).as(output).isZero();
            assertThat(output).contains("2 entries, 2 new");
            Files.delete(archive.log().resolve("checkpoint"));
            assertThat(lookAt(address)).isEqualTo(3);
            assertThat(output).contains("cannot be looked at now", "/checkpoint is not there: check the path");
        } finally {
            server.stop(0);
        }
        assertThat(lookAt(address)).isEqualTo(3);
        assertThat(output)
                .contains("cannot be looked at now", "nobody answers there")
                .doesNotContain("null");
    }

    @Test
    void everyAlarmHasItsTextInBothLanguages() {
        for (var language : org.tiezheng.verifier.cli.Messages.Language.values()) {
            var messages = new org.tiezheng.verifier.cli.Messages("org.tiezheng.auditor.monitor.messages", language);
            for (Alarm.Kind kind : Alarm.Kind.values()) {
                assertThat(messages.get("alarm." + kind)).isNotBlank();
            }
        }
    }
}
