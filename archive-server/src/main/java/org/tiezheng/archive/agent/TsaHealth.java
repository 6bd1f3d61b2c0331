package org.tiezheng.archive.agent;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;

/**
 * Whether the time-stamp authorities of the agent inside the server answer: each is asked for a real token over a random number,
 * every ten minutes, every minute while one does not answer. Authorities of agents elsewhere are those agents' own.
 */
final class TsaHealth implements HealthPart {
    private static final Duration USUALLY = Duration.ofMinutes(10);
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    private final boolean enabled;
    private final boolean embedded;
    private final List<? extends TimestampAuthority> external;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private @Nullable Health last;
    private Instant again = Instant.EPOCH;

    /**
     * @param enabled whether there is an agent inside the server
     * @param embedded whether it may use the embedded authority
     * @param external asked in this order
     */
    TsaHealth(boolean enabled, boolean embedded, List<? extends TimestampAuthority> external, Clock clock) {
        this.enabled = enabled;
        this.embedded = embedded;
        this.external = List.copyOf(external);
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tsa";
    }

    @Override
    public Health look() {
        if (!enabled) {
            return Health.up("elsewhere");
        }
        if (external.isEmpty()) {
            return Health.up("embedded");
        }
        Health known = last;
        Instant now = clock.instant();
        if (known != null && now.isBefore(again)) {
            return known;
        }
        Health seen = ask();
        last = seen;
        again = now.plus(seen.status() == Health.Status.UP ? USUALLY : AFTER_FAILURE);
        return seen;
    }

    private Health ask() {
        int answered = 0;
        for (TimestampAuthority authority : external) {
            byte[] number = new byte[32];
            random.nextBytes(number);
            try {
                authority.stamp(Digest.ofBytes(Digest.Algorithm.SHA256, number));
                answered++;
            } catch (TimestampException silent) {
                // Counted by not being counted; the agent's log has the reason when it matters.
            }
        }
        String[] figures = {String.valueOf(answered), String.valueOf(external.size())};
        if (answered == external.size()) {
            return Health.up("answers", figures);
        }
        return answered > 0 || embedded ? Health.degraded("partly", figures) : Health.down("silent", figures);
    }
}
