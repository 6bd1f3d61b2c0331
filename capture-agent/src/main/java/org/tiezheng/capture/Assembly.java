package org.tiezheng.capture;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.FolderTree;
import org.tiezheng.capture.browser.PageFacts;
import org.tiezheng.capture.browser.RequestEntry;
import org.tiezheng.capture.record.Artefact;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.CaptureRecord;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.capture.record.Network;
import org.tiezheng.capture.record.Request;
import org.tiezheng.capture.record.Step;
import org.tiezheng.capture.record.Target;
import org.tiezheng.capture.relay.ConnectionRecord;
import org.tiezheng.capture.relay.RelayReport;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.wacz.Cdxj;
import org.tiezheng.evidence.wacz.Pages;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.wacz.WaczWriter;
import org.tiezheng.evidence.warc.DerivationSummary;
import org.tiezheng.evidence.warc.WireDerivation;
import org.tiezheng.evidence.wire.PcapngWriter;

/** From what was recorded to {@code capture.wacz}: pcapng, WARC, verdict, capture.json, WACZ, in that order. */
final class Assembly {
    private static final String DATA = "data.warc.gz";

    private final CaptureRequest request;
    private final WorkFolder work;
    private final Recording recording;
    private final Surroundings surroundings;
    private final Authorities authorities;
    private final StepRunner steps;
    private final Incidents incidents;
    private final CompletenessJudge judge;
    private final Clock clock;

    Assembly(
            CaptureRequest request,
            WorkFolder work,
            Recording recording,
            Surroundings surroundings,
            Authorities authorities,
            StepRunner steps,
            Incidents incidents,
            CompletenessJudge judge,
            Clock clock) {
        this.request = request;
        this.work = work;
        this.recording = recording;
        this.surroundings = surroundings;
        this.authorities = authorities;
        this.steps = steps;
        this.incidents = incidents;
        this.judge = judge;
        this.clock = clock;
    }

    /**
     * Makes capture.wacz and hands it to the work folder.
     *
     * @throws IOException if there can be no WACZ; what was recorded is still in the folder
     */
    Completeness assemble() throws IOException {
        steps.workAlways(StepNames.PCAPNG, Duration.ofMinutes(5), this::pcapng);
        if (!Files.exists(file("network.pcapng"))) {
            throw new IOException("there is no network.pcapng: " + lastDetail());
        }
        DerivationSummary wire = steps.runAlways(StepNames.DERIVE, Duration.ofMinutes(10), this::derive);
        if (wire == null) {
            throw new IOException("network.pcapng could not be decoded: " + lastDetail());
        }
        List<WireExchange> exchanges = new ArrayList<>();
        try {
            wire.forEachExchange(line -> exchanges.add(WireExchange.of(line)));
        } finally {
            Files.deleteIfExists(wire.exchanges());
        }
        MainDocument document = MainDocument.of(recording.entries());
        SeenPage page = page(document);
        RelayReport relay = Objects.requireNonNull(recording.relayReport(), "derive() needs a closed relay");
        List<BrowserRequest> requests = recording.requests();
        Completeness completeness = judge.judge(new CompletenessJudge.Case(
                page,
                document.status(),
                requests,
                exchanges,
                wire.undecoded(),
                relay.denials().stream().map(denial -> bare(denial.host())).toList(),
                unreached(relay),
                recording.losses(),
                steps.steps()));
        WireExchange main = mainExchange(document, requests, exchanges);
        steps.show(StepNames.WACZ, note -> {
            wacz(wire, document, page, relay, completeness, main);
            note.detail(Files.size(work.wacz()) + " bytes");
            return completeness;
        });
        return completeness;
    }

    /** The exchange that brought the main document; null if it did not come over the wire. */
    private static @Nullable WireExchange mainExchange(
            MainDocument document, List<BrowserRequest> requests, List<WireExchange> exchanges) {
        RequestEntry last = document.last();
        if (last == null) {
            return null;
        }
        RequestMatching matching = RequestMatching.of(requests, exchanges);
        WireExchange main = null;
        for (BrowserRequest each : requests) {
            if (each.type().equals("Document") && each.url().equals(last.url())) {
                main = matching.exchangeOf(each);
            }
        }
        return main;
    }

