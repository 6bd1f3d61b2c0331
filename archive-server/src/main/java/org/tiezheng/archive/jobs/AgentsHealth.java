package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;

/** Whether somebody captures. */
final class AgentsHealth implements HealthPart {
    /** An agent asks every 25 seconds at the latest. */
    static final Duration SILENT = Duration.ofSeconds(90);

    private final JobQueries queries;
    private final Clock clock;

    AgentsHealth(JobQueries queries, Clock clock) {
        this.queries = queries;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "agents";
    }

    @Override
    public Health look() {
        int waiting = queries.open().getOrDefault(JobState.READY, 0);
        long present = count();
        String[] figures = {String.valueOf(present), String.valueOf(waiting)};
        return present > 0 ? Health.up("present", figures) : Health.degraded("absent", figures);
    }

    boolean present() {
        return count() > 0;
    }

    private long count() {
        Instant since = clock.instant().minus(SILENT);
        return queries.agents().stream()
                .filter(agent -> agent.running() > 0 || agent.lastSeen().isAfter(since))
                .count();
    }
}
