package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeasesTest {
    @Test
    void manyAgentsNeverShareAJob() throws Exception {
        JobsWorld world = new JobsWorld();
        int total = 200;
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            urls.add("https://shop" + i % 7 + ".example/item/" + i);
        }
        world.submissions.submitBatch(
                "list",
                AddressList.of(urls, CaptureContext.NONE, 10_000),
                JobsWorld.submission(),
                false,
                JobsWorld.FIRST,
                null);
        Map<Long, String> owners = new ConcurrentHashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> futures = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                String agent = "agent-" + t;
                Callable<Integer> work = () -> {
                    int got = 0;
                    while (owners.size() < total) {
                        var lease = world.lease(agent);
                        if (lease.isEmpty()) {
                            // Others hold the hosts for the moment.
                            Thread.sleep(2);
                            continue;
                        }
                        Job job = lease.get().job();
                        assertThat(owners.put(job.id(), agent))
                                .as("job " + job.id())
                                .isNull();
                        assertThat(world.archived(job, UUID.randomUUID())).isTrue();
                        got++;
                    }
                    return got;
                };
                futures.add(threads.submit(work));
            }
            int sum = 0;
            for (Future<Integer> future : futures) {
                sum += future.get(120, TimeUnit.SECONDS);
            }
            assertThat(sum).isEqualTo(total);
        } finally {
            threads.shutdownNow();
        }
        assertThat(world.count("select count(*) from job_history where state = 'DONE'"))
                .isEqualTo(total);
        assertThat(world.count("select count(*) from job")).isZero();
        assertThat(world.chain().verify(List.of()).isIntact()).isTrue();
    }

    @Test
    void agentsThatCouldNotReachUsKeepTheirJobs() {
        JobsWorld world = new JobsWorld();
        Job job = world.submit("https://one.example/");
        long epoch = world.mustLease("a").job().epoch();
        world.clock.advance(Duration.ofHours(1)); // the server was down
        assertThat(world.jobs.forgiveSilence()).isEqualTo(1);
        assertThat(world.jobs.takeBackLost()).isZero();
        assertThat(world.jobs.holder(job.id(), epoch)).isPresent();
        world.clock.advance(world.settings.lease().plusSeconds(1));
        assertThat(world.jobs.takeBackLost()).isEqualTo(1);
    }

    @Test
    void newerRequestOfAnAgentEndsTheOneNobodyListensTo() throws Exception {
        JobsWorld world = new JobsWorld();
        LeaseDesk desk = new LeaseDesk(world.leases);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Optional<Lease>> dead =
                    thread.submit(() -> desk.lease("a", "agents", "1", 1, Duration.ofSeconds(25)));
            while (world.count("select count(*) from agent") == 0) {
                Thread.sleep(10);
            }
            assertThat(desk.lease("a", "agents", "1", 0, Duration.ZERO)).isEmpty();
            assertThat(dead.get(20, TimeUnit.SECONDS)).isEmpty();
            Job job = world.submit("https://one.example/");
            assertThat(desk.lease("a", "agents", "1", 1, Duration.ZERO))
                    .hasValueSatisfying(lease -> assertThat(lease.job().id()).isEqualTo(job.id()));
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void hostIsNotVisitedByMoreThanItsLimit() {
        JobsWorld world = new JobsWorld(JobsWorld.settings(Duration.ZERO, 2));
        for (int i = 0; i < 4; i++) {
            world.submit("https://one.example/" + i);
        }
        world.submit("https://other.example/");
        assertThat(List.of(
                        world.mustLease("a").job().host(),
                        world.mustLease("a").job().host(),
                        world.mustLease("a").job().host()))
                .containsExactlyInAnyOrder("one.example", "one.example", "other.example");
        assertThat(world.lease("a")).isEmpty();
    }

    @Test
    void hostRestsBetweenTwoStarts() {
        JobsWorld world = new JobsWorld(JobsWorld.settings(Duration.ofSeconds(10), 5));
        world.submit("https://one.example/1");
        world.submit("https://one.example/2");
        world.mustLease("a");
        assertThat(world.lease("a")).isEmpty();
        world.clock.advance(Duration.ofSeconds(9));
        // What is submitted meanwhile does not wake the host either.
        world.submit("https://one.example/3");
        assertThat(world.lease("a")).isEmpty();
        world.clock.advance(Duration.ofSeconds(1));
        world.mustLease("a");
    }

    @Test
    void restOutlivesTheLastWaitingJob() {
        JobsWorld world = new JobsWorld(JobsWorld.settings(Duration.ofSeconds(10), 5));
        world.submit("https://one.example/1");
        world.mustLease("a");
        assertThat(world.lease("a")).isEmpty();
        world.submit("https://one.example/2");
        assertThat(world.lease("a")).isEmpty();
        world.clock.advance(Duration.ofSeconds(10));
        world.mustLease("a");
    }

    @Test
    void hostMayHaveALimitOfItsOwn() {
        JobsWorld world = new JobsWorld(JobsWorld.settings(Duration.ofSeconds(10), 1));
        world.database
                .jdbc()
                .sql("insert into host_limit (host, concurrent, interval_millis, changed_by, changed_at)"
                        + " values ('big.example', 3, 0, 'test', now()), ('never.example', 0, 0, 'test', now())")
                .update();
        for (int i = 0; i < 4; i++) {
            world.submit("https://big.example/" + i);
            world.submit("https://never.example/" + i);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(world.mustLease("a").job().host()).isEqualTo("big.example");
        }
        assertThat(world.lease("a")).isEmpty();
    }

    @Test
    void urgentJobsGoFirstAlsoThoseSubmittedLast() {
        JobsWorld world = new JobsWorld();
        world.submit("https://a.example/1");
        world.submit("https://b.example/1");
        Submission urgent = new Submission(JobsWorld.OPTIONS, CaptureContext.NONE, JobsWorld.SECOND, 1);
        world.submissions.submit("https://a.example/urgent", urgent, JobsWorld.FIRST, null);
        assertThat(world.mustLease("x").job().url()).endsWith("/urgent");
    }

    @Test
    void oneHostsManyJobsDoNotHoldUpAnother() {
        JobsWorld world = new JobsWorld(JobsWorld.settings(Duration.ofSeconds(5), 1));
        for (int i = 0; i < 30; i++) {
            world.submit("https://many.example/" + i);
        }
        world.clock.advance(Duration.ofMillis(1));
        world.submit("https://few.example/");
        assertThat(world.mustLease("x").job().host()).isEqualTo("many.example");
        assertThat(world.mustLease("x").job().host()).isEqualTo("few.example");
    }

    @Test
    void agentHoldsNoMoreThanOneJobToCaptureAndOneToUploadForEachSlot() {
        JobsWorld world = new JobsWorld();
        for (int i = 0; i < 4; i++) {
            world.submit("https://h" + i + ".example/");
        }
        assertThat(world.leases.lease("a", "acc", "1", 0)).isEmpty();
        assertThat(world.leases.lease("a", "acc", "1", 1)).isPresent();
        Job second = world.leases.lease("a", "acc", "1", 1).orElseThrow().job();
        assertThat(world.leases.lease("a", "acc", "1", 1)).isEmpty();
        world.archived(second, UUID.randomUUID());
        assertThat(world.leases.lease("a", "acc", "1", 1)).isPresent();
    }

    @Test
    void pausedAgentGetsNothing() {
        JobsWorld world = new JobsWorld();
        world.submit("https://h.example/");
        assertThat(world.leases.lease("a", "acc", "1", 0)).isEmpty();
        world.database
                .jdbc()
                .sql("update agent set paused = true where name = 'a'")
                .update();
        assertThat(world.lease("a")).isEmpty();
        assertThat(world.lease("b")).isPresent();
    }

    @Test
    void jobWhoseTimeHasNotComeDoesNotHideOthersOfItsHost() {
        JobsWorld world = new JobsWorld();
        Submission urgent = new Submission(JobsWorld.OPTIONS, CaptureContext.NONE, JobsWorld.SECOND, 1);
        world.submissions.submit("https://h.example/urgent", urgent, JobsWorld.FIRST, null);
        Job failed = world.mustLease("a").job();
        world.jobs.fail(failed.id(), failed.epoch(), "X", "x", true);
        assertThat(world.lease("a")).isEmpty();
        world.submit("https://h.example/usual");
        assertThat(world.mustLease("a").job().url()).endsWith("/usual");
        world.clock.advance(Duration.ofSeconds(31));
        assertThat(world.mustLease("a").job().url()).endsWith("/urgent");
    }

    @Test
    void agentThatDiesBeforeTheLeaseIsCommittedHoldsNothing() {
        JobsWorld world = new JobsWorld();
        Job job = world.submit("https://h.example/");
        world.database.transactions().executeWithoutResult(status -> {
            assertThat(world.lease("a")).isPresent();
            status.setRollbackOnly();
        });
        assertThat(world.now(job).state()).isEqualTo(JobState.READY);
        assertThat(world.mustLease("b").job().epoch()).isEqualTo(1);
    }
}
