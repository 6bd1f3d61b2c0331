package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Whatever happens, in whatever order, and whoever dies meanwhile. */
class JobsCrashTest {
    private final JobsWorld world = new JobsWorld();

    /** Every job ever made is in one of the two tables and in one only, in a state its row agrees with. */
    private void requireSound(int made) throws Exception {
        assertThat(world.count("select count(*) from job join job_history using (id)"))
                .isZero();
        assertThat(world.count("select (select count(*) from job) + (select count(*) from job_history)"))
                .isEqualTo(made);
        // The last word of the audit log about a job is its state.
        assertThat(world.count("""
                        select count(*) from job_any j join lateral (
                            select action from audit_event a where a.object_type = 'job' and a.object_id = j.id::text
                                and a.action <> 'job.cancel' order by seq desc limit 1) last on true
                        where last.action <> all (case j.state
                            when 'READY' then array['job.submit', 'job.attempt.failed', 'job.retry']
                            when 'LEASED' then array['job.lease'] when 'DONE' then array['job.done']
                            when 'FAILED' then array['job.failed'] else array['job.cancelled'] end)""")).isZero();
        // Nobody who waits is forgotten by the queue of hosts.
        assertThat(world.count("select count(*) from job j where state = 'READY'"
                        + " and not exists (select 1 from host_queue q where q.host = j.host)"))
                .isZero();
        assertThat(world.chain().verify(List.of()).isIntact()).isTrue();
    }

    @Test
    void randomLivesLeaveEachJobInOneState() throws Exception {
        for (int seed = 1; seed <= 3; seed++) {
            Random random = new Random(seed);
            int before = (int) world.count("select count(*) from job_any");
            List<Job> made = new ArrayList<>();
            List<Job> leases = new ArrayList<>();
            for (int step = 0; step < 120; step++) {
                int act = random.nextInt(10);
                if (act < 2 || made.isEmpty()) {
                    made.add(world.submit("https://h" + random.nextInt(4) + ".example/" + seed + "/" + step));
                } else if (act < 5) {
                    world.lease("agent-" + random.nextInt(3)).ifPresent(lease -> leases.add(lease.job()));
                } else if (act == 5) {
                    world.clock.advance(Duration.ofSeconds(random.nextInt(100)));
                    world.jobs.takeBackLost();
                } else if (act == 6) {
                    Job job = made.get(random.nextInt(made.size()));
                    try {
                        if (random.nextBoolean()) {
                            world.jobs.cancel(job.id(), JobsWorld.FIRST, null);
                        } else {
                            world.jobs.retry(job.id(), JobsWorld.FIRST);
                        }
                    } catch (JobRefused refused) {
                        assertThat(refused.code()).isEqualTo(JobRefused.Code.WRONG_STATE);
                    }
                } else if (!leases.isEmpty()) {
                    // Old leases too: most of these come too late.
                    Job job = leases.get(random.nextInt(leases.size()));
                    Job is = world.now(job);
                    boolean holds = is.state() == JobState.LEASED && is.epoch() == job.epoch();
                    boolean known = act == 7
                            ? world.archived(job, UUID.randomUUID())
                            : act == 8
                                    ? world.jobs.fail(job.id(), job.epoch(), "X", "x", random.nextBoolean())
                                    : world.jobs.cancelled(job.id(), job.epoch());
                    assertThat(known).isEqualTo(holds);
                }
            }
            requireSound(before + made.size());
        }
    }

    @Test
    void killedConnectionsLoseAndDoubleNothing() throws Exception {
        int total = 60;
        for (int i = 0; i < total; i++) {
            world.submit("https://h" + i % 5 + ".example/" + i);
        }
        ConcurrentLinkedQueue<Long> archived = new ConcurrentLinkedQueue<>();
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(5);
        try {
            Future<Integer> killer = threads.submit(() -> kill(stop));
            List<Future<?>> agents = new ArrayList<>();
            for (int a = 0; a < 4; a++) {
                String agent = "agent-" + a;
                agents.add(threads.submit(() -> work(agent, total, archived)));
            }
            for (Future<?> agent : agents) {
                agent.get(180, TimeUnit.SECONDS);
            }
            stop.set(true);
            assertThat(killer.get(30, TimeUnit.SECONDS))
                    .as("connections killed")
                    .isPositive();
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
        assertThat(world.count("select count(*) from job_history where state = 'DONE'"))
                .isEqualTo(total);
        assertThat(archived).doesNotHaveDuplicates();
        requireSound(total);
    }

    /** Leases and archives until everything is done; an answer that was lost is asked for again, as agents do. */
    private void work(String agent, int total, ConcurrentLinkedQueue<Long> archived) {
        while (true) {
            try {
                if (world.count("select count(*) from job_history where state = 'DONE'") == total) {
                    return;
                }
                Optional<Lease> lease = world.lease(agent);
                if (lease.isEmpty()) {
                    // The lease may have been given and its answer lost: it runs out.
                    world.clock.advance(Duration.ofSeconds(5));
                    world.jobs.takeBackLost();
                    continue;
                }
                Job job = lease.get().job();
                UUID evidence = UUID.randomUUID();
                for (int attempt = 0; attempt < 50; attempt++) {
                    try {
                        if (world.archived(job, evidence)) {
                            archived.add(job.id());
                        }
                        break;
                    } catch (DataAccessException | TransactionException again) {
                        continue;
                    }
                }
            } catch (DataAccessException | TransactionException again) {
                // Killed in the middle of something: what was not committed is not there.
            }
        }
    }

    private int kill(AtomicBoolean stop) throws SQLException, InterruptedException, IOException {
        int killed = 0;
        try (Connection superuser = world.database.superuser().getConnection();
                Statement statement = superuser.createStatement()) {
            while (!stop.get() && killed < 60) {
                Thread.sleep(20);
                try (var rows = statement.executeQuery("select count(*) from (select pg_terminate_backend(pid) from"
                        + " pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                        + " and state <> 'idle' limit 1) k")) {
                    rows.next();
                    killed += rows.getInt(1);
                }
            }
        }
        return killed;
    }
}
