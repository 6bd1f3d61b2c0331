package org.tiezheng.archive.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.tiezheng.archive.audit.ChainReport.Break;
import org.tiezheng.archive.audit.ChainReport.Kind;

/**
 * Reads the audit log, whole or from a row on, and finds every row that is missing, changed or out of its place.
 *
 * <p>Rows are streamed; the time is about that of hashing them. The log may grow meanwhile: what is read is its state at the
 * beginning. The chain alone cannot show that its <em>end</em> was cut off, nor that all of it was written anew: for that,
 * give the heads that were noted outside the database.
 */
public final class ChainVerifier {
    /** Breaks listed; one changed row near the beginning of a forged log would otherwise list all. */
    static final int MAX_BREAKS = 100;

    private static final int FETCH = 1000;

    private final DataSource database;

    public ChainVerifier(DataSource database) {
        this.database = database;
    }

    /**
     * @param noted heads that were true earlier, in any order
     * @throws SQLException if the log cannot be read to its end: nothing is known then
     */
    public ChainReport verify(List<ChainHead> noted) throws SQLException {
        return verify(ChainHead.EMPTY, noted);
    }

    /**
     * Verifies what came after {@code known}, and that the row of {@code known} is still there as it was.
     *
     * @param known the head up to which the log was verified before; {@link ChainHead#EMPTY} reads all of it
     * @param noted heads that were true earlier, in any order; those before {@code known} are not looked for
     * @throws SQLException if the log cannot be read to its end: nothing is known then
     */
    public ChainReport verify(ChainHead known, List<ChainHead> noted) throws SQLException {
        List<Break> breaks = new ArrayList<>();
        long rows = 0;
        ChainHead last = ChainHead.EMPTY;
        Set<ChainHead> once = new LinkedHashSet<>(noted);
        once.add(known);
        List<ChainHead> open = new ArrayList<>(once);
        open.removeIf(head -> head.seq() == 0 || head.seq() < known.seq());
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false); // or the driver would fetch all rows at once
            connection.setReadOnly(true);
            try (PreparedStatement statement =
                    connection.prepareStatement("select * from audit_event where seq >= ? order by seq")) {
                statement.setLong(1, known.seq());
                statement.setFetchSize(FETCH);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        if (rows++ == 0 && known.seq() > 0) {
                            // Of what came before, the row's own hash speaks: it covers the predecessor's.
                            last = row.getLong("seq") == known.seq()
                                    ? new ChainHead(known.seq() - 1, row.getString("prev_hash"))
                                    : known;
                        }
                        last = check(row, last, breaks, open);
                    }
                }
            } finally {
                connection.rollback();
                connection.setReadOnly(false);
                connection.setAutoCommit(true);
            }
        }
        for (ChainHead head : open) {
            breaks.add(new Break(
                    head.seq(), Kind.CUT_OFF, "row " + head.seq() + " was noted, the log ends at " + last.seq()));
        }
        boolean truncated = breaks.size() > MAX_BREAKS;
        return new ChainReport(rows, last, truncated ? breaks.subList(0, MAX_BREAKS) : breaks, truncated);
    }

    private static ChainHead check(ResultSet row, ChainHead last, List<Break> breaks, List<ChainHead> open)
            throws SQLException {
        long seq = row.getLong("seq");
        String hash = row.getString("hash");
        List<Break> found = new ArrayList<>();
        if (seq != last.seq() + 1) {
            found.add(new Break(
                    seq,
                    Kind.MISSING,
                    seq - last.seq() == 2
                            ? "row " + (seq - 1) + " is missing"
                            : "rows " + (last.seq() + 1) + " to " + (seq - 1) + " are missing"));
        }
        if (!row.getString("prev_hash").equals(last.hash())) {
            found.add(new Break(seq, Kind.UNLINKED, "names a predecessor other than row " + last.seq()));
        }
        try {
            if (!AuditLog.entry(row, 0).isIntact()) {
                found.add(new Break(seq, Kind.CHANGED, "its hash is not that of its content"));
            }
        } catch (IllegalArgumentException unreadable) {
            found.add(new Break(seq, Kind.UNREADABLE, String.valueOf(unreadable.getMessage())));
        }
        for (ChainHead head : List.copyOf(open)) {
            if (head.seq() <= seq) {
                open.remove(head);
                if (head.seq() < seq) {
                    found.add(new Break(head.seq(), Kind.CUT_OFF, "row " + head.seq() + " was noted and is missing"));
                } else if (!head.hash().equals(hash)) {
                    found.add(new Break(seq, Kind.REWRITTEN, "its hash is not the one noted earlier"));
                }
            }
        }
        if (breaks.size() <= MAX_BREAKS) {
            breaks.addAll(found);
        }
        return new ChainHead(seq, hash);
    }
}
