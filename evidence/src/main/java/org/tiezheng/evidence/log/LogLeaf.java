package org.tiezheng.evidence.log;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiezheng.evidence.Digest;

/**
 * The log's entry for a sealed package: one line of JSON with fixed keys in fixed order.
 *
 * <pre>
 * {"v":1,"id":"5f0e8a3c-…","sha256":"…","sm3":"…","size":842608740,"t":"2026-11-21T08:01:00Z"}
 * </pre>
 *
 * <p>No address and no personal data; the random record ids in the WARC keep the digests unguessable. Source:
 * docs/format.md, "Log".
 *
 * @param id of the package
 * @param sha256 of capture.wacz
 * @param sm3 of capture.wacz
 * @param sizeBytes of capture.wacz
 * @param time genTime of the seal, to the second, UTC
 */
public record LogLeaf(UUID id, Digest sha256, Digest sm3, long sizeBytes, Instant time) implements LogEntry {
    private static final Pattern LINE = Pattern.compile("\\{\"v\":1,\"id\":\"(?<id>[0-9a-f-]{36})\","
            + "\"sha256\":\"(?<sha256>[0-9a-f]{64})\",\"sm3\":\"(?<sm3>[0-9a-f]{64})\","
            + "\"size\":(?<size>0|[1-9][0-9]{0,17}),\"t\":\"(?<time>[0-9]{4}-[0-9T:-]{14}Z)\"}");

    public LogLeaf {
        time = time.truncatedTo(ChronoUnit.SECONDS);
        if (sha256.algorithm() != Digest.Algorithm.SHA256 || sm3.algorithm() != Digest.Algorithm.SM3 || sizeBytes < 0) {
            throw new IllegalArgumentException("a leaf has a SHA-256, an SM3 and a size");
        }
    }

    /** @throws MalformedLogException if {@code entry} is not exactly such a line */
    public static LogLeaf parse(byte[] entry) throws MalformedLogException {
        Matcher line = LINE.matcher(new String(entry, StandardCharsets.ISO_8859_1));
        if (line.matches()) {
            try {
                LogLeaf leaf = new LogLeaf(
                        UUID.fromString(line.group("id")),
                        Digest.sha256(line.group("sha256")),
                        Digest.sm3(line.group("sm3")),
                        Long.parseLong(line.group("size")),
                        Instant.parse(line.group("time")));
                if (java.util.Arrays.equals(leaf.toBytes(), entry)) {
                    return leaf;
                }
            } catch (RuntimeException e) {
                throw new MalformedLogException("the entry of a package with no id or no time", e);
            }
        }
        throw new MalformedLogException("not the entry of a package");
    }

    /** The line, without a newline. */
    @Override
    public String toString() {
        return "{\"v\":1,\"id\":\"" + id + "\",\"sha256\":\"" + sha256.hex() + "\",\"sm3\":\"" + sm3.hex()
                + "\",\"size\":" + sizeBytes + ",\"t\":\"" + time + "\"}";
    }

    @Override
    public byte[] toBytes() {
        return toString().getBytes(StandardCharsets.US_ASCII);
    }
}
