package org.tiezheng.archive.audit;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The last row of the audit log at some moment; written {@code SEQ:HASH}. One that was noted outside the database proves later
 * that nothing up to there was cut off or written anew.
 */
public record ChainHead(long seq, String hash) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18}):([0-9a-f]{64})");

    /** The head of an empty log. */
    public static final ChainHead EMPTY = new ChainHead(0, AuditEntry.START);

    public static Optional<ChainHead> parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        return matcher.matches()
                ? Optional.of(new ChainHead(Long.parseLong(matcher.group(1)), matcher.group(2)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return seq + ":" + hash;
    }
}
