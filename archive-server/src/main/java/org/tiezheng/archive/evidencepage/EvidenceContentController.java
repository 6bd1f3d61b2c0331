package org.tiezheng.archive.evidencepage;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.evidencepage.capture.Exchanges;
import org.tiezheng.archive.evidencepage.capture.UnreadableFileException;
import org.tiezheng.archive.evidencepage.screenshot.ScreenshotCache;
import org.tiezheng.archive.evidencepage.screenshot.UnsupportedPictureException;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.web.Problem;

/**
 * Bytes of evidence, streamed from the store. What a browser may show is a short list of types that cannot act; everything else,
 * archived HTML above all, leaves as a download that no browser opens in our origin.
 */
@Controller
@PreAuthorize(Access.VIEW_EVIDENCE)
public class EvidenceContentController {
    /** Types a browser shows here, by file name. */
    private static final Map<String, String> SHOWN =
            Map.of("screen.mp4", "video/mp4", "page.pdf", "application/pdf", "viewport.png", "image/png");

    /** For what is shown: it may load nothing and be framed nowhere. A PDF viewer needs object-src and its own styles. */
    private static final String SHOW_POLICY =
            "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'";

    private static final String DOWNLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";
    private static final Duration STRIP_WAIT = Duration.ofSeconds(20);

    private final OpenedEvidence opened;
    private final Captures captures;
    private final EvidenceExport export;
    private final ScreenshotCache screenshots;
    private final OwnMachine ownMachine;

    EvidenceContentController(
            OpenedEvidence opened,
            Captures captures,
            EvidenceExport export,
            ScreenshotCache screenshots,
            OwnMachine ownMachine) {
        this.opened = opened;
        this.captures = captures;
        this.export = export;
        this.screenshots = screenshots;
        this.ownMachine = ownMachine;
    }

    private interface Source {
        void copy(ByteRange range) throws IOException;
    }

    /** The package as it was archived, with the proofs that were made since, or without. */
    @GetMapping("/evidence/{id}/package")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void asice(
            @PathVariable UUID id,
            @RequestParam(defaultValue = "true") boolean proofs,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Evidence evidence = opened.open(id, OpenedEvidence.Act.DOWNLOAD, "package");
        attachment(response, evidence.fileName());
        EvidenceExport.Exported exported = proofs ? export.open(id) : export.archived(id);
        send(
                "application/vnd.etsi.asic-e+zip",
                exported.sizeBytes(),
                '"' + exported.tag() + '"',
                request,
                response,
                range -> exported.write(range, response.getOutputStream()));
    }

    /** One file of the capture, as a download. */
    @GetMapping("/evidence/{id}/files/{folder:archive|indexes|pages|evidence}/{name:[A-Za-z0-9._-]+}")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void file(
            @PathVariable UUID id,
            @PathVariable String folder,
            @PathVariable String name,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        EvidenceFile file = found(id, folder + "/" + name);
        opened.open(id, OpenedEvidence.Act.DOWNLOAD, file.name());
        attachment(response, name);
        sendFile(id, file, "application/octet-stream", request, response);
    }

    /** The two files of the capture that stand in no folder. */
    @GetMapping("/evidence/{id}/files/{name:datapackage(?:-digest)?\\.json}")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void list(
            @PathVariable UUID id, @PathVariable String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        EvidenceFile file = found(id, name);
        opened.open(id, OpenedEvidence.Act.DOWNLOAD, name);
        attachment(response, name);
        sendFile(id, file, "application/octet-stream", request, response);
    }

    /** A file that a browser may show: video, PDF, first screen. */
    @GetMapping("/evidence/{id}/show/evidence/{name:[A-Za-z0-9._-]+}")
    void show(
            @PathVariable UUID id, @PathVariable String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String type = SHOWN.get(name);
        if (type == null) {
            throw Problem.of(HttpStatus.NOT_FOUND, "not-found", name);
        }
        EvidenceFile file = found(id, "evidence/" + name);
        opened.open(id, OpenedEvidence.Act.VIEW, name);
        response.setHeader("Content-Security-Policy", SHOW_POLICY);
        response.setHeader("Content-Disposition", "inline; filename=\"" + name + '"');
        sendFile(id, file, type, request, response);
    }

    private EvidenceFile found(UUID id, String name) {
        return captures.file(id, name).orElseThrow(() -> Problem.of(HttpStatus.NOT_FOUND, "not-found", name));
    }

    private void sendFile(
            UUID id, EvidenceFile file, String type, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String tag = file.sha256() == null ? null : '"' + file.sha256() + '"';
        send(type, file.sizeBytes(), tag, request, response, range -> {
            try (InputStream in = captures.open(id, file.name(), range.offset(), range.length())) {
                in.transferTo(response.getOutputStream());
            }
        });
    }

