package org.tiezheng.archive.retention;

import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Legal holds: while one is on evidence, nothing of it may be deleted. Safe for use by many threads. */
public final class Holds {
    private final JdbcClient jdbc;

    public Holds(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Whether at least one hold is on this evidence. True from the moment it was decided. */
    public boolean isHeld(UUID evidenceId) {
        return jdbc.sql("""
                        select exists (select 1 from legal_hold_evidence
                            where evidence_id = :id and state in ('PLACING', 'ON'))""").param("id", evidenceId).query(Boolean.class).single();
    }
}
