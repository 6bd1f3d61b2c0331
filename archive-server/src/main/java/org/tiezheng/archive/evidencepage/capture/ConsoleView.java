package org.tiezheng.archive.evidencepage.capture;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code evidence/console.ndjson}: what the page wrote to the browser's console, what the browser itself noted there, and
 * exceptions nobody caught; one event of the DevTools protocol a line. Source: docs/browser.md.
 *
 * @param cut whether there are more than are listed here
 */
public record ConsoleView(List<Message> messages, boolean cut) {
    public static final String PATH = "evidence/console.ndjson";
    private static final int MOST = 500;
    /** The recorder cuts strings at 8,192 characters; a message has a few. */
    private static final int MAX_LINE = 4 << 20;

    public ConsoleView {
        messages = List.copyOf(messages);
    }

    /**
     * One message.
     *
     * @param at as in the file
     * @param level {@code error}, {@code warning}, {@code info}
     * @param place address and line; empty if not known
     */
    public record Message(String at, String level, String text, String place) {}

    /** One line of the file. */
    record Line(
            @Nullable String t,
            @Nullable String method,
            @Nullable JsonNode params) {}

    /** The first 500; closes {@code in}. */
    public static ConsoleView read(InputStream in) throws UnreadableFileException, IOException {
        List<Message> messages = new ArrayList<>();
        try (InputStream lines = new BufferedInputStream(in, 1 << 16)) {
            byte[] line = ViewJson.line(lines, "console.ndjson", MAX_LINE);
            while (line != null && messages.size() < MOST) {
                if (line.length > 0) {
                    messages.add(message(ViewJson.read(line, "console.ndjson", Line.class)));
                }
                line = ViewJson.line(lines, "console.ndjson", MAX_LINE);
            }
            return new ConsoleView(messages, line != null);
        }
    }

    private static Message message(Line line) {
        JsonNode params = line.params() == null ? tools.jackson.databind.node.MissingNode.getInstance() : line.params();
        String at = ViewJson.text(line.t());
        return switch (ViewJson.text(line.method())) {
            case "Log.entryAdded" -> {
                JsonNode entry = params.path("entry");
                yield new Message(at, level(text(entry.path("level"))), text(entry.path("text")), place(entry));
            }
            case "Runtime.exceptionThrown" -> {
                JsonNode details = params.path("exceptionDetails");
                String description = text(details.path("exception").path("description"));
                yield new Message(
                        at, "error", description.isEmpty() ? text(details.path("text")) : description, place(details));
            }
            default ->
                new Message(
                        at,
                        level(text(params.path("type"))),
                        Shown.text(params.path("args")
                                .valueStream()
                                .limit(50)
                                .map(ConsoleView::argument)
                                .collect(Collectors.joining(" "))),
                        place(params.path("stackTrace").path("callFrames").path(0)));
        };
    }

    /** As the console shows it: the value, else what the browser says of the object. */
    private static String argument(JsonNode argument) {
        JsonNode value = argument.path("value");
        if (value.isMissingNode() || value.isNull()) {
            String description = text(argument.path("description"));
            return description.isEmpty() ? text(argument.path("type")) : description;
        }
        return value.isContainer() ? Shown.text(value.toString()) : text(value);
    }

    private static String level(String given) {
        return switch (given) {
            case "error", "assert" -> "error";
            case "warning" -> "warning";
            default -> "info";
        };
    }

    private static String place(JsonNode of) {
        String url = text(of.path("url"));
        JsonNode number = of.path("lineNumber");
        // The protocol counts lines from 0.
        return url.isEmpty() || !number.canConvertToInt() || number.asInt() < 0
                ? url
                : url + ":" + (number.asInt() + 1L);
    }

    private static String text(JsonNode node) {
        return Shown.text(node.asString(""));
    }
}
