package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.jobs.CaptureContext;
import org.tiezheng.archive.jobs.CaptureOptions;
import org.tiezheng.archive.jobs.Job;
import org.tiezheng.archive.jobs.JobState;
import org.tiezheng.archive.jobs.Jobs;
import org.tiezheng.archive.jobs.Submission;
import org.tiezheng.archive.jobs.Submissions;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.StoreSettings;
import org.tiezheng.storage.ObjectVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code demo}: the server with all defaults, accounts for each role, and one capture of the demo shop through the job queue.
 * The launcher starts the shop.
 */
@Command(name = "demo", hidden = true)
final class DemoCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Console console;
    private final Class<?> server;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Option(names = "--port", paramLabel = "N", descriptionKey = "option.port")
    private @Nullable Integer port;

    @Option(names = "--shop-url", paramLabel = "URL", required = true, descriptionKey = "option.shop-url")
    private String shopUrl = "";

    @Option(names = "--shop-spki", paramLabel = "BASE64", required = true, descriptionKey = "option.shop-spki")
    private String shopSpki = "";

    /** Of curl, for asking the S3 server that is the store; null without one. */
    @Option(names = "--curl-config", paramLabel = "FILE", descriptionKey = "option.curl-config")
    private @Nullable Path curlConfig;

    DemoCommand(Console console, Class<?> server) {
        this.console = console;
        this.server = server;
    }

    /** Who can sign in; names are those of their tasks. */
    private enum Person {
        JIA("jia", "执法人员甲", "DEMO-0001", Role.INSPECTOR),
        YI("yi", "执法人员乙", "DEMO-0002", Role.SECOND_OFFICER),
        SHENHE("shenhe", "法制审核员", null, Role.LEGAL_REVIEWER),
        LINGDAO("lingdao", "负责人", null, Role.RESPONSIBLE_LEADER),
        DANGAN("dangan", "档案员", null, Role.ARCHIVIST),
        SHENJI("shenji", "审计员", null, Role.AUDITOR),
        GUANLI("guanli", "系统管理员", null, Role.SYSTEM_ADMINISTRATOR);

        private final String username;
        private final String displayName;
        private final @Nullable String certificate;
        private final Role role;

        Person(String username, String displayName, @Nullable String certificate, Role role) {
            this.username = username;
            this.displayName = displayName;
            this.certificate = certificate;
            this.role = role;
        }
    }

    @Override
    public Integer call() throws Console.UserError, IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(shared.arguments(console));
        arguments.add("--tiezheng.jobs.allow-hosts=localhost");
        arguments.add("--tiezheng.jobs.trust-spki=" + shopSpki);
        if (port != null) {
            arguments.add("--server.port=" + port);
        }
        Optional<RunningServer> started = RunningServer.start(console, server, shared, arguments);
        if (started.isEmpty()) {
            return ExitCode.FAILED;
        }
        RunningServer running = started.get();
        // The same at every start of this demo, another on every machine.
        String password = "Shizheng-"
                + running.bean(ArchiveFolder.class)
                        .secrets()
                        .get("demo-password")
                        .substring(0, 8);
        Actor inspector = people(running, password);
        Texts texts = console.texts();
        console.out().println(texts.get("demo.capture", shopUrl));
        Job ended = capture(running, inspector);
        if (ended.state() == JobState.DONE) {
            console.out().println(texts.get("demo.archived", running.url() + "evidence/" + ended.evidenceId()));
            if (curlConfig != null && ended.evidenceId() != null) {
                tryToDelete(running, curlConfig, ended.evidenceId());
            }
        } else if (!running.isStopped()) {
            console.out()
                    .println(texts.get(
                            "demo.not-archived",
                            String.valueOf(ended.id()),
                            ended.state().name(),
                            String.valueOf(ended.failureCode()),
                            String.valueOf(ended.failureMessage())));
        }
        console.out().println(texts.get("demo.sign-in", running.url(), password));
        for (Person person : Person.values()) {
            console.out()
                    .println("  " + person.username + "  " + person.displayName + "  "
                            + texts.get("demo.role." + person.role.name()));
        }
        console.out().println(texts.get("demo.up", shopUrl));
        running.await();
        return ExitCode.OK;
    }

    private void tryToDelete(RunningServer running, Path curl, UUID evidence) throws IOException, InterruptedException {
        StoreSettings store = running.bean(StoreSettings.class);
        // The first member is capture.wacz, the capture itself.
        ObjectVersion version =
                running.bean(EvidenceCatalogue.class).objects(evidence).get(0).version();
        console.out().println(console.texts().get("demo.lock", version.key()));
        boolean holds = new LockTrial(console.out(), curl, store.endpoint() + "/" + store.bucket()).holds(version);
        console.out().println(console.texts().get(holds ? "demo.lock-holds" : "demo.lock-broken"));
    }

    /** @return the inspector, as actor */
    private Actor people(RunningServer running, String password) {
        Accounts accounts = running.bean(Accounts.class);
        Officers officers = running.bean(Officers.class);
        Actor by = Actor.system("demo");
        LocalDate today = LocalDate.ofInstant(console.clock().instant(), ZoneOffset.ofHours(8));
        for (Person person : Person.values()) {
            if (accounts.findByUsername(person.username).isEmpty()) {
                Account account = accounts.create(
                                new NewAccount(person.username, person.displayName, Set.of(person.role), password), by)
                        .account();
                if (person.certificate != null) {
                    officers.set(
                            account.id(), "演示市市场监督管理局", person.certificate, today.minusDays(1), today.plusYears(3), by);
                }
            }
        }
        Account inspector = accounts.findByUsername(Person.JIA.username).orElseThrow();
        return new Actor(
                inspector.id().toString(),
                inspector.displayName(),
                Role.INSPECTOR.name(),
                Person.JIA.certificate,
                null,
                null);
    }

    private Job capture(RunningServer running, Actor inspector) throws InterruptedException {
        String second = running.bean(Accounts.class)
                .findByUsername(Person.YI.username)
                .orElseThrow()
                .id()
                .toString();
        Submission submission = new Submission(
                new CaptureOptions("desktop", "zh-CN", 10, 300),
                new CaptureContext("演示-线索-1", null, "演示取证", "网店首页展示的内容", "演示网店", null),
                second,
                Submission.USUAL);
        Job job = running.bean(Submissions.class).submit(shopUrl, submission, inspector, null);
        Jobs jobs = running.bean(Jobs.class);
        Instant deadline = console.clock().instant().plus(PATIENCE);
        while (!job.state().finished() && console.clock().instant().isBefore(deadline) && !running.isStopped()) {
            Thread.sleep(500);
            job = jobs.find(job.id()).orElse(job);
        }
        return job;
    }
}
