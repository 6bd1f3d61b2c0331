package org.tiezheng.capture.relay;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.CaptureJson;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes {@code evidence/connections.json}: every connection the browser asked for, every name resolved with the DNS
 * messages as they were, every denial and limit. One JSON object, UTF-8, keys in the order of the records {@link
 * RelayReport}, {@link Resolution}, {@link ConnectionRecord} …; times as in capture.json; keys without a value are left out.
 * Streams; same report, same bytes. Example: docs/egress.md.
 */
public final class ConnectionsJson {
    /** A change that old readers would misread gets another number. */
    public static final String FORMAT = "tiezheng-connections/1";

    private final JsonGenerator json;

    private ConnectionsJson(JsonGenerator json) {
        this.json = json;
    }

    /** Writes and flushes; does not close {@code out}. */
    public static void write(RelayReport report, OutputStream out) throws IOException {
        JsonFactory factory = JsonFactory.builder()
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .build();
        try (JsonGenerator json = factory.createGenerator(ObjectWriteContext.empty(), out)) {
            new ConnectionsJson(json).report(report);
        } catch (JacksonException e) {
            throw new IOException("cannot write connections.json: " + e.getMessage(), e);
        }
        out.write('\n');
        out.flush();
    }

    private void report(RelayReport report) {
        json.writeStartObject();
        text("format", FORMAT);
        time("startedAt", report.startedAt());
        time("endedAt", report.endedAt());
        limits(report.limits());
        texts("allowed", report.allowed());
        texts("dnsServers", report.dnsServers());
        json.writeArrayPropertyStart("resolutions");
        report.resolutions().forEach(this::resolution);
        json.writeEndArray();
        json.writeArrayPropertyStart("connections");
        report.connections().forEach(this::connection);
        json.writeEndArray();
        json.writeArrayPropertyStart("denials");
        for (Denial denial : report.denials()) {
            json.writeStartObject();
            number("connection", denial.connection());
            time("at", denial.at());
            text("host", denial.host());
            number("port", denial.port());
            text("address", denial.address());
            text("rule", denial.rule());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("limitsReached");
        for (LimitReached limit : report.limitsReached()) {
            json.writeStartObject();
            text("limit", limit.limit());
            number("allowed", limit.allowed());
            number("connection", limit.connection());
            time("at", limit.at());
            json.writeEndObject();
        }
        json.writeEndArray();
        number("turnedAway", report.turnedAway());
        RelayFailure failure = report.failure();
        if (failure != null) {
            json.writeObjectPropertyStart("failure");
            text("reason", failure.reason());
            time("at", failure.at());
            text("detail", failure.detail());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void limits(RelayLimits limits) {
        json.writeObjectPropertyStart("limits");
        number("captureBytes", limits.captureBytes());
        number("connectionBytes", limits.connectionBytes());
        number("connections", limits.connections());
        number("concurrent", limits.concurrent());
        number("idleMs", limits.idle().toMillis());
        number("connectMs", limits.connect().toMillis());
        number("drainAfterAbortBytes", limits.drainAfterAbortBytes());
        json.writeEndObject();
    }

    private void resolution(Resolution resolution) {
        json.writeStartObject();
        number("number", resolution.number());
        text("name", resolution.name());
        text("source", resolution.source());
        time("startedAt", resolution.startedAt());
        time("endedAt", resolution.endedAt());
        text("canonicalName", resolution.canonicalName());
        texts("candidates", addresses(resolution.candidates()));
        texts("seen", addresses(resolution.seen()));
        text("error", resolution.error());
        json.writeArrayPropertyStart("lookups");
        for (DnsLookup lookup : resolution.lookups()) {
            json.writeStartObject();
            text("server", lookup.server());
            text("transport", lookup.transport());
            text("type", lookup.type());
            time("sentAt", lookup.sentAt());
            time("answeredAt", lookup.answeredAt());
            text("query", lookup.query());
            text("response", lookup.response());
            text("outcome", lookup.outcome());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void connection(ConnectionRecord connection) {
        json.writeStartObject();
        number("number", connection.number());
        number("conversation", connection.conversation());
        text("host", connection.host());
        number("port", connection.port());
        number("resolution", connection.resolution());
        json.writeArrayPropertyStart("attempts");
        for (ConnectionRecord.Attempt attempt : connection.attempts()) {
            json.writeStartObject();
            text("address", attempt.address());
            time("at", attempt.at());
            text("result", attempt.result());
            json.writeEndObject();
        }
        json.writeEndArray();
        text("address", connection.address());
        time("acceptedAt", connection.acceptedAt());
        time("openedAt", connection.openedAt());
        time("closedAt", connection.closedAt());
        text("endedBy", connection.endedBy());
        text("outcome", connection.outcome());
        text("error", connection.error());
        number("bytesToServer", connection.bytesToServer());
        number("bytesToClient", connection.bytesToClient());
        number("bytesDelivered", connection.bytesDelivered());
        json.writeEndObject();
    }

    private static List<String> addresses(List<InetAddress> addresses) {
        return addresses.stream().map(Addresses::text).toList();
    }

    private void text(String key, @Nullable String value) {
        if (value != null) {
            json.writeStringProperty(key, value);
        }
    }

    private void time(String key, @Nullable Instant value) {
        text(key, value == null ? null : CaptureJson.time(value));
    }

    private void number(String key, long value) {
        json.writeNumberProperty(key, value);
    }

    private void number(String key, @Nullable Integer value) {
        if (value != null) {
            json.writeNumberProperty(key, value);
        }
    }

    private void texts(String key, List<String> values) {
        json.writeArrayPropertyStart(key);
        values.forEach(json::writeString);
        json.writeEndArray();
    }
}
