package org.tiezheng.archive.log;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The transparency log.
 *
 * @param origin name of the log, for ever: an address-like word without {@code https://}, such as {@code
 *     archive.example.gov.cn/log}. It is also the name of its key
 * @param every how often new entries are taken in and a checkpoint is signed; packages wait so long for their proof
 * @param batch most entries taken in at once
 * @param policy file in the form of C2SP tlog-policy: which witnesses are asked, at their addresses, and how many of them make
 *     a proof; without it none is
 * @param witnessWait how long a signed checkpoint waits for cosignatures before it is published without
 * @param witnessTimeout for one answer of a witness
 * @param witnessRound how long all witnesses are asked about one checkpoint before they are asked about a newer one
 * @param startWithoutWitnesses sign new entries after a start although too few witnesses could be asked whether this database
 *     is the newest they know
 * @param formerKeys verifier keys that this log signed with before, after a change of its key
 * @param mirror its copy in the object store
 */
@ConfigurationProperties(prefix = "tiezheng.log", ignoreUnknownFields = false)
public record LogSettings(
        @DefaultValue("tiezheng.localhost/log") String origin,
        @DefaultValue("2s") Duration every,
        @DefaultValue("1000") int batch,
        @Nullable Path policy,
        @DefaultValue("5s") Duration witnessWait,
        @DefaultValue("10s") Duration witnessTimeout,
        @DefaultValue("20s") Duration witnessRound,
        @DefaultValue("false") boolean startWithoutWitnesses,
        @DefaultValue List<String> formerKeys,
        @DefaultValue Mirror mirror) {

    /**
     * The copy of the published log in the object store.
     *
     * @param on whether there is one
     * @param every how often it is brought up to date
     * @param lock how long what is final is locked there
     */
    public record Mirror(
            @DefaultValue("true") boolean on,
            @DefaultValue("1m") Duration every,
            @DefaultValue("10950d") Duration lock) {
        public Mirror {
            if (every.compareTo(Duration.ofSeconds(1)) < 0 || every.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("tiezheng.log.mirror.every is 1s to 1d");
            }
            if (lock.compareTo(Duration.ofDays(1)) < 0 || lock.compareTo(Duration.ofDays(36_500)) > 0) {
                throw new IllegalArgumentException("tiezheng.log.mirror.lock is 1d to 36500d");
            }
        }
    }

    public LogSettings {
        if (every.compareTo(Duration.ofMillis(100)) < 0 || every.compareTo(Duration.ofSeconds(10)) > 0) {
            throw new IllegalArgumentException(
                    "tiezheng.log.every is 100ms to 10s: a checkpoint follows a seal so soon");
        }
        if (batch < 1 || batch > 10_000) {
            throw new IllegalArgumentException("tiezheng.log.batch is 1 to 10000");
        }
        if (witnessWait.isNegative() || witnessWait.plus(every).compareTo(Duration.ofSeconds(10)) > 0) {
            throw new IllegalArgumentException(
                    "tiezheng.log.witness-wait and tiezheng.log.every are at most 10s together: a checkpoint follows a seal so soon");
        }
        if (witnessTimeout.compareTo(Duration.ofSeconds(1)) < 0
                || witnessTimeout.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("tiezheng.log.witness-timeout is 1s to 1m");
        }
        if (witnessRound.compareTo(Duration.ofSeconds(1)) < 0 || witnessRound.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("tiezheng.log.witness-round is 1s to 1h");
        }
        formerKeys = List.copyOf(formerKeys);
    }
}
