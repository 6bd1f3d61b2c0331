package org.tiezheng.evidence.wire.http;

/**
 * What a recording may make a decoder hold. A browser's own limits are lower or about the same, so a real page stays
 * within them; a recording made to hurt the verifier does not get further.
 */
final class HttpLimits {
    /** One head (start line and fields) or one trailer section. Chromium refuses heads above 256 KiB too. */
    static final int HEAD_BYTES = 256 * 1024;

    /** One chunk-size line with its extensions. */
    static final int CHUNK_LINE_BYTES = 16 * 1024;

    /** All interim (1xx) responses of one exchange together. */
    static final int INTERIM_BYTES = HEAD_BYTES;

    /** Requests on one HTTP/1.1 connection that wait for their response. */
    static final int PIPELINED_REQUESTS = 256;

    /** Streams of one HTTP/2 connection open at the same time; Chromium and servers use 100 to 256. */
    static final int OPEN_STREAMS = 4096;

    /** One HTTP/2 frame; Chromium never announces more than the initial 16 KiB. */
    static final int FRAME_BYTES = 1024 * 1024;

    /** HPACK table a receiver may announce; Chromium announces 64 KiB. */
    static final long HEADER_TABLE_BYTES = 1024 * 1024;

    /** SETTINGS frames of one side that wait for their acknowledgement. */
    static final int UNACKNOWLEDGED_SETTINGS = 256;

    /** One WebSocket message after inflating. */
    static final long INFLATED_MESSAGE_BYTES = 64L * 1024 * 1024;

    private HttpLimits() {}
}
