package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tiezheng.acceptance.ArchiveSite.AgentMachine;
import org.tiezheng.acceptance.ArchiveSite.JobRow;

/**
 * {@code kill -9} of the server, an agent or PostgreSQL, at any moment while pages are captured, and started again: every job is
 * complete, retried or reported, nothing is lost, nothing is doubled, the audit chain holds.
 *
 * <p>Eight captures and eight kills by default; {@code -Dtiezheng.captures=50 -Dtiezheng.kills=40} (and {@code ./tiezheng test
 * --long}) for the number of the requirement. {@code -Dtiezheng.seed=N} repeats the order and the moments of the kills.
 */
class ServerFaultsTest {
    private static final int CAPTURES = Integer.getInteger("tiezheng.captures", 8);
    private static final int KILLS = Integer.getInteger("tiezheng.kills", 8);
    private static final long SEED = Long.getLong("tiezheng.seed", System.nanoTime() % 100_000);

    private final List<String> done = new ArrayList<>();

    @Test
    @Timeout(value = 120, unit = TimeUnit.MINUTES)
    void whateverIsKilledNothingIsLostAndNothingDoubled() throws Exception {
        Random random = new Random(SEED);
        try (ArchiveSite site = ArchiveSite.open(
                2,
                "tiezheng.jobs.host-concurrency=16",
                "tiezheng.jobs.host-interval=0s",
                "tiezheng.jobs.lease=15s",
                "tiezheng.jobs.housekeeping=2s",
                "tiezheng.jobs.attempts=60",
                "tiezheng.jobs.backoff-first=1s",
                "tiezheng.jobs.backoff-most=5s",
                "tiezheng.ingest.retry-first=1s",
                "tiezheng.ingest.retry-most=5s")) {
            for (int i = 1; i <= CAPTURES; i++) {
                site.submit("/p/plain?n=" + i);
            }
            for (AgentMachine agent : site.agents()) {
                agent.start(1);
            }
            for (int i = 0; i < KILLS; i++) {
                Thread.sleep(2000 + random.nextInt(6000));
                kill(site, random);
            }
            List<JobRow> jobs = site.awaitEnds(CAPTURES, Duration.ofMinutes(10).plusSeconds(30L * CAPTURES));
            assertNothingIsLostOrDoubled(site, jobs);
        } catch (Exception | AssertionError e) {
            System.err.println("SERVER FAULTS: seed " + SEED + ", done: " + done);
            throw e;
        }
    }

    /** One of three, then started again after a moment that may be none. */
    private void kill(ArchiveSite site, Random random) throws Exception {
        int what = random.nextInt(5);
        int pause = random.nextInt(3) * 1000;
        if (what == 0) {
            done.add("server");
            site.killServer();
            TimeUnit.MILLISECONDS.sleep(pause);
            site.startServer();
        } else if (what == 1) {
            done.add("PostgreSQL");
            site.killDatabase();
        } else if (what == 2) {
            done.add("server and PostgreSQL");
            site.killServer();
            site.killDatabase();
            site.startServer();
        } else {
            AgentMachine agent = site.agents().get(what - 3);
            done.add(agent.name);
            agent.kill();
            Thread.sleep(pause);
            agent.start(1);
        }
    }

    private void assertNothingIsLostOrDoubled(ArchiveSite site, List<JobRow> jobs) throws Exception {
        assertThat(jobs)
                .as("with so many attempts every job is done at last; " + site.said())
                .allMatch(job -> job.state().equals("DONE"));
        assertThat(jobs).extracting(JobRow::url).doesNotHaveDuplicates();
        assertThat(jobs).extracting(JobRow::evidenceId).doesNotHaveDuplicates().doesNotContain("");
        // What agents still had to say when the last job ended.
        awaitQuiet(site);
        assertThat(site.counts("select completeness, count(*) from evidence group by completeness"))
                .isEqualTo(Map.of("COMPLETE", (long) CAPTURES));
        assertThat(site.counts("select object_id, count(*) from audit_event where action = 'job.done'"
                        + " group by object_id"))
                .hasSize(CAPTURES)
                .allSatisfy((job, times) -> assertThat(times).isEqualTo(1L));
        TreeMap<String, Long> uploads = site.counts("select state, count(*) from upload group by state");
        assertThat(uploads).containsEntry("ARCHIVED", (long) CAPTURES);
        assertThat(uploads.keySet()).isSubsetOf("ARCHIVED", "ORPHANED", "REJECTED");

        Program.Ended chain = site.verifyChain();
        assertThat(chain.exitCode()).as(chain.output()).isZero();
        for (JobRow job : jobs) {
            Path file = site.download(job.evidenceId());
            Program.Ended verified = site.verify(file);
            assertThat(verified.exitCode())
                    .as(job.url() + ": " + verified.output())
                    .isZero();
        }
        for (AgentMachine agent : site.agents()) {
            agent.stop();
        }
        assertThat(site.browsers()).as("a browser outlived its agent").isEmpty();
        long attempts = jobs.stream().mapToLong(JobRow::attempts).sum();
        System.out.println("SERVER FAULTS: " + CAPTURES + " captures, killed " + done + ", seed " + SEED + "; attempts "
                + attempts + ", uploads " + uploads
                + (CAPTURES < 50 ? "; the 50 captures of the requirement: ./tiezheng test --long" : ""));
    }

    private static void awaitQuiet(ArchiveSite site) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (true) {
            boolean quiet = site.counts("select state, count(*) from upload where state in ('RECEIVING', 'VERIFYING',"
                            + " 'STORING') group by state")
                    .isEmpty();
            for (AgentMachine agent : site.agents()) {
                quiet &= agent.outbox().isEmpty();
            }
            if (quiet) {
                return;
            }
            assertThat(System.nanoTime())
                    .as("agents still have packages: " + site.said())
                    .isLessThan(end);
            Thread.sleep(1000);
        }
    }
}
