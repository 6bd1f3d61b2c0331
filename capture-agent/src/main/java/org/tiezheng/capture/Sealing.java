package org.tiezheng.capture;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.seal.SealException;
import org.tiezheng.evidence.seal.SealedPackage;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.seal.TimestampFailure;
import tools.jackson.core.JacksonException;

/** From a work folder in state SEALING to a package in its place, now or at a later start. */
final class Sealing {
    private final DataFolder data;
    private final Authorities authorities;
    private final Clock clock;

    Sealing(DataFolder data, Authorities authorities, Clock clock) {
        this.data = data;
        this.authorities = authorities;
        this.clock = clock;
    }

    /**
     * What the seal's report needs of a capture, kept in sealing.json so that nobody has to open the WACZ again.
     *
     * @param notBefore lower bound of the capture's time; null if there is none
     * @param machine null in captures of older versions
     */
    record Summary(
            Completeness completeness,
            @Nullable Instant notBefore,
            @Nullable MachineState machine) {

        String text() {
            return CaptureJson.mapper().writeValueAsString(this);
        }

        static Summary parse(String text) throws IOException {
            try {
                return CaptureJson.mapper().readValue(text, Summary.class);
            } catch (JacksonException e) {
                throw new IOException("sealing.json holds no summary: " + e.getMessage(), e);
            }
        }
    }

    /**
     * Seals, or leaves the work as it is, waiting. Each point where we can die:
     *
     * <ol>
     *   <li>before the package's rename: the work is in SEALING, sealing starts anew, a {@code .part} is replaced;
     *   <li>after it, before the log line: the next attempt finds the package in place and only finishes the books;
     *   <li>after the log line, before the folder is gone: the state says SEALED, the next start removes the folder.
     * </ol>
     *
     * @throws IOException if the disk failed; the work is kept
     */
    CaptureResult seal(WorkFolder work) throws IOException {
        WorkFolder.Status status =
                work.status().orElseThrow(() -> new IOException("no state file in " + work.folder()));
        WorkFolder.Assembled assembled = work.readAssembled();
        Summary summary = Summary.parse(assembled.captureSummary());
        Path out = Path.of(status.out());
        String id = status.id().toString();
        Path path = out.resolve(id + ".asice");
        List<String> names;
        List<String> problems;
        @Nullable Instant notAfter;
        @Nullable Digest sha256;
        try {
            SealedPackage sealed = new Sealer(authorities.signer(), authorities.list(), clock)
                    .seal(work.wacz(), assembled.digests(), id, out);
            sha256 = sealed.sha256();
            names = sealed.tokens().stream()
                    .map(SealedPackage.Stamped::authority)
                    .toList();
            problems =
                    sealed.failures().stream().map(TimestampFailure::toString).toList();
            notAfter = sealed.tokens().stream()
                    .map(stamped -> stamped.token().genTime())
                    .min(Instant::compareTo)
                    .orElse(null);
        } catch (FileAlreadyExistsException e) {
            // The same exception comes if the output folder is a file. Only a package in place allows the work to go.
            if (!Files.isRegularFile(path) || Files.size(path) <= Files.size(work.wacz())) {
                throw e;
            }
            // A package appears under its name only whole (AsicContainer), and ids are random: this one is ours.
            names = List.of();
            problems = List.of();
            notAfter = null;
            sha256 = null;
        } catch (SealException e) {
            work.update(WorkState.SEALING, String.valueOf(e.getMessage()));
            return new CaptureResult(
                    status.id(),
                    status.url(),
                    WorkState.SEALING,
                    summary.completeness(),
                    summary.machine(),
                    null,
                    0,
                    null,
                    assembled.sha256(),
                    summary.notBefore(),
                    null,
                    List.of(),
                    e.failures().stream().map(TimestampFailure::toString).toList(),
                    e.getMessage());
        }
        data.log().append(status, WorkState.SEALED, summary.completeness().verdict(), path, null, clock.instant());
        work.update(WorkState.SEALED, "");
        work.delete();
        return new CaptureResult(
                status.id(),
                status.url(),
                WorkState.SEALED,
                summary.completeness(),
                summary.machine(),
                path,
                Files.size(path),
                sha256,
                assembled.sha256(),
                summary.notBefore(),
                notAfter,
                names,
                problems,
                null);
    }
}
