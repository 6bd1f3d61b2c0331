package org.tiezheng.archive.audit;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.tiezheng.evidence.register.ChainMark;

/**
 * Computes the audit chain anew, from what the rows hold, and gives the hashes at some of its events: what somebody outside compares
 * with the hashes that earlier registers and entries of the log have.
 *
 * <p>Nothing is judged here. Rows are streamed; the time is that of hashing them twice.
 */
public final class ChainMarks {
    /** Every so many events one is marked. */
    public static final int EVERY = 1000;

    private static final int FETCH = 1000;

    private ChainMarks() {}

    /** Told of the marks in the order of their events. */
    @FunctionalInterface
    public interface Listener {
        void mark(ChainMark mark) throws IOException;
    }

    /**
     * Walks along the whole chain.
     *
     * @param connection with a transaction of its own: what it sees does not change
     * @param also events to be marked, besides every {@value #EVERY}th, the last, and those that entries of the log name
     */
    public static void walk(Connection connection, Collection<Long> also, Listener listener)
            throws SQLException, IOException {
        Set<Long> wanted = new TreeSet<>(also);
        try (PreparedStatement statement = connection.prepareStatement("""
                select a.*, a.hash in (select substring(l.leaf from '"sha256":"([0-9a-f]{64})"') from log_entry l
                    where l.kind in ('failure', 'retention', 'hold', 'release')) as named
                from audit_event a order by a.seq""")) {
            statement.setFetchSize(FETCH);
            try (ResultSet row = statement.executeQuery()) {
                String chain = AuditEntry.START;
                ChainMark last = null;
                boolean told = true;
                while (row.next()) {
                    long seq = row.getLong("seq");
                    AuditEntry stored = AuditLog.entry(row, 0);
                    String own = AuditEntry.next(seq, stored.at(), stored.event(), stored.prevHash())
                            .hash();
                    chain = chain.equals(stored.prevHash())
                            ? own
                            : AuditEntry.next(seq, stored.at(), stored.event(), chain)
                                    .hash();
                    last = new ChainMark(seq, own, chain);
                    told = seq % EVERY == 0 || wanted.contains(seq) || row.getBoolean("named");
                    if (told) {
                        listener.mark(last);
                    }
                }
                if (last != null && !told) {
                    listener.mark(last);
                }
            }
        }
    }
}