    /** Hosts the relay could not connect to, with its reason, such as {@code name-error NXDOMAIN}. */
    private static Map<String, String> unreached(RelayReport relay) {
        Map<String, String> reasons = new HashMap<>();
        for (ConnectionRecord connection : relay.connections()) {
            String host = connection.host();
            if (host != null
                    && connection.openedAt() == null
                    && !connection.outcome().equals("denied")) {
                String error = connection.error();
                reasons.putIfAbsent(
                        bare(host).toLowerCase(Locale.ROOT), connection.outcome() + (error == null ? "" : " " + error));
            }
        }
        return reasons;
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private String lastDetail() {
        List<Step> all = steps.steps();
        return String.valueOf(all.get(all.size() - 1).detail());
    }

    // ---- network.pcapng and WARC ----

    private void pcapng(StepRunner.Note note) throws IOException {
        PcapngWriter spool = recording.spool();
        if (spool == null) {
            throw new IOException("nothing was recorded");
        }
        Path part = file("network.pcapng.part");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
            PcapngWriter.finish(
                    recording.spoolFile(),
                    recording.keyLog(),
                    new PcapngWriter.Section(
                            System.getProperty("os.arch", ""),
                            System.getProperty("os.name", "") + " " + System.getProperty("os.version", ""),
                            Programs.NAME + " " + Programs.version()),
                    spool.packetsSha256(),
                    out);
        }
        Files.move(part, file("network.pcapng"));
        // The spool's blocks are in network.pcapng now, and the key log too.
        Files.delete(recording.spoolFile());
        Files.deleteIfExists(recording.keyLog());
        note.detail(Files.size(file("network.pcapng")) + " bytes");
    }

