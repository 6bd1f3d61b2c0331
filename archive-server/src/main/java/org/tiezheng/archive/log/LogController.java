package org.tiezheng.archive.log;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.evidence.log.Tile;

/**
 * The log for everybody, without signing in: what lies in it says nothing of the evidence but digests. Source: C2SP tlog-tiles
 * v0.1.0, "Parameters".
 */
@RestController
class LogController {
    /** Below it {@code checkpoint} and {@code tile/…}. */
    static final String PREFIX = "/log/";

    private final TransparencyLog log;

    LogController(TransparencyLog log) {
        this.log = log;
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
        CacheControl forEver =
                CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable();
        return serve(tile, MediaType.APPLICATION_OCTET_STREAM, forEver);
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

    @GetMapping("/api/v1/log")
    @PreAuthorize(Access.SIGNED_IN)
    LogState state() {
        return log.state();
    }
}
