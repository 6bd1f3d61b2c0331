package org.tiezheng.evidence.warc;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.wacz.MalformedWarcException;
import org.tiezheng.evidence.wacz.WarcGzReader;
import org.tiezheng.evidence.wire.Undecoded;
import org.tiezheng.evidence.wire.http.Exchange;
import org.tiezheng.evidence.wire.http.ExchangeSink;
import org.tiezheng.evidence.wire.http.Spools;
import org.tiezheng.evidence.wire.http.WebSocketMessage;

/**
 * Holds a WARC against the recording it says it was derived from ({@code verify --deep}): derives the records again and
 * compares every field and every byte, but for the random record identifiers and the warcinfo record.
 *
 * <p>Codes: W09 a record that is not on the wire, W10 an exchange on the wire without its record, W11 a record that
 * differs, W12 the recording cannot be read, so that nothing is known about (part of) the WARC.
 *
 * <p>Memory: about 200 bytes for each record on the wire, of which at most 500,000 are compared.
 */
public final class WireComparison {
    private static final int MAX_RECORDS = 500_000;
    /** Findings of one code that are reported one by one; the last one says how many more there are. */
    private static final int MAX_FINDINGS = 100;

    private static final int MAX_DETAIL_CHARACTERS = 200;
    private static final Set<String> NOT_COMPARED = Set.of("warc-record-id", "warc-concurrent-to");
    /** Reasons for which a conversation was decrypted as far as needed: its records can be judged. */
    private static final Set<String> HTTP_REASONS = Set.of(
            "connect-tunnel",
            "http-limit",
            "http1-syntax",
            "http2-frame",
            "http2-header",
            "http2-push",
            "http2-stray",
            "not-http",
            "response-without-request",
            "truncated",
            "upgrade",
            "websocket-deflate",
            "websocket-frame");

    /** Opens the same bytes each time it is asked: a file or a range of one. */
    @FunctionalInterface
    public interface Source {
        /** @return read once from front to back, then closed */
        InputStream open() throws IOException;
    }

    private final Path tempDir;

    /** @param tempDir existing folder; everything put there is deleted again */
    public WireComparison(Path tempDir) {
        this.tempDir = tempDir;
    }

    /** {@link #compare(Source, Source, String, String)} with the members of an inner WACZ as subjects. */
    public List<Finding> compare(Source pcapng, Source warc) throws IOException {
        return compare(
                pcapng, warc, "wacz/capture.wacz!evidence/network.pcapng", "wacz/capture.wacz!archive/data.warc.gz");
    }

    /**
     * @param pcapngSubject name of the recording in findings
     * @param warcSubject name of the WARC in findings
     * @return at least one finding for each of W09 to W12; VALID where nothing was wrong
     * @throws IOException if our own temporary files fail; a source that cannot be read is a finding
     */
    public List<Finding> compare(Source pcapng, Source warc, String pcapngSubject, String warcSubject)
            throws IOException {
        Path folder = Files.createTempDirectory(tempDir, "comparison-");
        Path recordsFile = folder.resolve("records");
        try {
            WireSide wire = new WireSide(recordsFile);
            WireReading.Result result;
            try (wire) {
                InputStream in;
                try {
                    in = new BufferedInputStream(pcapng.open(), 256 * 1024);
                } catch (IOException e) {
                    return List.of(unreadable(pcapngSubject, e));
                }
                Readable readable = new Readable(in);
                try (in) {
                    result = WireReading.read(readable, wire, new Spools(folder));
                } catch (IOException e) {
                    if (readable.failed) {
                        return List.of(unreadable(pcapngSubject, e));
                    }
                    throw e;
                }
            }
            if (wire.tooMany) {
                return List.of(Finding.indeterminate(
                        Code.W12, pcapngSubject, "more than " + MAX_RECORDS + " records on the wire"));
            }
            Report report = new Report(pcapngSubject, warcSubject, result);
            try (RandomAccessFile records = new RandomAccessFile(recordsFile.toFile(), "r")) {
                compareRecords(warc, wire, records, report);
            }
            return report.findings();
        } finally {
            deleteFolder(folder);
        }
    }

    private static Finding unreadable(String subject, IOException e) {
        return Finding.indeterminate(
                Code.W12, subject, e instanceof NoSuchFileException ? "missing" : "cannot be read");
    }

