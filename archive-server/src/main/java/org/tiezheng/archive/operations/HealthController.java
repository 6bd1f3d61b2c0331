package org.tiezheng.archive.operations;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;

/** Is the server alive, is it ready: open to load balancers. How its parts are: for those who run it. */
@RestController
class HealthController {
    private final HealthWatch watch;

    HealthController(HealthWatch watch) {
        this.watch = watch;
    }

    /** Alive: it answers. Says nothing else. */
    @GetMapping("/health")
    @PreAuthorize(Access.ANYBODY)
    Map<String, String> health() {
        return Map.of("status", "UP");
    }

    /** 503 while a part is down without which the server is of no use. */
    @GetMapping("/health/ready")
    @PreAuthorize(Access.ANYBODY)
    ResponseEntity<Map<String, String>> ready() {
        boolean ready = watch.report().ready();
        return ResponseEntity.status(ready ? 200 : 503).body(Map.of("status", ready ? "READY" : "NOT_READY"));
    }

    @GetMapping("/api/v1/health")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    HealthReport parts() {
        return watch.report();
    }
}
