package org.tiezheng.auditor.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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

    @Test
    void aLogIsFollowedOverHttpAndOneThatIsAwayIsNoAlarm() throws Exception {
        archive = SmallArchive.withPackage(folder);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/log/", exchange -> {
            Path file = archive.log().resolve(exchange.getRequestURI().getPath().substring("/log/".length()));
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            exchange.sendResponseHeaders(bytes.length == 0 ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/log";
        try {
            assertThat(lookAt(address)).as(output).isZero();
            assertThat(output).contains("2 entries, 2 new");
            Files.delete(archive.log().resolve("checkpoint"));
            assertThat(lookAt(address)).isEqualTo(3);
            assertThat(output).contains("cannot be looked at now");
        } finally {
            server.stop(0);
        }
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
