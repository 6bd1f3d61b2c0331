package org.tiezheng.archive.jobs;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.unit.DataSize;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.LocalPostgres;
import org.tiezheng.archive.database.Migrations;
import org.tiezheng.archive.settings.ArchiveFolder;

/**
 * Leases and archives jobs as agents and ingest do, each in its own transaction with its audit event, on the PostgreSQL of
 * the server's one-machine mode (fsync on).
 *
 * <p>Arguments: folder, jobs waiting, hosts they are on, jobs to lease, clients.
 */
final class LeaseBench {
    private LeaseBench() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int waiting = Integer.parseInt(arguments[1]);
        int hosts = Integer.parseInt(arguments[2]);
        int pairs = Integer.parseInt(arguments[3]);
        int clients = Integer.parseInt(arguments[4]);
        Files.createDirectories(folder);
        ArchiveFolder archive = ArchiveFolder.open(folder);
        LocalPostgres postgres =
                LocalPostgres.start(archive.root(), archive.folder("pg-binaries"), archive.secrets(), clients + 20);
        try (HikariDataSource pool = new HikariDataSource()) {
            PGSimpleDataSource owner = new PGSimpleDataSource();
            owner.setUrl(postgres.jdbcUrl());
            owner.setUser("tiezheng_owner");
            owner.setPassword(archive.secrets().get("database-owner"));
            Migrations.run(owner);
            pool.setJdbcUrl(postgres.jdbcUrl());
            pool.setUsername("tiezheng_app");
            pool.setPassword(archive.secrets().get("database-app"));
            pool.setMaximumPoolSize(clients + 2);
            fill(new JdbcTemplate(owner), waiting, hosts);
            measure(pool, waiting, hosts, pairs, clients);
        } finally {
            postgres.close();
        }
    }

    private static void fill(JdbcTemplate db, int waiting, int hosts) {
        db.execute(
                "insert into job (state, priority, run_at, host, url, page_key, options, context, officers, submitted_by,"
                        + " submitted_name, submitted_at, changed_at) select 'READY', 5, now(), 'h' || i % " + hosts
                        + " || '.example', 'https://h' || i % " + hosts + " || '.example/item/' || i, i::text,"
                        + " '{\"profile\":\"desktop\",\"language\":\"zh-CN\",\"videoSeconds\":60,\"timeoutSeconds\":180}', '{}',"
                        + " '[{\"accountId\":\"1\",\"name\":\"a\",\"unit\":\"b\",\"certNo\":\"c\"}]', '1', 'a', now(), now()"
                        + " from generate_series(1, " + waiting + ") i");
        db.execute("insert into host_queue (host, head_priority, start_at, next_at)"
                + " select distinct host, 5, now(), now() from job");
        db.execute("analyze job, host_queue");
    }

    private static void measure(HikariDataSource pool, int waiting, int hosts, int pairs, int clients)
            throws Exception {
        JdbcTemplate template = new JdbcTemplate(pool);
        JdbcClient client = JdbcClient.create(template);
        TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(pool));
        Clock clock = Clock.systemUTC();
        AuditLog audit = new AuditLog(client, clock);
        JobTable table = new JobTable(template);
        JobSettings d = JobSettings.defaults();
        // Politeness is not what is measured here, but its look-ups and locks are.
        JobSettings settings = new JobSettings(
                d.lease(),
                5,
                d.backoffFirst(),
                d.backoffMost(),
                100_000,
                Duration.ZERO,
                10_000,
                DataSize.ofMegabytes(5),
                List.of(),
                List.of(),
                d.housekeeping(),
                d.keepSubmissions());
        Leases leases = new Leases(template, table, transactions, audit, settings, clock);
        Backoff backoff = new Backoff(settings.backoffFirst(), settings.backoffMost(), new Random(1));
        Jobs jobs = new Jobs(client, table, transactions, audit, backoff, settings, clock);

        AtomicInteger next = new AtomicInteger();
        AtomicInteger empty = new AtomicInteger();
        AtomicLongArray leaseNanos = new AtomicLongArray(pairs);
        ConcurrentHashMap<Long, Boolean> seen = new ConcurrentHashMap<>();
        CountDownLatch begin = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        Future<?>[] futures = new Future<?>[clients];
        for (int c = 0; c < clients; c++) {
            String agent = "agent-" + c;
            futures[c] = threads.submit(() -> {
                begin.await();
                for (int i = next.getAndIncrement(); i < pairs; i = next.getAndIncrement()) {
                    Optional<Lease> lease;
                    long from;
                    do {
                        from = System.nanoTime();
                        lease = leases.lease(agent, "bench", "1", 10);
                        if (lease.isEmpty()) {
                            empty.incrementAndGet();
                        }
                    } while (lease.isEmpty());
                    leaseNanos.set(i, System.nanoTime() - from);
                    Job job = lease.get().job();
                    if (seen.put(job.id(), true) != null) {
                        throw new IllegalStateException("job " + job.id() + " was leased twice");
                    }
                    transactions.executeWithoutResult(
                            status -> jobs.archived(job.id(), job.epoch(), UUID.randomUUID()));
                }
                return null;
            });
        }
        long start = System.nanoTime();
        begin.countDown();
        for (Future<?> future : futures) {
            future.get();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        threads.shutdown();
        long[] sorted = new long[pairs];
        for (int i = 0; i < pairs; i++) {
            sorted[i] = leaseNanos.get(i);
        }
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%,10d waiting on %,6d hosts, %d clients: %,6d leased and archived in %6.1f s = %6.1f/s; lease p50 %.1f ms, p95"
                        + " %.1f ms; no double; asked in vain %d times%n",
                waiting,
                hosts,
                clients,
                pairs,
                seconds,
                pairs / seconds,
                sorted[pairs / 2] / 1e6,
                sorted[pairs * 95 / 100] / 1e6,
                empty.get());
    }
}
