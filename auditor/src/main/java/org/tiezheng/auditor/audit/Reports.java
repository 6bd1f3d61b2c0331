package org.tiezheng.auditor.audit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.tiezheng.auditor.log.LogInStore;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.cli.Messages;
import org.tiezheng.verifier.cli.Printable;
import org.tiezheng.verifier.cli.Terminal;
import org.tiezheng.verifier.cli.Times;
import tools.jackson.core.JsonGenerator;

/** What came out: in plain words with a table, and as JSON with every finding. Findings are read from disk, never held. */
final class Reports {
    /** Of each code so many are printed; the JSON file has all. */
    private static final int MAX_PRINTED = 20;
    /** Where none of so many was checked, nothing is known: the result cannot be good. */
    private static final Set<Area> ESSENTIAL =
            EnumSet.of(Area.LOG, Area.ENTRIES, Area.OBJECTS, Area.CONTENT, Area.LOCKS, Area.PACKAGES);

    private static final Set<AuditCode> MENDED_FROM_COPIES = EnumSet.of(
            AuditCode.OBJECT_MISSING, AuditCode.OBJECT_SIZE, AuditCode.OBJECT_CHANGED, AuditCode.OBJECT_UNREADABLE);

    private final Terminal terminal;
    private final Messages messages;
    private final FindingTexts texts;
    private final PrintWriter out;
    private final Audit.Input input;
    private final String storeLocation;

    Reports(Terminal terminal, Audit.Input input, String storeLocation) {
        this.terminal = terminal;
        this.messages = terminal.messages();
        this.texts = new FindingTexts(messages);
        this.out = terminal.out();
        this.input = input;
        this.storeLocation = storeLocation;
    }

    /** The findings of one code: how many, and the first of them. */
    private static final class Group {
        private long count;
        private Verdict worst = Verdict.VALID;
        private final List<UnitLog.Line> first = new ArrayList<>();

        void add(UnitLog.Line line) {
            count++;
            if (first.size() < MAX_PRINTED) {
                first.add(line);
            }
            if (!line.isNote()) {
                worst = worst.worse(Verdict.valueOf(line.verdict()));
            }
        }
    }

    private static Verdict verdict(Tally tally, Iterable<Group> findings) {
        Verdict verdict = Verdict.VALID;
        for (Group group : findings) {
            verdict = verdict.worse(group.worst);
        }
        boolean nothing = tally.get(Area.LOG, "").of() == 0;
        for (Map.Entry<Tally.Row, Tally.Count> row : tally.counts().entrySet()) {
            nothing |= ESSENTIAL.contains(row.getKey().area())
                    && row.getValue().of() > 0
                    && row.getValue().checked() == 0;
        }
        return nothing ? verdict.worse(Verdict.INDETERMINATE) : verdict;
    }

    private record Result(
            Tally tally, Map<AuditCode, Group> findings, Map<UnitLog.Note, Group> notes, Verdict verdict) {}

    private static Result result(Work work) throws IOException {
        Map<AuditCode, Group> findings = new EnumMap<>(AuditCode.class);
        Map<UnitLog.Note, Group> notes = new EnumMap<>(UnitLog.Note.class);
        work.lines(line -> {
            if (line.isNote()) {
                notes.computeIfAbsent(UnitLog.Note.valueOf(line.code()), unused -> new Group())
                        .add(line);
            } else {
                findings.computeIfAbsent(AuditCode.valueOf(line.code().replace('-', '_')), unused -> new Group())
                        .add(line);
            }
        });
        Tally tally = work.tally();
        return new Result(tally, findings, notes, verdict(tally, findings.values()));
    }

