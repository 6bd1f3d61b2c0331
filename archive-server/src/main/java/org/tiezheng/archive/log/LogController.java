package org.tiezheng.archive.log;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.evidence.log.Tile;

/**
 * The log for everybody, without signing in: what lies in it says nothing of the evidence but digests. Source: C2SP tlog-tiles
 * v0.1.0, "Parameters".
 */
@RestController
class LogController {
    /** Below it {@code checkpoint}, {@code tile/…}, {@code key}, {@code policy} and {@code stamps}. */
    static final String PREFIX = "/log/";

    private static final CacheControl FOR_EVER =
            CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable();
    private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

    private final TransparencyLog log;
    private final LogStamps stamps;

    LogController(TransparencyLog log, LogStamps stamps) {
        this.log = log;
        this.stamps = stamps;
    }

    /** The newest checkpoint: never from a cache. */
    @GetMapping(PREFIX + "checkpoint")
    @PreAuthorize(Access.ANYBODY)
    ResponseEntity<byte[]> checkpoint() throws IOException {
        return serve(Optional.empty(), MediaType.TEXT_PLAIN, CacheControl.noStore());
    }

    /** A tile: the same for ever. */
    @GetMapping(PREFIX + "tile/**")
    @PreAuthorize(Access.ANYBODY)
    ResponseEntity<byte[]> tile(HttpServletRequest request) throws IOException {
        Optional<Tile> tile = Tile.ofPath(request.getServletPath().substring(PREFIX.length()));
        if (tile.isEmpty()) {
            return ResponseEntity.notFound().build();
        }
        return serve(tile, MediaType.APPLICATION_OCTET_STREAM, FOR_EVER);
    }

    private ResponseEntity<byte[]> serve(Optional<Tile> tile, MediaType type, CacheControl cache) throws IOException {
        try {
            byte[] file = log.file(tile);
            return ResponseEntity.ok().contentType(type).cacheControl(cache).body(file);
        } catch (NoSuchFileException absent) {
            return ResponseEntity.notFound().build();
        }
    }

    /** The log's public key, for a policy file; take it from two places before you believe it. */
    @GetMapping(PREFIX + "key")
    @PreAuthorize(Access.ANYBODY)
    Map<String, String> key() {
        return Map.of("vkey", log.key().toString());
    }

    /**
     * A policy (C2SP tlog-policy) with this log's key and the witnesses and quorum of the server: what a verifier needs, to be
     * compared with what the witnesses themselves give out.
     */
    @GetMapping(value = PREFIX + "policy", produces = MediaType.TEXT_PLAIN_VALUE)
    @PreAuthorize(Access.ANYBODY)
    ResponseEntity<String> policy() {
        return ResponseEntity.ok()
                .contentType(TEXT)
                .cacheControl(CacheControl.noStore())
                .body(log.policy().forVerifiers(log.key()));
    }

    /**
     * A checkpoint that was time-stamped. Newest first, at most 1000: older ones by their numbers.
     *
     * @param size entries of the tree
     * @param genTime of the token
     * @param checkpoint and {@code token}: where they are, below {@code /log/}
     */
    record Stamp(
            long id, long size, String authority, boolean embedded, Instant genTime, String checkpoint, String token) {}

    /** Time-stamps of checkpoints. */
    @GetMapping(PREFIX + "stamps")
    @PreAuthorize(Access.ANYBODY)
    List<Stamp> stamps() {
        return stamps.latest(1000).stream()
                .flatMap(stamp -> stamp.genTime() == null
                        ? Stream.empty()
                        : Stream.of(new Stamp(
                                stamp.id(),
                                stamp.size(),
                                stamp.authority(),
                                stamp.embedded(),
                                stamp.genTime(),
                                "stamps/" + stamp.id() + "/checkpoint",
                                "stamps/" + stamp.id() + "/token.tst")))
                .toList();
    }

    /** The checkpoint that was stamped; the token is over its SHA-256. */
    @GetMapping(PREFIX + "stamps/{id:[0-9]{1,18}}/checkpoint")
    @PreAuthorize(Access.ANYBODY)
    ResponseEntity<byte[]> stamped(@PathVariable("id") long id) {
        return stamps.find(id)
                .filter(stamp -> stamp.token() != null)
                .map(stamp -> ResponseEntity.ok()
                        .contentType(TEXT)
                        .cacheControl(FOR_EVER)
                        .body(stamp.note().getBytes(StandardCharsets.UTF_8)))
                .orElseGet(() -> ResponseEntity.notFound().build());
    }

    /** The token, RFC 3161, DER. */
    @GetMapping(PREFIX + "stamps/{id:[0-9]{1,18}}/token.tst")
    @PreAuthorize(Access.ANYBODY)
    ResponseEntity<byte[]> token(@PathVariable("id") long id) {
        byte[] token = stamps.find(id).map(LogStamps.Stamp::token).orElse(null);
        return token == null
                ? ResponseEntity.notFound().build()
                : ResponseEntity.ok()
                        .contentType(MediaType.parseMediaType("application/vnd.etsi.timestamp-token"))
                        .cacheControl(FOR_EVER)
                        .body(token);
    }
}
