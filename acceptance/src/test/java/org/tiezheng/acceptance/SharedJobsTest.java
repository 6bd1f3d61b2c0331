package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tiezheng.acceptance.ArchiveSite.AgentMachine;
import org.tiezheng.acceptance.ArchiveSite.JobRow;

/**
 * Two agents, one queue: no page is captured twice. The witness is the shop, which counts who asked it for what.
 *
 * <p>Twenty jobs by default; {@code -Dtiezheng.jobs=200} (and {@code ./tiezheng test --long}) for the number of the
 * requirement.
 */
class SharedJobsTest {
    private static final int JOBS = Integer.getInteger("tiezheng.jobs", 20);
    private static final int SLOTS = Integer.getInteger("tiezheng.slots", 1);

    @Test
    @Timeout(value = 90, unit = java.util.concurrent.TimeUnit.MINUTES)
    void twoAgentsShareTheJobsAndNoPageIsCapturedTwice() throws Exception {
        try (ArchiveSite site =
                ArchiveSite.open(2, "tiezheng.jobs.host-concurrency=16", "tiezheng.jobs.host-interval=0s")) {
            for (int i = 1; i <= JOBS; i++) {
                site.submit("/p/plain?n=" + i);
            }
            long begun = System.nanoTime();
            for (AgentMachine agent : site.agents()) {
                agent.start(SLOTS);
            }
            List<JobRow> jobs = site.awaitEnds(JOBS, Duration.ofMinutes(4).plusSeconds(20L * JOBS));
            Duration took = Duration.ofNanos(System.nanoTime() - begun);

            assertThat(jobs).as(site.said()).allMatch(job -> job.state().equals("DONE"));
            assertThat(jobs).as("no attempt failed").allMatch(job -> job.attempts() == 1);
            assertThat(jobs).extracting(JobRow::evidenceId).doesNotHaveDuplicates();
            assertThat(site.visits("/p/plain?n="))
                    .as("the shop saw each page once")
                    .hasSize(JOBS)
                    .allSatisfy((page, times) -> assertThat(times).isEqualTo(1L));
            Map<String, Long> shares =
                    jobs.stream().collect(Collectors.groupingBy(JobRow::agent, TreeMap::new, Collectors.counting()));
            assertThat(shares).as("both worked").hasSize(2);

            assertThat(site.counts("select state, count(*) from upload group by state"))
                    .isEqualTo(Map.of("ARCHIVED", (long) JOBS));
            assertThat(site.counts("select completeness, count(*) from evidence group by completeness"))
                    .isEqualTo(Map.of("COMPLETE", (long) JOBS));
            assertThat(site.counts(
                            "select action, count(*) from audit_event where action = 'job.done' group by action"))
                    .isEqualTo(Map.of("job.done", (long) JOBS));
            Program.Ended chain = site.verifyChain();
            assertThat(chain.exitCode()).as(chain.output()).isZero();
            for (AgentMachine agent : site.agents()) {
                agent.stop();
                assertThat(agent.outbox()).isEmpty();
            }
            assertThat(site.browsers()).isEmpty();
            System.out.println("SHARED JOBS: " + JOBS + " jobs by two agents, " + SLOTS + " slot(s) each, in "
                    + took.toSeconds() + " s " + shares
                    + (JOBS < 200 ? "; the 200 of the requirement: ./tiezheng test --long" : ""));
        }
    }
}
