package org.tiezheng.capture;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.RequestEntry;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.Target;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The document the page's frame ended on, and how it got there, from the browser's log.
 *
 * @param last its request; null if the browser asked for none
 */
record MainDocument(@Nullable RequestEntry last, List<Target.Redirect> redirects) {
    private static final int MOST_HEADERS = 200;
    /** Ministry of Industry and Information Technology: one province, ICP, a kind, digits. */
    private static final Pattern ICP =
            Pattern.compile("[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]ICP[备证]\\s?\\d{4,12}号(?:-\\d{1,4})?");

    static MainDocument of(List<RequestEntry> entries) {
        List<RequestEntry> documents = entries.stream()
                .filter(entry -> entry.documentNavigation() && !entry.local())
                .toList();
        List<Target.Redirect> redirects = new ArrayList<>();
        for (int i = 1; i < documents.size(); i++) {
            RequestEntry from = documents.get(i - 1);
            RequestEntry to = documents.get(i);
            if (from.requestId().equals(to.requestId()) && from.status() >= 100) {
                redirects.add(new Target.Redirect(from.url(), to.url(), from.status(), to.started()));
            }
        }
        return new MainDocument(documents.isEmpty() ? null : documents.get(documents.size() - 1), redirects);
    }

    /** Null if no response came. */
    @Nullable
    Integer status() {
        if (last == null) {
            return null;
        }
        // Without a page to show, the browser reports the status of the wire alone.
        int status = last.status() != 0 ? last.status() : last.wireStatus();
        return status == 0 ? null : Integer.valueOf(status);
    }

    /** Response headers as the browser reports them; empty if the log does not have them. */
    List<Target.Header> headers(Path events) throws IOException {
        RequestEntry document = last;
        if (document == null || !Files.exists(events)) {
            return List.of();
        }
        try (BufferedReader lines = Files.newBufferedReader(events)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("\"Network.responseReceived\"") && line.contains(document.requestId())) {
                    JsonNode params = CaptureJson.mapper().readTree(line).path("params");
                    if (params.path("requestId").asString("").equals(document.requestId())) {
                        return headers(params.path("response").path("headers"));
                    }
                }
            }
        } catch (JacksonException e) {
            throw new IOException("not a line of the browser's log: " + events, e);
        }
        return List.of();
    }

    private static List<Target.Header> headers(JsonNode node) {
        List<Target.Header> headers = new ArrayList<>();
        node.properties().stream()
                .limit(MOST_HEADERS)
                .forEach(header -> headers.add(
                        new Target.Header(header.getKey(), header.getValue().asString(""))));
        return headers;
    }

    /** The ICP filing number a page shows, if it does. */
    static @Nullable String icpNo(String text) {
        Matcher matcher = ICP.matcher(text);
        return matcher.find() ? matcher.group() : null;
    }
}
