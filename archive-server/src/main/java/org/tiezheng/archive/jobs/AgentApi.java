package org.tiezheng.archive.jobs;

import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** Agents, and the politeness towards hosts, for programs. */
@RestController
@RequestMapping("/api/v1")
class AgentApi {
    private final JobQueries queries;
    private final AgentAdministration administration;

    AgentApi(JobQueries queries, AgentAdministration administration) {
        this.queries = queries;
        this.administration = administration;
    }

    record Agents(List<JobQueries.Agent> rows) {}

    @GetMapping("/agents")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    Agents agents() {
        return new Agents(queries.agents());
    }

    @PostMapping("/agents/{name}/pause")
    @PreAuthorize(Access.ADMINISTER)
    ResponseEntity<Void> pause(@PathVariable("name") String name) {
        administration.pause(name, true, CurrentActor.get());
        return ResponseEntity.noContent().build();
    }

    @PostMapping("/agents/{name}/resume")
    @PreAuthorize(Access.ADMINISTER)
    ResponseEntity<Void> resume(@PathVariable("name") String name) {
        administration.pause(name, false, CurrentActor.get());
        return ResponseEntity.noContent().build();
    }

    record Limits(List<JobQueries.HostLimit> rows) {}

    @GetMapping("/host-limits")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    Limits limits() {
        return new Limits(queries.hostLimits());
    }

    record NewLimit(int concurrent, int intervalMillis) {}

    @PutMapping("/host-limits/{host}")
    @PreAuthorize(Access.ADMINISTER)
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = NewLimit.class)))
    ResponseEntity<Void> limit(@PathVariable("host") String host, HttpServletRequest http) throws IOException {
        NewLimit limit = Bodies.json(http, NewLimit.class, JobApi.MOST_BODY);
        administration.limit(host, limit.concurrent(), limit.intervalMillis(), CurrentActor.get());
        return ResponseEntity.noContent().build();
    }

    @DeleteMapping("/host-limits/{host}")
    @PreAuthorize(Access.ADMINISTER)
    ResponseEntity<Void> unlimit(@PathVariable("host") String host) {
        administration.unlimit(host, CurrentActor.get());
        return ResponseEntity.noContent().build();
    }
}
