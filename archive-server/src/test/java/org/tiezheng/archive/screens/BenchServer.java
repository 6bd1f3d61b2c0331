package org.tiezheng.archive.screens;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;
import org.tiezheng.archive.Main;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.storage.ObjectStore;

/** The whole server on a database of the caller's, for benchmarks of what a browser sees. */
public final class BenchServer implements AutoCloseable {
    private static final int REAL = 20;

    private final ConfigurableApplicationContext context;
    private final Path data;
    private final TestUsers.User officer;

    private BenchServer(ConfigurableApplicationContext context, Path data) {
        this.context = context;
        this.data = data;
        this.officer =
                TestUsers.officer(context.getBean(Accounts.class), context.getBean(Officers.class), Role.INSPECTOR);
    }

    /**
     * Closed with its data folder.
     *
     * @param settings more of them, {@code --tiezheng.…=…}
     */
    public static BenchServer start(TestDatabase database, String... settings) throws IOException {
        Path data = Files.createTempDirectory("tiezheng-bench-server");
        SpringApplication application = new SpringApplication(Main.class);
        application.setLogStartupInfo(false);
        List<String> all = new ArrayList<>(List.of(
                "--server.port=0",
                "--logging.level.root=warn",
                "--logging.level.org.tiezheng=warn",
                "--tiezheng.data=" + data,
                "--tiezheng.agent.enabled=false",
                "--tiezheng.identity.sign-ins-per-minute=100000",
                "--tiezheng.identity.requests-per-minute=10000000",
                "--tiezheng.database.url=" + database.url(),
                "--tiezheng.database.owner-password=" + database.ownerPassword(),
                "--tiezheng.database.app-password=" + database.appPassword()));
        all.addAll(List.of(settings));
        ConfigurableApplicationContext context = application.run(all.toArray(new String[0]));
        return new BenchServer(context, data);
    }

    /** A part of the running server. */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Somebody new, signed in. */
    public TestUsers.Browser signIn(Role... roles) throws IOException, InterruptedException {
        return TestUsers.signIn(uri(), TestUsers.create(context.getBean(Accounts.class), roles));
    }

    URI uri() {
        return URI.create("http://localhost:"
                + ((WebServerApplicationContext) context).getWebServer().getPort() + "/");
    }

    TestUsers.User officer() {
        return officer;
    }

    /** A real package in this server's store. */
    UUID archive() throws IOException {
        return ArchivedPage.archive(
                context.getBean(JdbcClient.class),
                context.getBean(TransactionTemplate.class),
                context.getBean(ObjectStore.class),
                context.getBean(Clock.class),
                officer.actor());
    }

    /** A real package whose page asked for {@code images} pictures. */
    UUID archive(int images) throws IOException {
        Path folder = Files.createTempDirectory("bench-packages");
        try {
            TestPackages packages = new TestPackages(folder, Instant.parse("2026-11-21T08:00:00Z")).withImages(images);
            return new TestArchive(
                            context.getBean(JdbcClient.class),
                            context.getBean(TransactionTemplate.class),
                            context.getBean(ObjectStore.class),
                            packages,
                            context.getBean(Clock.class))
                    .archive(
                            packages.make("很多图片", "http://shop.example/many", "图片"),
                            NewEvidence.InitialLinks.NONE,
                            officer.actor());
        } finally {
            FileSystemUtils.deleteRecursively(folder);
        }
    }

    /** Times of whole pages, signed in, over HTTP; the evidence pages are of real packages in the store. */
    public void pages(int runs) throws IOException, InterruptedException {
        List<UUID> real = new ArrayList<>();
        for (int i = 0; i < REAL; i++) {
            real.add(archive());
        }
        TestUsers.Browser browser = TestUsers.signIn(uri(), officer);
        page(browser, runs, "page: evidence (goal: p95 below 300 ms)", i -> "/evidence/" + real.get(i % REAL));
        page(browser, runs, "page: evidence, custody", i -> "/evidence/" + real.get(i % REAL) + "/history");
        page(browser, runs, "page: evidence, wire", i -> "/evidence/" + real.get(i % REAL) + "/wire");
        page(browser, runs, "page: evidence list of 50", i -> "/evidence");
        page(browser, runs, "page: evidence list of 500", i -> "/evidence?limit=500");
        page(browser, runs, "page: evidence list, a word in every tenth row", i -> "/evidence?q=%E4%B8%80%E5%94%90");
        page(browser, runs, "page: home", i -> "/");
    }

    /** Path of the i-th request. */
    public interface Address {
        String of(int i);
    }

    /** Times of one page; the first request, which nothing was kept for, is told apart. */
    public static void page(TestUsers.Browser browser, int runs, String name, Address address)
            throws IOException, InterruptedException {
        double[] millis = new double[runs];
        long bytes = 0;
        double first = 0;
        for (int i = -5; i < runs; i++) {
            long begin = System.nanoTime();
            HttpResponse<String> answer = browser.get(address.of(i + 5));
            double took = (System.nanoTime() - begin) / 1e6;
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(address.of(i + 5) + ": " + answer.statusCode());
            }
            bytes = answer.body().length();
            first = i == -5 ? took : first;
            if (i >= 0) {
                millis[i] = took;
            }
        }
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%-60s median %7.1f ms   p95 %7.1f ms   worst %7.1f ms   first %7.1f ms   %d kB%n",
                name,
                millis[runs / 2],
                millis[(int) (runs * 0.95)],
                millis[runs - 1],
                first,
                bytes / 1000);
    }

    @Override
    public void close() {
        context.close();
        FileSystemUtils.deleteRecursively(data.toFile());
    }
}
