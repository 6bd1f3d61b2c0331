package org.tiezheng.evidence.log;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A log's word on its tree: name of the log, number of entries, root; with the signatures of the log and of witnesses.
 *
 * <pre>
 * log.example/evidence
 * 1309
 * CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 * — log.example/evidence Az3grlgtzPICa5OS8npVmf1M…
 * </pre>
 *
 * <p>We allow no extension lines. Parsing verifies nothing; {@link #signedBy} does. Source: C2SP tlog-checkpoint v1.0.0,
 * signed-note v1.0.0.
 *
 * @param origin name of the log
 * @param size number of entries
 * @param root of the tree
 * @param signatures as they stand; those of unknown keys mean nothing
 */
public record Checkpoint(String origin, long size, LogHash root, List<Line> signatures) {
    /** With 32 witnesses under ML-DSA-44 it has 110 kB. */
    public static final int MAX_BYTES = 1 << 18;

    static final int MAX_SIGNATURES = 100;
    private static final String DASH = "\u2014 ";
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,17}");

    /**
     * A signature line.
     *
     * @param name of the key
     * @param keyId first bytes of a digest of name and key
     * @param value signature; of a cosignature with its time before it
     */
    public record Line(String name, int keyId, byte[] value) {
        public Line {
            value = value.clone();
        }

        @Override
        public byte[] value() {
            return value.clone();
        }

        /** With the newline. */
        public String text() {
            byte[] bytes = ByteBuffer.allocate(Integer.BYTES + value.length)
                    .putInt(keyId)
                    .put(value)
                    .array();
            return DASH + name + " " + Base64.getEncoder().encodeToString(bytes) + "\n";
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Line line && text().equals(line.text());
        }

        @Override
        public int hashCode() {
            return keyId;
        }
    }

    public Checkpoint {
        signatures = List.copyOf(signatures);
        if (!isOrigin(origin) || size < 0) {
            throw new IllegalArgumentException("no origin or a negative size");
        }
    }

    /** Of our logs the origin is also the name of the key, and its length is written in one byte. */
    private static boolean isOrigin(String origin) {
        return VerifierKey.isName(origin) && origin.getBytes(StandardCharsets.UTF_8).length <= 255;
    }

    /** @throws MalformedLogException if these are not one signed checkpoint */
    public static Checkpoint parse(byte[] note) throws MalformedLogException {
        if (note.length > MAX_BYTES) {
            throw new MalformedLogException("a checkpoint larger than " + MAX_BYTES + " bytes");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(note))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedLogException("a checkpoint that is not UTF-8", e);
        }
        int end = text.indexOf("\n\n");
        if (end < 0 || !text.endsWith("\n")) {
            throw new MalformedLogException("a checkpoint without signatures");
        }
        String[] body = text.substring(0, end).split("\n", -1);
        if (body.length != 3 || !isOrigin(body[0]) || !NUMBER.matcher(body[1]).matches()) {
            throw new MalformedLogException("a checkpoint is origin, size and root");
        }
        LogHash root = LogHash.parse(body[2]);
        String[] lines = text.substring(end + 2).split("\n", -1);
        if (lines.length < 2 || lines.length - 1 > MAX_SIGNATURES) {
            throw new MalformedLogException("a checkpoint with " + (lines.length - 1) + " signatures");
        }
        List<Line> signatures = new ArrayList<>();
        for (String line : Arrays.copyOf(lines, lines.length - 1)) {
            signatures.add(line(line));
        }
        return new Checkpoint(body[0], Long.parseLong(body[1]), root, signatures);
    }

    /** @throws MalformedLogException if {@code line} is no signature line (without its newline) */
    public static Line line(String line) throws MalformedLogException {
        String[] parts = line.split(" ", -1);
        if (parts.length != 3 || !(parts[0] + " ").equals(DASH) || !VerifierKey.isName(parts[1])) {
            throw new MalformedLogException("a line of a checkpoint is no signature");
        }
        byte[] value;
        try {
            value = Base64.getDecoder().decode(parts[2]);
        } catch (IllegalArgumentException e) {
            throw new MalformedLogException("a signature is not base64", e);
        }
        // One text for one signature: the decoder forgives left-out padding and stray last bits.
        if (!Base64.getEncoder().encodeToString(value).equals(parts[2])) {
            throw new MalformedLogException("a signature is not the one base64 of its bytes");
        }
        if (value.length <= Integer.BYTES) {
            throw new MalformedLogException("a signature of " + value.length + " bytes");
        }
        return new Line(
                parts[1], ByteBuffer.wrap(value).getInt(), Arrays.copyOfRange(value, Integer.BYTES, value.length));
    }

    /** What the log signs: three lines, each with its newline. */
    public byte[] body() {
        return (origin + "\n" + size + "\n" + root.base64() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** The signed note. */
    public byte[] toBytes() {
        StringBuilder text = new StringBuilder(new String(body(), StandardCharsets.UTF_8)).append('\n');
        signatures.forEach(line -> text.append(line.text()));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The same with {@code more} behind the signatures it has; what it has already is not added again. */
    public Checkpoint with(List<Line> more) {
        List<Line> all = new ArrayList<>(signatures);
        more.stream().filter(line -> !all.contains(line)).forEach(all::add);
        return new Checkpoint(origin, size, root, all);
    }

    /** Whether one of the signatures is that of {@code key} and right. */
    public boolean signedBy(VerifierKey key) {
        return lines(key).stream().anyMatch(line -> key.verifies(this, line.value()));
    }

    /** When {@code witness} cosigned, by its own clock; empty if it did not or the cosignature is wrong. */
    public Optional<Instant> cosignedAt(VerifierKey witness) {
        return witness.type().isCosignature()
                ? lines(witness).stream()
                        .filter(line -> witness.verifies(this, line.value()))
                        .map(line -> Instant.ofEpochSecond(
                                ByteBuffer.wrap(line.value()).getLong()))
                        .findFirst()
                : Optional.empty();
    }

    private List<Line> lines(VerifierKey key) {
        return signatures.stream()
                .filter(line -> line.keyId() == key.keyId() && line.name().equals(key.name()))
                .toList();
    }
}
