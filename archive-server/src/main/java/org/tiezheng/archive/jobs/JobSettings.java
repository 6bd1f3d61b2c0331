package org.tiezheng.archive.jobs;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings {@code tiezheng.jobs.*}; docs/configuration.md explains them.
 *
 * @param lease how long an agent may be silent before its job goes to another
 * @param attempts how often a job is tried before it is FAILED
 * @param backoffFirst wait after the first failure; doubled by every further one, with up to half of it taken off at random
 * @param backoffMost longest wait
 * @param hostConcurrency captures of one host at the same time, unless the host has a limit of its own
 * @param hostInterval least time between two starts at one host, likewise
 * @param batchMost addresses of one batch
 * @param uploadMost size of a list of addresses
 * @param allowHosts exceptions to the agents' egress policy, {@code HOST[:PORT]}; sent with every lease
 * @param trustSpki base64 SHA-256 of public keys the agents' browsers accept whatever their certificate; likewise
 * @param housekeeping how often lost agents and due schedules are looked for
 * @param keepSubmissions how long a repeated submit is recognised by its idempotency key
 */
@ConfigurationProperties(prefix = "tiezheng.jobs", ignoreUnknownFields = false)
public record JobSettings(
        @DefaultValue("60s") Duration lease,
        @DefaultValue("5") int attempts,
        @DefaultValue("30s") Duration backoffFirst,
        @DefaultValue("30m") Duration backoffMost,
        @DefaultValue("2") int hostConcurrency,
        @DefaultValue("1s") Duration hostInterval,
        @DefaultValue("10000") int batchMost,
        @DefaultValue("5MB") DataSize uploadMost,
        @DefaultValue List<String> allowHosts,
        @DefaultValue List<String> trustSpki,
        @DefaultValue("5s") Duration housekeeping,
        @DefaultValue("7d") Duration keepSubmissions) {

    public JobSettings {
        if (lease.toSeconds() < 5 || attempts < 1 || hostConcurrency < 1 || hostInterval.isNegative()) {
            throw new IllegalArgumentException(
                    "tiezheng.jobs: lease of 5 s or more, attempts and host-concurrency of 1 or more are needed");
        }
        if (backoffFirst.toMillis() < 1 || backoffMost.compareTo(backoffFirst) < 0) {
            throw new IllegalArgumentException(
                    "tiezheng.jobs: backoff-first must be positive and at most backoff-most");
        }
        if (batchMost < 1 || uploadMost.toBytes() < 1 || housekeeping.toMillis() < 100) {
            throw new IllegalArgumentException(
                    "tiezheng.jobs: batch-most, upload-most and housekeeping (100 ms or more) must be positive");
        }
        allowHosts = List.copyOf(allowHosts);
        trustSpki = List.copyOf(trustSpki);
    }

    /** What applies if nothing is configured. */
    public static JobSettings defaults() {
        return new JobSettings(
                Duration.ofSeconds(60),
                5,
                Duration.ofSeconds(30),
                Duration.ofMinutes(30),
                2,
                Duration.ofSeconds(1),
                10_000,
                DataSize.ofMegabytes(5),
                List.of(),
                List.of(),
                Duration.ofSeconds(5),
                Duration.ofDays(7));
    }
}