    /** Prints the report; gives its verdict. */
    Verdict print(Work work) throws IOException {
        Result result = result(work);
        out.println(messages.get("report.verdict." + result.verdict()));
        out.println();
        out.println(messages.get("report.store", Printable.of(storeLocation)));
        for (Audit.Place copy : input.copies()) {
            out.println(messages.get(
                    "report.copy",
                    Printable.of(copy.name()),
                    Printable.of(copy.store().describe().location())));
        }
        out.println(messages.get(
                "report.log",
                Printable.of(input.log().place()),
                Printable.of(input.checkpoint().origin()),
                input.checkpoint().size()));
        out.println(messages.get("report.root", input.checkpoint().root().base64()));
        out.println(messages.get("report.time", Times.beijing(input.now()), Times.utc(input.now())));
        out.println(messages.get(
                input.sample().isAll() ? "report.all" : "report.sample",
                input.sample().count(),
                Printable.of(input.sample().seed())));
        out.println();
        table(result.tally());
        findings(result);
        notes(result);
        limits(result, Files.readString(work.rows().resolveSibling(RegisterCheck.TIME)));
        out.flush();
        return result.verdict();
    }

    private void table(Tally tally) {
        String place = "";
        row(
                messages.get("table.what"),
                messages.get("table.of"),
                messages.get("table.checked"),
                messages.get("table.problems"));
        for (Map.Entry<Tally.Row, Tally.Count> one : new TreeMap<>(tally.counts()).entrySet()) {
            if (!one.getKey().place().equals(place)) {
                place = one.getKey().place();
                out.println(messages.get("table.copy", Printable.of(place)));
            }
            Tally.Count count = one.getValue();
            row(
                    messages.get("area." + one.getKey().area().word()),
                    Long.toString(count.of()),
                    Long.toString(count.checked()),
                    Long.toString(count.problems()));
        }
        out.println();
    }

    private void row(String what, String of, String checked, String problems) {
        StringBuilder line = new StringBuilder("  ").append(what);
        pad(line, 40 - width(what));
        for (String number : List.of(of, checked, problems)) {
            pad(line, 12 - width(number));
            line.append(number);
        }
        out.println(line);
    }

    private static void pad(StringBuilder line, int columns) {
        line.append(" ".repeat(Math.max(1, columns)));
    }

    /** Columns on a terminal: Chinese characters take two. */
    private static int width(String text) {
        return text.codePoints().map(c -> c >= 0x1100 ? 2 : 1).sum();
    }

    private void findings(Result result) {
        List<Map.Entry<AuditCode, Group>> worstFirst =
                new ArrayList<>(result.findings().entrySet());
        worstFirst.sort(Comparator.comparing((Map.Entry<AuditCode, Group> e) -> e.getValue().worst)
                .reversed());
        for (Map.Entry<AuditCode, Group> entry : worstFirst) {
            Group group = entry.getValue();
            out.println(entry.getKey() + "  " + messages.get("verdict." + group.worst) + "  " + group.count + "  "
                    + messages.get("code." + entry.getKey()));
            print(group);
            List<String> next = new ArrayList<>(List.of(messages.get("next." + entry.getKey())));
            if (MENDED_FROM_COPIES.contains(entry.getKey())) {
                next.addAll(wholePlaces(result.tally()));
            }
            out.println(messages.get("next", String.join("; ", next)));
        }
    }

    /** Copies in which every object was read and none is amiss. */
    private List<String> wholePlaces(Tally tally) {
        List<String> whole = new ArrayList<>();
        for (Audit.Place copy : input.copies()) {
            Tally.Count there = tally.get(Area.OBJECTS, copy.name());
            Tally.Count read = tally.get(Area.CONTENT, copy.name());
            if (there.problems() == 0 && read.problems() == 0 && read.checked() > 0 && read.checked() == read.of()) {
                whole.add(messages.get("next.copy", Printable.of(copy.name())));
            }
        }
        return whole;
    }

    private void notes(Result result) {
        for (Map.Entry<UnitLog.Note, Group> entry : result.notes().entrySet()) {
            String key = "note." + entry.getKey();
            boolean isRead = entry.getKey() == UnitLog.Note.OBJECT_OF_LOG
                    && input.copies().isEmpty()
                    && input.log() instanceof LogInStore copy
                    && copy.isIn(input.store().store());
            out.println(messages.get(isRead ? key + ".read" : key, entry.getValue().count));
            print(entry.getValue());
        }
    }

