package org.tiezheng.capture;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.evidence.Digest;

/** The last words of a command: for people in their language, or as JSON. */
final class ResultPrinter {
    private static final int MOST_REASONS = 8;
    private static final DateTimeFormatter BEIJING =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.of("Asia/Shanghai"));

    private final PrintStream out;
    private final PrintStream people;
    private final Texts texts;
    private final DataFolder data;
    private final Authorities authorities;

    /**
     * @param out for {@link #json}
     * @param people for {@link #print}; not {@code out} where that is to hold JSON alone
     */
    ResultPrinter(PrintStream out, PrintStream people, Texts texts, DataFolder data, Authorities authorities) {
        this.out = out;
        this.people = people;
        this.texts = texts;
        this.data = data;
        this.authorities = authorities;
    }

    /** The form of {@code --json}: one object, key {@code captures}, one element for each capture in order. */
    private record Json(List<Item> captures) {}

    private record Item(
            String id,
            String url,
            WorkState state,
            Completeness.@Nullable Verdict verdict,
            @Nullable List<Completeness.Reason> reasons,
            @Nullable MachineState machine,

            @com.fasterxml.jackson.annotation.JsonProperty("package") @Nullable
            String packagePath,

            @Nullable Long sizeBytes,
            @Nullable Digest waczSha256,
            @Nullable Instant notBefore,
            @Nullable Instant notAfter,
            List<String> authorities,
            List<String> problems,
            @Nullable String reason,
            int exitCode) {}

    void json(List<CaptureResult> results) {
        out.println(CaptureJson.mapper()
                .writeValueAsString(
                        new Json(results.stream().map(ResultPrinter::item).toList())));
        out.flush();
    }

    private static Item item(CaptureResult result) {
        Completeness completeness = result.completeness();
        Path path = result.packagePath();
        return new Item(
                result.id().toString(),
                result.url(),
                result.state(),
                completeness == null ? null : completeness.verdict(),
                completeness == null ? null : completeness.reasons(),
                result.machine(),
                path == null ? null : path.toString(),
                path == null ? null : result.sizeBytes(),
                result.waczSha256(),
                result.notBefore(),
                result.notAfter(),
                result.authorities(),
                result.problems(),
                result.reason(),
                result.exitCode());
    }

    void print(CaptureResult result) {
        people.println();
        switch (result.state()) {
            case SEALED -> sealed(result);
            case SEALING -> waiting(result);
            case CANCELLED -> {
                say("result.cancelled", result.id());
                say("result.url", result.url());
                say("result.cancelled.next", logFile());
            }
            default -> {
                say("result.failed", result.id());
                say("result.url", result.url());
                say("result.failed.why", text(result.reason()));
                if (result.state() == WorkState.INTERRUPTED) {
                    say("result.failed.unrecorded", data.workOf(result.id()));
                } else {
                    say("result.failed.next", logFile());
                }
            }
        }
        people.flush();
    }

    private void sealed(CaptureResult result) {
        say("result.sealed", result.id());
        say("result.url", result.url());
        verdict(result);
        Path path = result.packagePath();
        say("result.package", String.valueOf(path), texts.bytes(result.sizeBytes()));
        digest(result);
        Instant notAfter = result.notAfter();
        Instant notBefore = result.notBefore();
        if (notAfter != null) {
            if (notBefore == null) {
                say("result.time.open", beijing(notAfter));
            } else {
                say("result.time", beijing(notBefore), beijing(notAfter));
            }
        }
        if (!result.authorities().isEmpty()) {
            say(
                    "result.authorities",
                    String.join(
                            ", ",
                            result.authorities().stream()
                                    .map(name ->
                                            authorities.isEmbedded(name) ? texts.get("result.embedded", name) : name)
                                    .toList()));
        }
        machine(result);
        result.problems().forEach(problem -> say("result.problem", problem));
        say("result.next", String.valueOf(path), data.root().resolve("trust").resolve("root.pem"));
    }

    private void waiting(CaptureResult result) {
        say("result.waiting", result.id());
        say("result.url", result.url());
        verdict(result);
        machine(result);
        digest(result);
        if (result.problems().isEmpty()) {
            say("result.waiting.why", text(result.reason()));
        } else {
            result.problems().forEach(problem -> say("result.waiting.why", problem));
        }
        say(
                "result.waiting.safe",
                data.root().resolve("work").resolve(result.id().toString()));
        say("result.waiting.next", result.id(), data.root());
    }

    private void verdict(CaptureResult result) {
        Completeness completeness = result.completeness();
        if (completeness == null) {
            return;
        }
        say("result.verdict", texts.get("verdict." + completeness.verdict()) + "  " + completeness.verdict());
        completeness.reasons().stream()
                .limit(MOST_REASONS)
                .forEach(reason -> say("result.reason", reason.code(), explained(reason)));
        if (completeness.reasons().size() > MOST_REASONS) {
            say("result.more", completeness.reasons().size() - MOST_REASONS);
        }
    }

    private void machine(CaptureResult result) {
        MachineState machine = result.machine();
        if (machine == null) {
            return;
        }
        Double offset = machine.worstOffsetMs();
        say(
                "result.clock." + machine.clock(),
                offset == null ? "-" : Long.toString(Math.round(Math.ceil(offset))),
                machine.limitMs());
        if (!machine.failedChecks().isEmpty()) {
            say(
                    "result.unclean",
                    machine.failedChecks().stream()
                            .map(word -> texts.get("cleanliness." + word))
                            .collect(Collectors.joining(texts.get("list.comma"))));
        }
    }

    /** The detail, after the words for its code. */
    private String explained(Completeness.Reason reason) {
        String key = "reason." + reason.code();
        return texts.bundle().containsKey(key) ? texts.get(key, reason.detail()) : reason.detail();
    }

    private void digest(CaptureResult result) {
        Digest sha256 = result.waczSha256();
        if (sha256 != null) {
            say("result.digest", sha256.hex());
        }
    }

    private Path logFile() {
        return data.root().resolve("captures.ndjson");
    }

    private String beijing(Instant at) {
        return texts.get("time.beijing", BEIJING.format(at));
    }

    private static String text(@Nullable String maybe) {
        return maybe == null ? "-" : maybe;
    }

    private void say(String key, Object... values) {
        Object[] plain = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            // Numbers as they are: MessageFormat would group their digits.
            plain[i] = String.valueOf(values[i]);
        }
        people.println(texts.get(key, plain));
    }
}
