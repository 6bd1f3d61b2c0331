package org.tiezheng.capture;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.evidence.Digest;

/**
 * How one capture ended.
 *
 * @param state SEALED, SEALING (waits for its seal), FAILED, CANCELLED, or INTERRUPTED (failed, and not even that could be
 *     written down)
 * @param completeness null if there is no capture.json
 * @param machine null where completeness is
 * @param packagePath null unless SEALED
 * @param sizeBytes of the package; 0 unless SEALED
 * @param packageSha256 of the package's file; null unless SEALED by this process
 * @param waczSha256 of capture.wacz, the identity of the evidence; null if there is none
 * @param notBefore lower bound of the capture's time; null if none was obtained
 * @param notAfter genTime of the seal's earliest token; null unless SEALED
 * @param authorities whose tokens are in the package; embedded ones are marked
 * @param problems of sealing: authorities without a token
 * @param reason why there is no package, or no seal yet
 */
record CaptureResult(
        UUID id,
        String url,
        WorkState state,
        @Nullable Completeness completeness,
        @Nullable MachineState machine,
        @Nullable Path packagePath,
        long sizeBytes,
        @Nullable Digest packageSha256,
        @Nullable Digest waczSha256,
        @Nullable Instant notBefore,
        @Nullable Instant notAfter,
        List<String> authorities,
        List<String> problems,
        @Nullable String reason) {

    CaptureResult {
        authorities = List.copyOf(authorities);
        problems = List.copyOf(problems);
    }

    static CaptureResult ended(UUID id, String url, WorkState state, String reason) {
        return new CaptureResult(
                id, url, state, null, null, null, 0, null, null, null, null, List.of(), List.of(), reason);
    }

    int exitCode() {
        return switch (state) {
            case SEALED ->
                completeness != null && completeness.verdict() == Completeness.Verdict.COMPLETE
                        ? ExitCode.COMPLETE
                        : ExitCode.NOT_COMPLETE;
            case SEALING -> ExitCode.WAITING;
            case CANCELLED -> ExitCode.CANCELLED;
            default -> ExitCode.FAILED;
        };
    }
}
