package org.tiezheng.evidence.wire.http;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An exchange under way: its messages while they pass. */
final class OpenExchange implements Closeable {
    private final ConversationContext context;
    final int number;
    final int stream;
    final String protocol;
    final String method;
    final String targetUri;
    final WireMessage.Builder request;
    private @Nullable WireMessage wholeRequest;
    private WireMessage.@Nullable Builder interim;
    private WireMessage.@Nullable Builder response;
    private @Nullable WireMessage wholeResponse;
    private int status;
    private long announcedRequestBytes = -1;
    private long announcedResponseBytes = -1;

    OpenExchange(
            ConversationContext context,
            int number,
            int stream,
            String protocol,
            String method,
            String targetUri,
            Instant first) {
        this.context = context;
        this.number = number;
        this.stream = stream;
        this.protocol = protocol;
        this.method = method;
        this.targetUri = targetUri;
        this.request = new WireMessage.Builder(context.spools(), first);
    }

    /** Keeps the head of a 1xx response. @return false if there are more than anyone needs */
    boolean addInterim(Instant first, Instant at, byte[] head) throws IOException {
        WireMessage.Builder heads = interim;
        if (heads == null) {
            heads = new WireMessage.Builder(context.spools(), first);
            interim = heads;
        }
        if (heads.blockBytes() + head.length > HttpLimits.INTERIM_BYTES) {
            return false;
        }
        heads.framing(at, ByteBuffer.wrap(head));
        return true;
    }

    WireMessage.Builder beginResponse(Instant first, int statusCode) {
        status = statusCode;
        WireMessage.Builder builder = new WireMessage.Builder(context.spools(), first);
        response = builder;
        return builder;
    }

    /** Null until the final response begins. */
    WireMessage.@Nullable Builder response() {
        return response;
    }

    /** A body of that length is whole even if its end was not marked; less than 0 if unknown. */
    void announceRequestBytes(long bytes) {
        announcedRequestBytes = bytes;
    }

    /** The same of the response. */
    void announceResponseBytes(long bytes) {
        announcedResponseBytes = bytes;
    }

    void endRequest(@Nullable Truncation truncation) {
        if (wholeRequest == null) {
            wholeRequest = request.finish(request.payloadBytes() == announcedRequestBytes ? null : truncation);
        }
    }

    void endResponse(@Nullable Truncation truncation) {
        if (wholeResponse == null && response != null) {
            wholeResponse = response.finish(response.payloadBytes() == announcedResponseBytes ? null : truncation);
        }
    }

    boolean requestEnded() {
        return wholeRequest != null;
    }

    boolean responseEnded() {
        return wholeResponse != null;
    }

    int status() {
        return status;
    }

    /** Ends what has not ended, as cut for that reason, hands the exchange over and frees its files. */
    void emit(Truncation ifNotEnded) throws IOException {
        endRequest(ifNotEnded);
        endResponse(ifNotEnded);
        WireMessage requestMessage = wholeRequest;
        if (requestMessage == null) {
            throw new IllegalStateException("endRequest sets it");
        }
        try (this) {
            context.sink()
                    .exchange(new Exchange(
                            context.conversation(),
                            context.tls(),
                            number,
                            stream,
                            protocol,
                            method,
                            targetUri,
                            requestMessage,
                            interim == null ? null : interim.finish(null),
                            wholeResponse,
                            status));
        }
    }

    @Override
    public void close() throws IOException {
        request.close();
        if (interim != null) {
            interim.close();
        }
        if (response != null) {
            response.close();
        }
    }
}
