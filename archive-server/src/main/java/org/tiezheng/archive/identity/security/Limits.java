package org.tiezheng.archive.identity.security;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often somebody may do something: a bucket of tokens for each key, refilled evenly. At most {@value #KEYS} keys
 * are remembered; of more, the ones not seen for longest are forgotten, so no flood of addresses fills the memory.
 * Each server node counts for itself.
 */
final class Limits {
    static final int KEYS = 10_000;

    private final int perMinute;
    private final TimeMeter time;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > KEYS;
        }
    };

    Limits(int perMinute, TimeMeter time) {
        this.perMinute = perMinute;
        this.time = time;
    }

    /** Takes one token; how long to wait for the next one if there is none, else zero. */
    Duration take(String key) {
        var probe = bucket(key).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed() ? Duration.ZERO : Duration.ofNanos(probe.getNanosToWaitForRefill());
    }

    /** As {@link #take}, but takes nothing. */
    Duration look(String key) {
        var probe = bucket(key).estimateAbilityToConsume(1);
        return probe.canBeConsumed() ? Duration.ZERO : Duration.ofNanos(probe.getNanosToWaitForRefill());
    }

    /** Takes one token if there is one. */
    void spend(String key) {
        boolean unused = bucket(key).tryConsume(1);
    }

    int size() {
        synchronized (buckets) {
            return buckets.size();
        }
    }

    private Bucket bucket(String key) {
        synchronized (buckets) {
            return buckets.computeIfAbsent(
                    key,
                    unknown -> Bucket.builder()
                            .withCustomTimePrecision(time)
                            .addLimit(Bandwidth.builder()
                                    .capacity(perMinute)
                                    .refillGreedy(perMinute, Duration.ofMinutes(1))
                                    .build())
                            .build());
        }
    }

    /** Key of an address: all of IPv4, the /64 of IPv6, which is what one household or host is given. */
    static String address(@Nullable String ip) {
        if (ip == null || ip.indexOf(':') < 0) {
            return String.valueOf(ip);
        }
        try {
            // A literal: nothing is looked up.
            InetAddress address = InetAddress.getByName(ip.indexOf('%') < 0 ? ip : ip.substring(0, ip.indexOf('%')));
            return address instanceof Inet6Address ? HexFormat.of().formatHex(address.getAddress(), 0, 8) : ip;
        } catch (UnknownHostException e) {
            return ip;
        }
    }
}