    private void print(Group group) {
        for (UnitLog.Line line : group.first) {
            out.println("  - " + (line.place().isEmpty() ? "" : Printable.of(line.place()) + ": ")
                    + Printable.of(texts.subject(line.subject()))
                    + (line.reason().isEmpty() ? "" : ": " + Printable.of(texts.reason(line.reason()))));
        }
        if (group.count > group.first.size()) {
            out.println("  " + messages.get("report.more", group.count - group.first.size()));
        }
    }

    /** What the result does not say. */
    private void limits(Result result, String registered) {
        List<String> limits = new ArrayList<>();
        for (Map.Entry<Tally.Row, Tally.Count> one :
                new TreeMap<>(result.tally().counts()).entrySet()) {
            Tally.Count count = one.getValue();
            if (count.checked() < count.of()) {
                limits.add(messages.get(
                        "limit.unchecked",
                        messages.get("area." + one.getKey().area().word())
                                + (one.getKey().place().isEmpty()
                                        ? ""
                                        : " (" + Printable.of(one.getKey().place()) + ")"),
                        count.of() - count.checked(),
                        count.of()));
            }
        }
        if (input.policy() == null) {
            limits.add(messages.get("limit.policy"));
        } else if (!input.policy().needsWitnesses()) {
            limits.add(messages.get("limit.witnesses"));
        }
        if (input.earlier().isEmpty()) {
            limits.add(messages.get("limit.since"));
        }
        if (registered.isEmpty()) {
            limits.add(messages.get("limit.register.none"));
        } else {
            Instant at = Instant.parse(registered);
            limits.add(messages.get("limit.register", Times.beijing(at), Times.utc(at)));
        }
        if (input.store().store().describe().kind() == org.tiezheng.storage.StoreDescription.Kind.FOLDER) {
            limits.add(messages.get("limit.folder"));
        }
        out.println();
        out.println(messages.get("limit.title"));
        limits.forEach(limit -> out.println("  - " + limit));
        out.println("  - " + messages.get("limit.always"));
    }

    /** Writes every finding and note. The file appears when it is whole. */
    void writeJson(Work work, Path file) throws IOException {
        Result result = result(work);
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try (OutputStream bytes = Files.newOutputStream(unfinished);
                JsonGenerator json = UnitLog.JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringProperty("format", "tiezheng-audit 1");
            json.writeStringProperty("verdict", result.verdict().name());
            json.writeStringProperty("time", input.now().toString());
            json.writeStringProperty("store", storeLocation);
            json.writeStringProperty("log", input.log().place());
            json.writeStringProperty("origin", input.checkpoint().origin());
            json.writeNumberProperty("entries", input.checkpoint().size());
            json.writeStringProperty("root", input.checkpoint().root().base64());
            json.writeStringProperty("sample", input.sample().toString());
            json.writeName("checks");
            json.writeStartArray();
            for (Map.Entry<Tally.Row, Tally.Count> one :
                    new TreeMap<>(result.tally().counts()).entrySet()) {
                json.writeStartObject();
                json.writeStringProperty("area", one.getKey().area().word());
                json.writeStringProperty("place", one.getKey().place());
                json.writeNumberProperty("of", one.getValue().of());
                json.writeNumberProperty("checked", one.getValue().checked());
                json.writeNumberProperty("problems", one.getValue().problems());
                json.writeEndObject();
            }
            json.writeEndArray();
            lines(json, work, "findings", false);
            lines(json, work, "notes", true);
            json.writeEndObject();
        }
        Files.move(
                unfinished,
                file,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        terminal.err().println(messages.get("report.json", Printable.of(file.toString())));
    }

    private static void lines(JsonGenerator json, Work work, String name, boolean notes) throws IOException {
        json.writeName(name);
        json.writeStartArray();
        work.lines(line -> {
            if (line.isNote() == notes) {
                json.writeStartObject();
                json.writeStringProperty("code", line.code());
                if (!notes) {
                    json.writeStringProperty("verdict", line.verdict());
                }
                json.writeStringProperty("place", line.place());
                json.writeStringProperty("subject", line.subject());
                if (!notes) {
                    json.writeStringProperty("reason", line.reason());
                }
                json.writeEndObject();
            }
        });
        json.writeEndArray();
    }
}
