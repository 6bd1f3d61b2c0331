package org.tiezheng.capture.environment;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.environment.CleanlinessCheck.Item;
import org.tiezheng.capture.environment.CleanlinessCheck.Result;
import org.tiezheng.capture.relay.Addresses;
import org.tiezheng.capture.relay.DnsProbe;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.Relay;
import org.tiezheng.capture.relay.Resolution;

/**
 * Looks at machine, programs, network and processes once. Every question has its own bound and fails alone; the whole takes at
 * most {@link #QUESTION_TIMEOUT} plus a little. Keep one for a batch of captures: it remembers the digests of programs.
 */
public final class EnvironmentSurvey {
    /** Enough to hash 300 MB of Chromium on a busy machine. */
    static final Duration QUESTION_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration OUTSIDE_TIMEOUT = Duration.ofSeconds(5);

    /**
     * @param dataFolder where captures are written; need not exist yet
     * @param leastFreeBytes below it the disk check is not OK
     * @param egressService answers with the public address it sees; null, the default: nobody is asked
     */
    public record Settings(
            List<Program.Query> programs,
            Path dataFolder,
            long leastFreeBytes,
            @Nullable URI egressService,
            Path hostsFile) {

        public Settings {
            programs = List.copyOf(programs);
        }

        /** 2 GiB free, nobody asked for the egress address, {@code /etc/hosts}. */
        public static Settings of(List<Program.Query> programs, Path dataFolder) {
            return new Settings(programs, dataFolder, 2L << 30, null, Path.of("/etc/hosts"));
        }

        public Settings withEgressService(@Nullable URI service) {
            return new Settings(programs, dataFolder, leastFreeBytes, service, hostsFile);
        }
    }

    private final Settings settings;
    private final Clock clock;
    private final ProgramInspector inspector = new ProgramInspector();