    /** One record of the WARC, as the gzip member it is. */
    @GetMapping("/evidence/{id}/exchanges/{no}/{side:request|response}.warc.gz")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    void record(
            @PathVariable UUID id,
            @PathVariable int no,
            @PathVariable String side,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        opened.open(id, OpenedEvidence.Act.DOWNLOAD, "exchange " + no + " " + side);
        Exchanges.Place place = captures.exchanges(id).rows().stream()
                .filter(row -> row.no() == no)
                .map(row -> side.equals("request") ? row.request() : row.response())
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> Problem.of(HttpStatus.NOT_FOUND, "not-found", "#" + no));
        attachment(response, id + "-" + no + "-" + side + ".warc.gz");
        send("application/warc", place.lengthBytes(), null, request, response, range -> {
            try (InputStream in = captures.open(id, Exchanges.PATH, place.offset() + range.offset(), range.length())) {
                in.transferTo(response.getOutputStream());
            }
        });
    }

    /** One strip of the screenshot; 503 with Retry-After while it is not made. */
    @GetMapping("/evidence/{id}/screenshot/{level:[0-9]}/{strip:[0-9]{1,4}}")
    void strip(@PathVariable UUID id, @PathVariable int level, @PathVariable int strip, HttpServletResponse response)
            throws IOException, InterruptedException {
        opened.open(id, OpenedEvidence.Act.VIEW, "screenshot");
        Path file;
        try {
            Captures.Shot shot = captures.screenshot(id)
                    .orElseThrow(() -> Problem.of(HttpStatus.NOT_FOUND, "not-found", "screenshot"));
            ScreenshotCache.Picture picture = captures.picture(id, shot);
            if (level >= picture.levels() || strip >= picture.strips(level)) {
                throw Problem.of(HttpStatus.NOT_FOUND, "not-found", "screenshot " + level + "/" + strip);
            }
            file = screenshots.strip(id, picture, level, strip, STRIP_WAIT);
        } catch (UnreadableFileException | UnsupportedPictureException e) {
            throw Problem.of(HttpStatus.UNPROCESSABLE_CONTENT, "ev.picture").because(e);
        } catch (FileNotFoundException e) {
            throw Problem.of(HttpStatus.NOT_FOUND, "not-found", "screenshot").because(e);
        }
        if (file == null) {
            throw Problem.of(HttpStatus.SERVICE_UNAVAILABLE, "unavailable").retryAfter(2);
        }
        response.setContentType("image/png");
        // Evidence never changes, and neither do its strips; the browser may keep them while the session lasts.
        response.setHeader("Cache-Control", "private, max-age=3600, immutable");
        response.setHeader("X-Content-Type-Options", "nosniff");
        try (InputStream in = Files.newInputStream(file)) {
            response.setContentLengthLong(Files.size(file));
            in.transferTo(response.getOutputStream());
        }
    }

    /** The verifier, one jar. */
    @GetMapping("/downloads/tiezheng-verifier.jar")
    void verifier(HttpServletRequest request, HttpServletResponse response) throws IOException {
        OwnMachine.VerifierJar jar = ownMachine
                .verifier()
                .orElseThrow(() -> Problem.of(HttpStatus.NOT_FOUND, "not-found", "tiezheng-verifier.jar"));
        attachment(response, "tiezheng-verifier.jar");
        send("application/java-archive", jar.sizeBytes(), '"' + jar.sha256() + '"', request, response, range -> {
            try (InputStream in = Files.newInputStream(jar.file())) {
                in.skipNBytes(range.offset());
                response.getOutputStream().write(in.readNBytes((int) range.length()));
            }
        });
    }

    /** The roots this server trusts. */
    @GetMapping("/evidence/trust.pem")
    void trust(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] pem = ownMachine
                .trust()
                .orElseThrow(() -> Problem.of(HttpStatus.NOT_FOUND, "not-found", "trust.pem"))
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        attachment(response, "trust.pem");
        send(
                "application/x-pem-file",
                pem.length,
                null,
                request,
                response,
                range -> response.getOutputStream().write(pem, (int) range.offset(), (int) range.length()));
    }

    private static void attachment(HttpServletResponse response, String name) {
        response.setHeader("Content-Disposition", "attachment; filename=\"" + name + '"');
        response.setHeader("Content-Security-Policy", DOWNLOAD_POLICY);
    }

    private static void send(
            String type,
            long size,
            @Nullable String tag,
            HttpServletRequest request,
            HttpServletResponse response,
            Source source)
            throws IOException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Accept-Ranges", "bytes");
        response.setHeader("Cache-Control", "private, no-store");
        if (tag != null) {
            response.setHeader("ETag", tag);
        }
        response.setContentType(type);
        boolean head = request.getMethod().equals("HEAD");
        ByteRange.Answer answer = ByteRange.of(head ? null : request.getHeader("Range"), size);
        response.setStatus(answer.status());
        ByteRange range = answer.range();
        if (range == null) {
            response.setHeader("Content-Range", "bytes */" + size);
            return;
        }
        if (answer.status() == 206) {
            response.setHeader("Content-Range", range.contentRange(size));
        }
        response.setContentLengthLong(range.length());
        if (!head) {
            source.copy(range);
        }
    }
}