    private static void deleteFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.delete(folder);
    }

    /** Tells a failure of the source from one of our own disk. */
    private static final class Readable extends FilterInputStream {
        private boolean failed;

        Readable(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }

    /** Identity of a record: which message of which exchange of which conversation. */
    private static String key(WarcFields fields) {
        String message = fields.first(WireRecords.MESSAGE);
        return Objects.requireNonNullElse(fields.first("WARC-Type"), "untyped")
                + " conversation " + fields.first(WireRecords.CONVERSATION)
                + " exchange " + fields.first(WireRecords.EXCHANGE)
                + (message == null ? "" : " message " + message);
    }

    /** The records as derived from the wire: in a file, with an index by key. */
    private static final class WireSide implements ExchangeSink, Closeable {
        private final Map<String, Long> offsets = new LinkedHashMap<>();
        private final DataOutputStream out;
        private long offset;
        private boolean tooMany;

        WireSide(Path file) throws IOException {
            this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        }

        @Override
        public void exchange(Exchange exchange) throws IOException {
            for (WireRecords.Draft draft : WireRecords.of(exchange)) {
                add(draft);
            }
        }

        @Override
        public void webSocketMessage(WebSocketMessage message) throws IOException {
            add(WireRecords.of(message));
        }

        private void add(WireRecords.Draft draft) throws IOException {
            if (offsets.size() >= MAX_RECORDS) {
                tooMany = true;
                return;
            }
            StringBuilder text = new StringBuilder();
            for (Map.Entry<String, String> field : draft.fields().list()) {
                text.append(field.getKey())
                        .append(": ")
                        .append(field.getValue())
                        .append('\n');
            }
            text.append("Content-Length: ").append(draft.content().blockBytes()).append('\n');
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            offsets.put(key(draft.fields()), offset);
            out.writeInt(bytes.length);
            out.write(bytes);
            offset += 4 + bytes.length;
        }

        static WarcFields read(RandomAccessFile records, long offset) throws IOException {
            records.seek(offset);
            byte[] bytes = new byte[records.readInt()];
            records.readFully(bytes);
            WarcFields.Builder fields = new WarcFields.Builder();
            for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
                int colon = line.indexOf(": ");
                fields.addRead(
                        line.substring(0, colon), line.substring(colon + 2).strip());
            }
            return fields.build();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    private void compareRecords(Source warc, WireSide wire, RandomAccessFile records, Report report)
            throws IOException {
        Concurrents concurrents = new Concurrents(report);
        InputStream in;
        try {
            in = new BufferedInputStream(warc.open(), 256 * 1024);
        } catch (IOException e) {
            report.unreadableWarc(e instanceof NoSuchFileException ? "missing" : "cannot be read");
            return;
        }
        try (WarcGzReader reader = new WarcGzReader(in)) {
            long offset = 0;
            boolean first = true;
            while (true) {
                WarcGzReader.Record record;
                String blockDigest;
                try {
                    record = reader.next();
                    if (record == null) {
                        break;
                    }
                    blockDigest = digest(record.block());
                    WarcGzReader.Extent extent = record.finish();
                    offset = extent.offset() + extent.lengthBytes();
                } catch (MalformedWarcException e) {
                    report.add(
                            Code.W09,
                            Verdict.INVALID,
                            Map.of("record", "offset " + offset, "reason", String.valueOf(e.getMessage())));
                    return;
                } catch (IOException e) {
                    report.unreadableWarc("cannot be read");
                    return;
                }
                if (first && record.type().equals("warcinfo")) {
                    first = false;
                    continue;
                }
                first = false;
                WarcFields fields = fields(record);
                String key = key(fields);
                Long wireOffset = wire.offsets.remove(key);
                if (wireOffset == null) {
                    report.notOnTheWire(key, fields, record.offset());
                    continue;
                }
                if (!record.version().equals("WARC/1.1")) {
                    report.differs(key, "version", record.version(), "WARC/1.1");
                }
                compareFields(key, fields, WireSide.read(records, wireOffset), blockDigest, report);
                concurrents.add(key, fields);
            }
            concurrents.check();
        }
        for (String missing : wire.offsets.keySet()) {
            report.add(Code.W10, Verdict.INVALID, Map.of("record", missing));
        }
    }

    static WarcFields fields(WarcGzReader.Record record) {
        WarcFields.Builder fields = new WarcFields.Builder();
        record.fields().forEach(field -> fields.addRead(field.name(), field.value()));
        return fields.build();
    }

    private static String digest(InputStream block) throws IOException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        byte[] buffer = new byte[64 * 1024];
        int n;
        while ((n = block.read(buffer)) >= 0) {
            digest.update(buffer, 0, n);
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest()).toString();
    }

    private static void compareFields(
            String key, WarcFields recorded, WarcFields wire, String blockDigest, Report report) {
        Map<String, List<String>> ours = wire.byName();
        Map<String, List<String>> theirs = recorded.byName();
        Set<String> names = new LinkedHashSet<>(ours.keySet());
        names.addAll(theirs.keySet());
        names.removeAll(NOT_COMPARED);
        for (String name : names) {
            List<String> expected = ours.getOrDefault(name, List.of());
            List<String> found = theirs.getOrDefault(name, List.of());
            if (!expected.equals(found)) {
                report.differs(key, printable(name), String.join(", ", found), String.join(", ", expected));
            }
        }
        String expectedBlock =
                ours.getOrDefault("warc-block-digest", List.of("")).get(0);
        if (!expectedBlock.equals(blockDigest)) {
            report.differs(key, "block", blockDigest, expectedBlock);
        }
    }

    /** Checks that the records of one exchange, which are neighbours, name each other. */
    private static final class Concurrents {
        private final Report report;
        private final Map<String, WarcFields> group = new LinkedHashMap<>();
        private String exchange = "";

        Concurrents(Report report) {
            this.report = report;
        }

        void add(String key, WarcFields fields) {
            String next = fields.first(WireRecords.CONVERSATION) + "/" + fields.first(WireRecords.EXCHANGE) + "/"
                    + fields.first(WireRecords.MESSAGE);
            if (!next.equals(exchange)) {
                check();
                exchange = next;
            }
            group.put(key, fields);
        }

        void check() {
            for (Map.Entry<String, WarcFields> one : group.entrySet()) {
                Set<String> others = new HashSet<>();
                for (Map.Entry<String, WarcFields> other : group.entrySet()) {
                    if (!other.getKey().equals(one.getKey())) {
                        others.add(Objects.requireNonNullElse(other.getValue().first("WARC-Record-ID"), ""));
                    }
                }
                Set<String> named = Set.copyOf(new HashSet<>(one.getValue().all("WARC-Concurrent-To")));
                if (!named.equals(others)) {
                    report.differs(
                            one.getKey(), "warc-concurrent-to", String.join(", ", named), String.join(", ", others));
                }
            }
            group.clear();
        }
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().limit(MAX_DETAIL_CHARACTERS).forEach(c -> out.append(c >= 0x20 && c < 0x7F ? (char) c : '?'));
        return text.length() > MAX_DETAIL_CHARACTERS ? out.append("...").toString() : out.toString();
    }

    /** Collects findings and keeps their number within bounds. */
    private static final class Report {
        private final String pcapngSubject;
        private final String warcSubject;
        private final boolean sound;
        private final Set<String> undecodedConversations = new HashSet<>();
        private final List<Finding> findings = new ArrayList<>();
        private final Map<Code, Integer> counts = new LinkedHashMap<>();
        private boolean warcUnreadable;

        Report(String pcapngSubject, String warcSubject, WireReading.Result result) {
            this.pcapngSubject = pcapngSubject;
            this.warcSubject = warcSubject;
            this.sound = result.pcapng().sound();
            for (Undecoded entry : result.undecoded()) {
                if (!HTTP_REASONS.contains(entry.reason())) {
                    undecodedConversations.add(String.valueOf(entry.conversation()));
                }
            }
            if (!sound) {
                findings.add(Finding.indeterminate(
                        Code.W12, pcapngSubject, "the recording is cut short or changed: it does not read to its end"));
                counts.put(Code.W12, 1);
            }
        }

        /** A record nobody derived: wrong, unless its conversation could not be read. */
        void notOnTheWire(String key, WarcFields fields, long offset) {
            String conversation = fields.first(WireRecords.CONVERSATION);
            boolean unknown = !sound || (conversation != null && undecodedConversations.contains(conversation));
            Map<String, String> details = new LinkedHashMap<>();
            details.put("record", printable(key));
            details.put("offset", String.valueOf(offset));
            String uri = fields.first("WARC-Target-URI");
            if (uri != null) {
                details.put("uri", printable(uri));
            }
            if (unknown) {
                details.put("reason", "its conversation could not be decoded");
                add(Code.W12, Verdict.INDETERMINATE, details);
            } else {
                add(Code.W09, Verdict.INVALID, details);
            }
        }

        void differs(String key, String field, String recorded, String wire) {
            Map<String, String> details = new LinkedHashMap<>();
            details.put("record", printable(key));
            details.put("field", field);
            details.put("recorded", printable(recorded));
            details.put("wire", printable(wire));
            // Where bytes are missing from the recording, a difference may be the recording's.
            add(Code.W11, sound ? Verdict.INVALID : Verdict.INDETERMINATE, details);
        }

        void unreadableWarc(String reason) {
            warcUnreadable = true;
            findings.add(Finding.indeterminate(Code.W12, warcSubject, reason));
            counts.merge(Code.W12, 1, Integer::sum);
        }

        void add(Code code, Verdict verdict, Map<String, String> details) {
            int before = counts.merge(code, 1, Integer::sum);
            if (before <= MAX_FINDINGS) {
                findings.add(new Finding(code, verdict, code == Code.W12 ? pcapngSubject : warcSubject, details));
            }
        }

        List<Finding> findings() {
            List<Finding> all = new ArrayList<>(findings);
            for (Code code : List.of(Code.W09, Code.W10, Code.W11, Code.W12)) {
                int count = counts.getOrDefault(code, 0);
                if (count > MAX_FINDINGS) {
                    Verdict verdict = Verdict.worstOf(
                            findings.stream().filter(f -> f.code() == code).toList());
                    all.add(new Finding(
                            code,
                            verdict,
                            code == Code.W12 ? pcapngSubject : warcSubject,
                            Map.of("reason", "and " + (count - MAX_FINDINGS) + " more")));
                } else if (count == 0 && !warcUnreadable) {
                    all.add(Finding.valid(code, code == Code.W12 ? pcapngSubject : warcSubject));
                }
            }
            return List.copyOf(all);
        }
    }
}
