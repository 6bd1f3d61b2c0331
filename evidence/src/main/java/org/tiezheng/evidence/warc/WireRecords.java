package org.tiezheng.evidence.warc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.http.Exchange;
import org.tiezheng.evidence.wire.http.WebSocketMessage;
import org.tiezheng.evidence.wire.http.WireMessage;

/** Which records an exchange or WebSocket message becomes: everything but their random identifiers. */
final class WireRecords {
    static final String CONVERSATION = "Tiezheng-Conversation";
    static final String EXCHANGE = "Tiezheng-Exchange";
    static final String STREAM = "Tiezheng-Stream";
    static final String MESSAGE = "Tiezheng-Message";

    private WireRecords() {}

    /**
     * One record without WARC-Record-ID, WARC-Concurrent-To and Content-Length.
     *
     * @param content valid as long as the exchange it came from
     */
    record Draft(WarcFields fields, WireMessage content) {}

    /** Request, response if there was one, then a metadata record with the interim responses if there were any. */
    static List<Draft> of(Exchange exchange) {
        List<Draft> drafts = new ArrayList<>(3);
        drafts.add(exchangeRecord("request", "application/http;msgtype=request", exchange, exchange.request(), true));
        if (exchange.response() != null) {
            drafts.add(exchangeRecord(
                    "response", "application/http;msgtype=response", exchange, exchange.response(), true));
        }
        if (exchange.interim() != null) {
            drafts.add(exchangeRecord(
                    "metadata", "application/http;msgtype=response", exchange, exchange.interim(), false));
        }
        return drafts;
    }

    private static Draft exchangeRecord(
            String type, String contentType, Exchange exchange, WireMessage message, boolean hasPayload) {
        WarcFields.Builder fields = new WarcFields.Builder();
        begin(fields, type, hasPayload ? exchange.targetUri() : interimUri(exchange), message);
        wire(fields, exchange.conversation(), exchange.tls(), exchange.protocol());
        digests(fields, message, hasPayload ? message.payloadDigest() : null);
        numbers(fields, exchange.conversation(), exchange.number(), exchange.stream());
        for (String field : message.fieldsOutsideText()) {
            fields.add(field.startsWith(":") ? "Tiezheng-Pseudo-Header" : "Tiezheng-Trailer", field);
        }
        fields.add("Content-Type", contentType);
        return new Draft(fields.build(), message);
    }

    /** Not the URI of the request: a player that looks that up must not find a 103 in place of the page. */
    private static String interimUri(Exchange exchange) {
        return "metadata://tiezheng/interim/" + exchange.conversation().number() + "/" + exchange.number();
    }

    static Draft of(WebSocketMessage message) {
        WarcFields.Builder fields = new WarcFields.Builder();
        begin(fields, "resource", message.targetUri(), message.content());
        wire(fields, message.conversation(), message.tls(), message.protocol());
        digests(fields, message.content(), message.content().payloadDigest());
        numbers(fields, message.conversation(), message.exchange(), message.stream());
        fields.add(MESSAGE, String.valueOf(message.number()));
        fields.add(
                "Tiezheng-WebSocket",
                (message.direction() == Direction.CLIENT_TO_SERVER ? "client" : "server")
                        + " " + message.kind().word()
                        + (message.inflated() ? " inflated" : ""));
        fields.add(
                "Content-Type",
                message.kind() == WebSocketMessage.Kind.TEXT ? "text/plain;charset=utf-8" : "application/octet-stream");
        return new Draft(fields.build(), message.content());
    }

    private static void begin(WarcFields.Builder fields, String type, String targetUri, WireMessage message) {
        fields.add("WARC-Type", type);
        fields.add("WARC-Target-URI", targetUri);
        fields.add("WARC-Date", WarcFile.date(message.first()));
    }

    private static void wire(
            WarcFields.Builder fields, Conversation conversation, @Nullable TlsFacts tls, String protocol) {
        fields.add("WARC-IP-Address", conversation.server().getAddress().getHostAddress());
        fields.add("WARC-Protocol", protocol);
        if (tls != null) {
            fields.add("WARC-Protocol", tls.version());
            fields.add("WARC-Cipher-Suite", tls.suite());
        }
    }

    private static void digests(WarcFields.Builder fields, WireMessage message, @Nullable Digest payload) {
        if (payload != null) {
            fields.add("WARC-Payload-Digest", payload.toString());
        }
        fields.add("WARC-Block-Digest", message.blockDigest().toString());
        if (message.truncated() != null) {
            fields.add("WARC-Truncated", message.truncated().word());
        }
    }

    private static void numbers(WarcFields.Builder fields, Conversation conversation, int exchange, int stream) {
        fields.add(CONVERSATION, String.valueOf(conversation.number()));
        fields.add(EXCHANGE, String.valueOf(exchange));
        if (stream != 0) {
            fields.add(STREAM, String.valueOf(stream));
        }
    }
}
