package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two servers on one database: what one does, the other hears. */
class JobNoticesTest {
    private final JobsWorld world = new JobsWorld();
    private final JobNotices other = new JobNotices(world.database.dataSource());
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @BeforeEach
    void listen() throws Exception {
        other.add(new JobNotices.Listener() {
            @Override
            public void changed(long jobId, @Nullable Long batchId) {
                heard.add(jobId + "/" + batchId);
            }

            @Override
            public void ready() {
                heard.add("ready");
            }

            @Override
            public void anything() {
                heard.add("anything");
            }
        });
        other.start();
        await("anything");
    }

    @AfterEach
    void stop() {
        other.stop();
    }

    private void await(String notice) throws InterruptedException {
        String next;
        do {
            next = heard.poll(30, TimeUnit.SECONDS);
            assertThat(next).as("waiting for " + notice).isNotNull();
        } while (!notice.equals(next));
    }

    @Test
    void everyChangeIsHeard() throws Exception {
        Job job = world.submit("https://a.example/");
        await("ready");
        await(job.id() + "/null");
        world.mustLease("a");
        await(job.id() + "/null");
    }

    @Test
    void whatIsNotCommittedIsNotHeard() throws Exception {
        world.database.transactions().executeWithoutResult(status -> {
            world.submit("https://a.example/");
            status.setRollbackOnly();
        });
        Job job = world.submit("https://b.example/");
        await(job.id() + "/null");
        assertThat(heard).noneMatch(notice -> notice.contains("/") && !notice.equals(job.id() + "/null"));
    }

    @Test
    void lostConnectionIsMadeAnewAndSaysSo() throws Exception {
        try (Connection superuser = world.database.superuser().getConnection();
                Statement statement = superuser.createStatement()) {
            statement.execute("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'"
                    + " and datname = current_database()");
        }
        await("anything");
        Job job = world.submit("https://a.example/");
        await(job.id() + "/null");
    }

    @Test
    void agentThatWaitsAtOneServerGetsWhatWasSubmittedAtAnother() throws Exception {
        LeaseDesk desk = new LeaseDesk(world.leases);
        other.add(desk);
        CompletableFuture<Optional<Lease>> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return desk.lease("a", "account", "1", 1, Duration.ofSeconds(25));
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        });
        Job job = world.submit("https://a.example/");
        assertThat(waiting.get(40, TimeUnit.SECONDS))
                .hasValueSatisfying(lease -> assertThat(lease.job().id()).isEqualTo(job.id()));
        desk.close();
    }
}