    public EnvironmentSurvey(Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Never fails. Interrupting it makes the rest unavailable.
     *
     * @param targetHost name of the host to be captured, for the DNS check; null if there is none or it is an address
     * @param targetPort its port, or 0
     * @param policy decides which addresses a name server may give for it
     */
    public EnvironmentRecord survey(@Nullable String targetHost, int targetPort, EgressPolicy policy) {
        Instant takenAt = clock.instant();
        long startedNanos = System.nanoTime();
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "environment");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Questions questions = new Questions(startedNanos + QUESTION_TIMEOUT.toNanos());
            Future<ToolIdentity> tool = threads.submit(ToolIdentity::own);
            Future<Machine> machine = threads.submit(() -> Machine.look(settings.dataFolder()));
            Future<SandboxCapability> sandbox = threads.submit(SandboxCapability::look);
            Future<Fonts> fonts = threads.submit(() -> Fonts.look(COMMAND_TIMEOUT));
            Future<ProcessList> processes = threads.submit(ProcessList::look);
            Future<List<NetworkEnvironment.Interface>> interfaces = threads.submit(NetworkSurvey::interfaces);
            Future<List<String>> gateways = threads.submit(() -> NetworkSurvey.gateways(Path.of("/proc")));
            Future<List<String>> servers = threads.submit(NetworkSurvey::dnsServers);
            Future<NetworkEnvironment.HostsTable> hosts =
                    threads.submit(() -> NetworkSurvey.hosts(settings.hostsFile()));
            Future<String> egress = threads.submit(this::egressIp);
            Future<CleanlinessCheck> antivirus = threads.submit(this::antivirus);
            Future<CleanlinessCheck> dns = threads.submit(() -> dns(targetHost, targetPort, policy));
            List<Future<Program>> programs = new ArrayList<>();
            for (Program.Query query : settings.programs()) {
                programs.add(threads.submit(() -> inspector.inspect(query)));
            }

            Machine theMachine = questions.answer("machine", machine, null);
            if (theMachine == null) {
                theMachine = Machine.look(settings.dataFolder()); // reads a few small files of the kernel: cannot hang
            }
            List<Program> thePrograms = new ArrayList<>();
            for (int i = 0; i < programs.size(); i++) {
                String name = settings.programs().get(i).name();
                Program program = questions.answer(name, programs.get(i), null);
                thePrograms.add(program != null ? program : new Program(name, null, null, null, null, "timeout"));
            }
            String egressIp = questions.answer("egress-ip", egress, null);
            NetworkEnvironment network = new NetworkEnvironment(
                    egressIp,
                    serviceName(settings.egressService()),
                    egressIp == null ? questions.reason("egress-ip") : null,
                    orElse(questions.answer("interfaces", interfaces, null), List.of()),
                    orElse(questions.answer("gateways", gateways, null), List.of()),
                    orElse(questions.answer("dns-servers", servers, null), List.of()),
                    NetworkSurvey.proxies(System.getenv(), System.getProperties()),
                    orElse(
                            questions.answer("hosts-file", hosts, null),
                            new NetworkEnvironment.HostsTable(null, List.of(), 0, "timeout")));
            ProcessList theProcesses = questions.answer("processes", processes, null);
            Map<Item, CleanlinessCheck> checks = new EnumMap<>(Item.class);
            put(checks, orElse(questions.answer("antivirus", antivirus, null), none(Item.ANTIVIRUS, "timeout")));
            put(checks, orElse(questions.answer("dns", dns, null), none(Item.DNS, "timeout")));
            put(checks, processes(theProcesses));
            put(checks, proxies(network.proxies()));
            put(checks, hosts(network.hostsFile()));
            put(checks, route(network));
            put(checks, disk(theMachine.freeDiskBytes()));
            List<CleanlinessCheck> cleanliness = new ArrayList<>();
            for (Item item : Item.values()) {
                cleanliness.add(checks.getOrDefault(item, none(item, "not-checked")));
            }
            return new EnvironmentRecord(
                    takenAt,
                    (System.nanoTime() - startedNanos) / 1_000_000,
                    orElse(questions.answer("tool", tool, null), new ToolIdentity("unknown", null)),
                    theMachine,
                    thePrograms,
                    questions.answer("fonts", fonts, null),
                    orElse(
                            questions.answer("sandbox", sandbox, null),
                            new SandboxCapability(false, List.of("not-available"))),
                    network,
                    theProcesses,
                    cleanliness,
                    questions.unavailable);
        } finally {
            threads.shutdownNow();
        }
    }

    /** Waits for answers and notes the questions that stay open. */
    private static final class Questions {
        private final long deadlineNanos;
        private final List<Unavailable> unavailable = new ArrayList<>();

        Questions(long deadlineNanos) {
            this.deadlineNanos = deadlineNanos;
        }

        <T> @Nullable T answer(String item, Future<T> question, @Nullable T otherwise) {
            String reason;
            try {
                return question.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                question.cancel(true);
                reason = "timeout";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reason = "interrupted";
            } catch (ExecutionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            }
            unavailable.add(new Unavailable(item, reason));
            return otherwise;
        }

        String reason(String item) {
            return unavailable.stream()
                    .filter(each -> each.item().equals(item))
                    .map(Unavailable::reason)
                    .findFirst()
                    .orElse("unknown");
        }
    }

    private String egressIp() throws IOException, InterruptedException {
        URI service = settings.egressService();
        if (service == null) {
            throw new IOException("not-asked");
        }
        return NetworkSurvey.egressIp(service, OUTSIDE_TIMEOUT);
    }

    private static @Nullable String serviceName(@Nullable URI service) {
        return service == null ? null : service.getScheme() + "://" + service.getRawAuthority() + service.getRawPath();
    }

    private CleanlinessCheck antivirus() {
        try {
            Command.Output said = Command.run(COMMAND_TIMEOUT, 4096, List.of("clamscan", "--version"));
            return none(
                    Item.ANTIVIRUS,
                    "installed, no scan made for this capture: " + said.text().strip());
        } catch (IOException e) {
            return none(Item.ANTIVIRUS, "clamscan: " + e.getMessage());
        }
    }

    /** Asks every name server of the machine on its own. Differing answers are normal (CDN); silence or internal addresses are not. */
    private CleanlinessCheck dns(@Nullable String host, int port, EgressPolicy policy) throws InterruptedException {
        List<InetSocketAddress> servers = Relay.systemDnsServers();
        if (host == null || servers.isEmpty()) {
            return none(Item.DNS, host == null ? "no name to resolve" : "no name server configured");
        }
        List<String> said = new ArrayList<>();
        boolean anyAnswer = false;
        boolean allGood = true;
        for (InetSocketAddress server : servers.subList(0, Math.min(3, servers.size()))) {
            Resolution resolution = DnsProbe.ask(server, host, clock, Duration.ofSeconds(2));
            List<String> addresses = resolution.seen().stream()
                    .map(address -> Addresses.text(address)
                            + policy.refusal(host, address, port)
                                    .map(rule -> " (" + rule + ")")
                                    .orElse(""))
                    .toList();
            anyAnswer |= resolution.error() == null;
            allGood &= resolution.error() == null
                    && resolution.seen().stream()
                            .allMatch(address ->
                                    policy.refusal(host, address, port).isEmpty());
            said.add(Addresses.text(server) + " says "
                    + (resolution.error() == null ? String.join(", ", addresses) : resolution.error()));
        }
        Result result = allGood ? Result.OK : anyAnswer ? Result.NOT_OK : Result.NOT_AVAILABLE;
        return new CleanlinessCheck(Item.DNS, result, host + "; " + String.join("; ", said), clock.instant());
    }

    private CleanlinessCheck processes(@Nullable ProcessList processes) {
        if (processes == null) {
            return none(Item.PROCESSES, "not-available");
        }
        List<String> names = processes.suspicious().stream()
                .map(each -> each.name() + " (" + each.kind() + ")")
                .toList();
        return new CleanlinessCheck(
                Item.PROCESSES,
                names.isEmpty() ? Result.OK : Result.NOT_OK,
                processes.total() + " processes" + (names.isEmpty() ? "" : ", among them " + String.join(", ", names)),
                clock.instant());
    }

    private CleanlinessCheck proxies(List<String> proxies) {
        return new CleanlinessCheck(
                Item.NO_PROXY,
                proxies.isEmpty() ? Result.OK : Result.NOT_OK,
                proxies.isEmpty() ? "none but the recorder's own relay" : String.join(", ", proxies),
                clock.instant());
    }

    private CleanlinessCheck hosts(NetworkEnvironment.HostsTable hosts) {
        if (hosts.sha256() == null) {
            return none(Item.HOSTS_FILE, orElse(hosts.reason(), "not-available"));
        }
        return new CleanlinessCheck(
                Item.HOSTS_FILE,
                hosts.unusualTotal() == 0 ? Result.OK : Result.NOT_OK,
                hosts.sha256() + (hosts.unusualTotal() == 0 ? "" : ", " + hosts.unusualTotal() + " unusual entries"),
                clock.instant());
    }

    private CleanlinessCheck route(NetworkEnvironment network) {
        return new CleanlinessCheck(
                Item.ROUTE,
                network.gateways().isEmpty() ? Result.NOT_OK : Result.OK,
                (network.gateways().isEmpty() ? "no default route" : "via " + String.join(", ", network.gateways()))
                        + (network.vpnLike().isEmpty() ? "" : "; VPN-like: " + String.join(", ", network.vpnLike())),
                clock.instant());
    }

    private CleanlinessCheck disk(@Nullable Long freeBytes) {
        return freeBytes == null
                ? none(Item.DISK_FREE, "not-available")
                : new CleanlinessCheck(
                        Item.DISK_FREE,
                        freeBytes >= settings.leastFreeBytes() ? Result.OK : Result.NOT_OK,
                        freeBytes + " bytes free, at least " + settings.leastFreeBytes() + " wanted",
                        clock.instant());
    }

    private CleanlinessCheck none(Item item, String why) {
        return new CleanlinessCheck(item, Result.NOT_AVAILABLE, why, clock.instant());
    }

    private static void put(Map<Item, CleanlinessCheck> checks, CleanlinessCheck check) {
        checks.put(check.item(), check);
    }

    private static <T> T orElse(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
