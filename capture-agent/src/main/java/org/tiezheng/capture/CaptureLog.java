package org.tiezheng.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.Completeness;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code captures.ndjson}: one line for each capture that ended, whatever its end, so that a discard leaves a trace too.
 * Appended only. May be used by several threads and processes.
 */
final class CaptureLog {
    private static final JsonMapper JSON = CaptureJson.mapper()
            .rebuild()
            .disable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private final Path file;

    CaptureLog(Path file) {
        this.file = file;
    }

    /**
     * @param packagePath absolute path of the package, if there is one
     * @param reason why there is none
     */
    record Line(
            String id,
            String url,
            Instant startedAt,
            Instant endedAt,
            WorkState state,
            Completeness.@Nullable Verdict verdict,
            @Nullable String packagePath,
            @Nullable String reason) {}

    void append(
            WorkFolder.Status status,
            WorkState end,
            Completeness.@Nullable Verdict verdict,
            @Nullable Path packagePath,
            @Nullable String reason,
            Instant endedAt)
            throws IOException {
        Line line = new Line(
                status.id().toString(),
                status.url(),
                status.startedAt(),
                endedAt,
                end,
                verdict,
                packagePath == null ? null : packagePath.toString(),
                reason);
        append(JSON.writeValueAsString(line) + "\n");
    }

    private synchronized void append(String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                FileLock lock = channel.lock()) {
            long before = channel.size();
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException e) {
                // Half a line would spoil the next one too.
                channel.truncate(before);
                throw e;
            }
            channel.force(true);
        }
    }
}
