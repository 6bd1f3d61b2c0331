package org.tiezheng.archive.evidencepage.capture;

import static org.tiezheng.archive.evidencepage.capture.ViewJson.list;
import static org.tiezheng.archive.evidencepage.capture.ViewJson.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code evidence/capture.json} as far as the screens show it. The keys are those of docs/capture.schema.json, which also
 * says what each means. A key that is missing is an empty text or list, or null where the schema lets it be absent.
 */
public record CaptureView(
        String format,
        String id,
        Request request,
        Target target,
        List<Step> steps,
        Environment environment,
        Clock clock,
        Network network,
        Tls tls,
        TimeBracket timeBracket,
        Completeness completeness,
        List<Artefact> artefacts,
        List<Incident> incidents,
        Tool tool) {
    public static final String PATH = "evidence/capture.json";
    static final String FORMAT = "tiezheng-capture/1";

    private static final int MANY = 5000;
    private static final int FEW = 200;

    public CaptureView(
            @Nullable String format,
            @Nullable String id,
            @Nullable Request request,
            @Nullable Target target,
            @Nullable List<Step> steps,
            @Nullable Environment environment,
            @Nullable Clock clock,
            @Nullable Network network,
            @Nullable Tls tls,
            @Nullable TimeBracket timeBracket,
            @Nullable Completeness completeness,
            @Nullable List<Artefact> artefacts,
            @Nullable List<Incident> incidents,
            @Nullable Tool tool) {
        this.format = text(format);
        this.id = text(id);
        this.request = request == null ? Request.NONE : request;
        this.target = target == null ? Target.NONE : target;
        this.steps = list(steps, FEW);
        this.environment = environment == null ? new Environment(null, null, null) : environment;
        this.clock = clock == null ? new Clock(0, null, null, 0, 0, null, null, null, null) : clock;
        this.network = network == null ? new Network(null, null, 0, 0, 0, null, null) : network;
        this.tls = tls == null ? new Tls(null) : tls;
        this.timeBracket = timeBracket == null ? new TimeBracket(null, null) : timeBracket;
        this.completeness = completeness == null ? new Completeness(null, null, null, null) : completeness;
        this.artefacts = list(artefacts, MANY);
        this.incidents = list(incidents, MANY);
        this.tool = tool == null ? new Tool(null, null, null, null) : tool;
    }

    /** Reads capture.json; closes {@code in}. */
    public static CaptureView read(InputStream in) throws UnreadableFileException, IOException {
        CaptureView view = ViewJson.read(in, "capture.json", CaptureView.class);
        if (!view.format.equals(FORMAT)) {
            throw new UnreadableFileException("capture.json is not of the format " + FORMAT);
        }
        return view;
    }

    /** The file {@code path} of the capture, if capture.json lists it. */
    public Optional<Artefact> artefact(String path) {
        return artefacts.stream()
                .filter(artefact -> artefact.path().equals(path))
                .findFirst();
    }

    /** The step of this name that ended otherwise than well: why an artefact is missing. */
    public Optional<Step> failed(String name) {
        return steps.stream()
                .filter(step -> step.name().equals(name) && !step.outcome().equals("ok"))
                .findFirst();
    }

    /** What was asked for. */
    public record Request(
            String url,
            String receivedAt,
            String device,
            String language,
            String timezone,
            int timeoutSeconds,
            int videoSeconds,
            List<String> allowedHosts,
            List<String> trustedSpki,
            boolean recordInvalidTls,
            @Nullable String caseNo,
            @Nullable String purpose,
            List<String> officers) {
        static final Request NONE =
                new Request(null, null, null, null, null, 0, 0, null, null, false, null, null, null);

        public Request(
                @Nullable String url,
                @Nullable String receivedAt,
                @Nullable String device,
                @Nullable String language,
                @Nullable String timezone,
                int timeoutSeconds,
                int videoSeconds,
                @Nullable List<String> allowedHosts,
                @Nullable List<String> trustedSpki,
                boolean recordInvalidTls,
                @Nullable String caseNo,
                @Nullable String purpose,
                @Nullable List<String> officers) {
            this.url = text(url);
            this.receivedAt = text(receivedAt);
            this.device = text(device);
            this.language = text(language);
            this.timezone = text(timezone);
            this.timeoutSeconds = timeoutSeconds;
            this.videoSeconds = videoSeconds;
            this.allowedHosts = list(allowedHosts, FEW);
            this.trustedSpki = list(trustedSpki, FEW);
            this.recordInvalidTls = recordInvalidTls;
            this.caseNo = caseNo;
            this.purpose = purpose;
            this.officers = list(officers, FEW);
        }
    }

    /** The page that was reached. */
    public record Target(
            String inputUrl,
            @Nullable String finalUrl,
            List<Redirect> redirects,
            @Nullable String title,
            @Nullable String method,
            @Nullable Integer status,
            List<Header> headers,
            @Nullable String serverIp,
            @Nullable String icpNo) {
        static final Target NONE = new Target(null, null, null, null, null, null, null, null, null);

        public Target(
                @Nullable String inputUrl,
                @Nullable String finalUrl,
                @Nullable List<Redirect> redirects,
                @Nullable String title,
                @Nullable String method,
                @Nullable Integer status,
                @Nullable List<Header> headers,
                @Nullable String serverIp,
                @Nullable String icpNo) {
            this.inputUrl = text(inputUrl);
            this.finalUrl = finalUrl;
            this.redirects = list(redirects, FEW);
            this.title = title;
            this.method = method;
            this.status = status;
            this.headers = list(headers, FEW);
            this.serverIp = serverIp;
            this.icpNo = icpNo;
        }
    }

    public record Redirect(
            @Nullable String from,
            @Nullable String to,
            int status,
            @Nullable String at) {}

    public record Header(@Nullable String name, @Nullable String value) {}

    /** One step, times as in the file. */
    public record Step(
            int no,
            String name,
            String startedAt,
            String endedAt,
            String outcome,
            @Nullable String detail) {
        public Step(
                int no,
                @Nullable String name,
                @Nullable String startedAt,
                @Nullable String endedAt,
                @Nullable String outcome,
                @Nullable String detail) {
            this.no = no;
            this.name = text(name);
            this.startedAt = text(startedAt);
            this.endedAt = text(endedAt);
            this.outcome = text(outcome);
            this.detail = detail;
        }
    }

    public record Environment(
            @Nullable Survey survey, @Nullable Browser browser, List<String> fontsUsed) {
        public Environment(@Nullable Survey survey, @Nullable Browser browser, @Nullable List<String> fontsUsed) {
            this.survey = survey;
            this.browser = browser;
            this.fontsUsed = list(fontsUsed, FEW);
        }
    }

    public record Survey(
            @Nullable String takenAt,
            @Nullable Machine machine,
            List<Program> programs,
            @Nullable Fonts fonts,
            @Nullable SurveyNetwork network,
            @Nullable Processes processes,
            List<Cleanliness> cleanliness,
            List<Unavailable> unavailable) {
        public Survey(
                @Nullable String takenAt,
                @Nullable Machine machine,
                @Nullable List<Program> programs,
                @Nullable Fonts fonts,
                @Nullable SurveyNetwork network,
                @Nullable Processes processes,
                @Nullable List<Cleanliness> cleanliness,
                @Nullable List<Unavailable> unavailable) {
            this.takenAt = takenAt;
            this.machine = machine;
            this.programs = list(programs, FEW);
            this.fonts = fonts;
            this.network = network;
            this.processes = processes;
            this.cleanliness = list(cleanliness, FEW);
            this.unavailable = list(unavailable, FEW);
        }
    }

    public record Machine(
            @Nullable String os,
            @Nullable String kernel,
            @Nullable String arch,
            @Nullable String jvm,
            @Nullable String cpu,
            int processors,
            @Nullable Long memoryBytes,
            @Nullable String user,
            @Nullable String locale,
            @Nullable String timeZone,
            @Nullable Long freeDiskBytes,
            List<String> container) {
        public Machine {
            container = list(container, FEW);
        }
    }

    public record Program(
            @Nullable String name,
            @Nullable String path,
            @Nullable String version,
            @Nullable String sha256,
            @Nullable String debianPackage,
            @Nullable String reason) {}

    public record Fonts(int count, @Nullable String listSha256, List<String> cjkFamilies) {
        public Fonts {
            cjkFamilies = list(cjkFamilies, FEW);
        }
    }

    public record SurveyNetwork(
            @Nullable String egressIp,
            @Nullable String egressService,
            @Nullable String egressIpReason,
            List<Interface> interfaces,
            List<String> gateways,
            List<String> dnsServers,
            List<String> proxies,
            @Nullable HostsFile hostsFile) {
        public SurveyNetwork {
            interfaces = list(interfaces, FEW);
            gateways = list(gateways, FEW);
            dnsServers = list(dnsServers, FEW);
            proxies = list(proxies, FEW);
        }
    }

    public record Interface(@Nullable String name, List<String> addresses, boolean loopback, boolean vpnLike) {
        public Interface {
            addresses = list(addresses, FEW);
        }
    }

    public record HostsFile(
            @Nullable String sha256,
            List<String> unusual,
            int unusualTotal,
            @Nullable String reason) {
        public HostsFile {
            unusual = list(unusual, FEW);
        }
    }

    public record Processes(List<Process> entries, int total, List<Suspicious> suspicious) {
        public Processes {
            entries = list(entries, MANY);
            suspicious = list(suspicious, FEW);
        }
    }

    public record Process(
            int pid, @Nullable String name, @Nullable String user) {}

    public record Suspicious(
            int pid, @Nullable String name, @Nullable String kind) {}

    /** One of the ten checks of the environment. */
    public record Cleanliness(
            String item,
            String result,
            String evidence,
            @Nullable String checkedAt) {
        public Cleanliness {
            item = text(item);
            result = text(result);
            evidence = text(evidence);
        }
    }

    public record Unavailable(
            @Nullable String item, @Nullable String reason) {}

    public record Browser(
            @Nullable String product,
            @Nullable String revision,
            @Nullable String jsVersion,
            @Nullable String userAgent,
            @Nullable String driverVersion,
            List<String> arguments,
            @Nullable Viewport viewport,
            List<String> languages,
            @Nullable String timezone,
            boolean sandbox,
            @Nullable String sandboxDetail,
            @Nullable String user,
            @Nullable String gpu,
            @Nullable Boolean webdriver) {
        public Browser {
            arguments = list(arguments, FEW);
            languages = list(languages, FEW);
        }
    }

    public record Viewport(int width, int height, double deviceScaleFactor, boolean mobile, boolean touch) {}

    public record Clock(
            long limitMs,
            String startedAt,
            String endedAt,
            double elapsedMs,
            double driftMs,
            @Nullable KernelClock kernel,
            List<TimeAnswer> before,
            List<TimeAnswer> after,
            @Nullable PageClock page) {
        public Clock(
                long limitMs,
                @Nullable String startedAt,
                @Nullable String endedAt,
                double elapsedMs,
                double driftMs,
                @Nullable KernelClock kernel,
                @Nullable List<TimeAnswer> before,
                @Nullable List<TimeAnswer> after,
                @Nullable PageClock page) {
            this.limitMs = limitMs;
            this.startedAt = text(startedAt);
            this.endedAt = text(endedAt);
            this.elapsedMs = elapsedMs;
            this.driftMs = driftMs;
            this.kernel = kernel;
            this.before = list(before, FEW);
            this.after = list(after, FEW);
            this.page = page;
        }
    }

    public record KernelClock(
            @Nullable Boolean synchronised,
            @Nullable String source,
            @Nullable String detail) {}

    /** One question to a time server. */
    public record TimeAnswer(
            @Nullable String server,
            @Nullable String address,
            @Nullable String at,
            boolean available,
            @Nullable Double offsetMs,
            @Nullable Double delayMs,
            @Nullable Integer stratum,
            @Nullable String referenceId,
            @Nullable String reason) {}

    public record PageClock(@Nullable String at, double offsetMs, double roundTripMs) {}

    public record Network(
            List<String> dnsServers,
            List<Dns> dns,
            int connections,
            long bytesSent,
            long bytesReceived,
            List<Denied> denied,
            @Nullable String limitReached) {
        public Network(
                @Nullable List<String> dnsServers,
                @Nullable List<Dns> dns,
                int connections,
                long bytesSent,
                long bytesReceived,
                @Nullable List<Denied> denied,
                @Nullable String limitReached) {
            this.dnsServers = list(dnsServers, FEW);
            this.dns = list(dns, MANY);
            this.connections = connections;
            this.bytesSent = bytesSent;
            this.bytesReceived = bytesReceived;
            this.denied = list(denied, MANY);
            this.limitReached = limitReached;
        }
    }

    public record Dns(
            @Nullable String name,
            List<String> addresses,
            @Nullable String source,
            @Nullable String at,
            @Nullable String error) {
        public Dns {
            addresses = list(addresses, FEW);
        }
    }

    public record Denied(
            @Nullable String host,
            int port,
            @Nullable String at,
            @Nullable String reason) {}

    public record Tls(List<Server> servers) {
        public Tls(@Nullable List<Server> servers) {
            this.servers = list(servers, MANY);
        }
    }

    /** One server, port and set of parameters. */
    public record Server(
            String serverName,
            @Nullable String serverIp,
            int port,
            List<Integer> conversations,
            @Nullable String version,
            @Nullable String suite,
            @Nullable String group,
            @Nullable String alpn,
            @Nullable Boolean keyProved,
            List<Certificate> chain,
            @Nullable String chromiumState) {
        public Server {
            serverName = text(serverName);
            conversations = list(conversations, MANY);
            chain = list(chain, FEW);
        }
    }

    public record Certificate(
            @Nullable String subject,
            @Nullable String issuer,
            @Nullable String serial,
            @Nullable String notBefore,
            @Nullable String notAfter,
            String sha256) {
        public Certificate {
            sha256 = text(sha256);
        }
    }

    public record TimeBracket(@Nullable NotBefore notBefore, List<Failure> failures) {
        public TimeBracket(@Nullable NotBefore notBefore, @Nullable List<Failure> failures) {
            this.notBefore = notBefore;
            this.failures = list(failures, FEW);
        }
    }

    public record NotBefore(
            @Nullable String genTime, @Nullable String authority, boolean embedded) {}

    public record Failure(
            @Nullable String authority, @Nullable String reason) {}

    public record Completeness(String verdict, List<Reason> reasons, List<Reason> notes, Counts counts) {
        public Completeness(
                @Nullable String verdict,
                @Nullable List<Reason> reasons,
                @Nullable List<Reason> notes,
                @Nullable Counts counts) {
            this.verdict = text(verdict);
            this.reasons = list(reasons, FEW);
            this.notes = list(notes, FEW);
            this.counts = counts == null ? Counts.NONE : counts;
        }
    }

    public record Reason(
            String code, String detail, @Nullable String rule) {
        public Reason {
            code = text(code);
            detail = text(detail);
        }
    }

    public record Counts(
            long requests,
            long exchanges,
            long matched,
            long missing,
            long extra,
            long extraPreflight,
            long extraFavicon,
            long extraOther,
            long fromCache,
            long fromServiceWorker,
            long local,
            long denied,
            long failed,
            long cancelled,
            long truncated,
            long undecoded,
            long images,
            long imagesNotLoaded) {
        static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** One file of the WACZ. */
    public record Artefact(
            String path,
            String mediaType,
            long sizeBytes,
            String sha256,
            String sm3,
            @Nullable String madeAt,
            @Nullable String note) {
        public Artefact {
            path = text(path);
            mediaType = text(mediaType);
            sha256 = text(sha256);
            sm3 = text(sm3);
        }

        /** {@code path} without its folder. */
        public String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    public record Incident(@Nullable String at, String code, String detail) {
        public Incident {
            code = text(code);
            detail = text(detail);
        }
    }

    public record Tool(
            @Nullable String name,
            @Nullable String version,
            @Nullable String jarSha256,
            @Nullable String java) {}
}