    private DerivationSummary derive(StepRunner.Note note) throws IOException {
        Path temporary = Files.createDirectories(work.folder().resolve("derive"));
        try {
            DerivationSummary wire = new WireDerivation(Programs.NAME + "/" + Programs.version(), clock)
                    .derive(file("network.pcapng"), file(DATA), temporary);
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file("wire.json")))) {
                wire.writeJson(out);
            }
            if (!wire.certificates().isEmpty()) {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file("certificates.pem")))) {
                    wire.writeCertificates(out);
                }
            }
            note.detail(
                    wire.counts().exchanges() + " exchanges in " + wire.counts().conversations() + " conversations");
            return wire;
        } catch (IOException e) {
            FolderTree.delete(temporary);
            throw e;
        }
    }

    // ---- the page ----

    private SeenPage page(MainDocument document) throws IOException {
        RequestEntry last = document.last();
        PageFacts facts = recording.facts();
        if (!recording.loaded()) {
            return SeenPage.none(last == null ? request.url().text() : last.url(), recording.loadError());
        }
        String finalUrl = facts != null ? facts.url() : last == null ? null : last.url();
        boolean redirected = finalUrl != null
                && !Addresses.comparable(finalUrl)
                        .equals(Addresses.comparable(request.url().text()));
        if (facts == null) {
            // Loaded, and then nobody could look: nothing is known of what it shows, so it is not called empty.
            return new SeenPage(true, null, finalUrl, redirected, "", "", 0, 0, 0, false, true, recording.cuts());
        }
        return new SeenPage(
                true,
                null,
                finalUrl,
                redirected,
                facts.title(),
                facts.textStart(),
                facts.textLength(),
                facts.images(),
                facts.imagesNotLoaded().size(),
                facts.passwordFields() > 0,
                !Blankness.isBlank(file("viewport.png")),
                recording.cuts());
    }

    private Target target(MainDocument document, SeenPage page, RelayReport relay, @Nullable WireExchange main)
            throws IOException {
        RequestEntry last = document.last();
        String text = page.text();
        Path textFile = file("page.txt");
        if (Files.exists(textFile)) {
            text = head(textFile);
        }
        return new Target(
                request.url().text(),
                page.loaded() ? page.finalUrl() : null,
                document.redirects(),
                page.loaded() && recording.facts() != null ? page.title() : null,
                last == null ? null : last.method(),
                document.status(),
                document.headers(file("browser-events.ndjson")),
                main == null ? null : address(relay, main.conversation()),
                MainDocument.icpNo(text));
    }

    /** Footers stand at the end, so look at the whole text, but not more than a browser would show in a day. */
    private static String head(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(4 << 20), StandardCharsets.UTF_8);
        }
    }

    private static @Nullable String address(RelayReport relay, int conversation) {
        return relay.connections().stream()
                .filter(connection -> connection.conversation() != null && connection.conversation() == conversation)
                .map(ConnectionRecord::address)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    // ---- capture.json and WACZ ----

    private void wacz(
            DerivationSummary wire,
            MainDocument document,
            SeenPage page,
            RelayReport relay,
            Completeness completeness,
            @Nullable WireExchange main)
            throws IOException {
        Target target = target(document, page, relay, main);
        String title = page.title().isBlank() ? request.url().text() : page.title();
        Files.deleteIfExists(work.waczPart());
        Path index = work.folder().resolve("index.cdx");
        Files.deleteIfExists(index);
        Cdxj.write(file(DATA), DATA, index);
        List<Pages.Page> pages = main == null ? List.of() : List.of(new Pages.Page(main.url(), main.at(), title, null));
        List<Artefact> artefacts = new ArrayList<>();
        Digests digests;
        // If we die within this block, capture.wacz.part is left, which nobody takes for a WACZ.
        try (WaczWriter out = WaczWriter.create(
                work.waczPart(),
                new WaczWriter.Metadata(
                        title,
                        clock.instant(),
                        Programs.NAME + "/" + Programs.version(),
                        main == null ? null : main.url(),
                        main == null ? null : main.at()),
                new SecureRandom())) {
            artefacts.add(artefact(WaczNames.WARC, file(DATA), out.add(WaczNames.WARC, file(DATA))));
            out.add(WaczNames.INDEX, index);
            out.add(WaczNames.PAGES, Pages.toJsonl(pages));
            for (Path member : members()) {
                String name = "evidence/" + member.getFileName();
                artefacts.add(artefact(name, member, out.add(name, member)));
            }
            out.add("evidence/capture.json", captureJson(wire, target, relay, completeness, artefacts));
            digests = out.finish();
        }
        work.assembled(WorkFolder.Assembled.of(
                digests,
                completeness.verdict(),
                new Sealing.Summary(completeness, surroundings.notBeforeTime(), surroundings.machine()).text()));
    }

    /** All files of the evidence folder, by name, so that the same files always stand in the same order. */
    private List<Path> members() throws IOException {
        try (Stream<Path> files = Files.list(work.files())) {
            return files.filter(Files::isRegularFile)
                    .filter(member -> {
                        String name = member.getFileName().toString();
                        return !name.equals(DATA) && !name.endsWith(".part");
                    })
                    .sorted()
                    .toList();
        }
    }

    private Artefact artefact(String path, Path file, Digests digests) throws IOException {
        return new Artefact(
                path,
                mediaType(path),
                digests.sizeBytes(),
                digests.sha256(),
                digests.sm3(),
                Files.getLastModifiedTime(file).toInstant(),
                null);
    }

    static String mediaType(String path) {
        return switch (path.substring(path.lastIndexOf('.') + 1)) {
            case "gz" -> "application/warc";
            case "pcapng" -> "application/vnd.tcpdump.pcap";
            case "json" -> "application/json";
            case "ndjson" -> "application/x-ndjson";
            case "png" -> "image/png";
            case "pdf" -> "application/pdf";
            case "mhtml" -> "multipart/related";
            case "html" -> "text/html";
            case "txt" -> "text/plain";
            case "mp4" -> "video/mp4";
            case "pem" -> "application/x-pem-file";
            default -> "application/octet-stream";
        };
    }

    private byte[] captureJson(
            DerivationSummary wire,
            Target target,
            RelayReport relay,
            Completeness completeness,
            List<Artefact> artefacts)
            throws IOException {
        CaptureRecord capture = new CaptureRecord(
                CaptureRecord.FORMAT,
                request.id(),
                asked(),
                target,
                steps.steps(),
                surroundings.environment(recording, target),
                surroundings.clock(),
                network(relay),
                TlsServers.of(wire, recording.entries(), request.url().host(), recording.loadError()),
                surroundings.timeBracket(),
                completeness,
                artefacts,
                incidents.list(),
                Programs.tool(surroundings.tool()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CaptureJson.write(capture, out);
        return out.toByteArray();
    }

    private Request asked() {
        CaptureSettings settings = request.settings();
        return new Request(
                request.url().text(),
                request.receivedAt(),
                "web",
                "public",
                settings.device(),
                settings.language(),
                settings.timezone(),
                settings.timeout().toSeconds(),
                settings.video().toSeconds(),
                settings.maxBytes(),
                settings.maxHeightPx(),
                settings.allowedHosts(),
                settings.trustedSpki(),
                settings.recordInvalidTls(),
                authorities.names(),
                settings.caseNo(),
                settings.purpose(),
                settings.officers());
    }

    private Network network(RelayReport relay) {
        long sent = 0;
        long received = 0;
        for (ConnectionRecord connection : relay.connections()) {
            sent += connection.bytesToServer();
            received += connection.bytesToClient();
        }
        List<Network.Dns> names = relay.resolutions().stream()
                .map(resolution -> new Network.Dns(
                        resolution.name(),
                        resolution.seen().stream()
                                .map(InetAddress::getHostAddress)
                                .toList(),
                        resolution.source(),
                        resolution.startedAt(),
                        resolution.error()))
                .toList();
        List<Network.Denied> denied = relay.denials().stream()
                .map(denial -> new Network.Denied(denial.host(), denial.port(), denial.at(), denial.rule()))
                .toList();
        String limit = relay.limitsReached().isEmpty()
                ? null
                : relay.limitsReached().get(0).limit();
        return new Network(relay.dnsServers(), names, relay.connections().size(), sent, received, denied, limit);
    }

    private Path file(String name) {
        return work.files().resolve(name);
    }
}
