package org.tiezheng.evidence.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The proof in a package, {@code META-INF/log001.tlog-proof}: that an entry stands in a log whose tree the log signed and
 * witnesses saw. Source: {@code c2sp.org/tlog-proof@v1}; its extra data is the entry, which a verifier could not put
 * together from the package alone.
 *
 * @param entry as it stands in the log; only {@link #proves} says that it does
 * @param index of the entry, from 0
 * @param hashes inclusion proof, from the leaf's sibling up
 * @param checkpoint of the tree it is in
 */
public record LogProof(byte[] entry, long index, List<LogHash> hashes, Checkpoint checkpoint) {
    /** 64 hashes, the largest entry and the largest checkpoint. */
    public static final int MAX_BYTES = Checkpoint.MAX_BYTES + (1 << 17);

    private static final String FIRST_LINE = "c2sp.org/tlog-proof@v1";
    private static final String EXTRA = "extra ";
    private static final Pattern INDEX = Pattern.compile("index (0|[1-9][0-9]{0,17})");

    public LogProof {
        entry = entry.clone();
        hashes = List.copyOf(hashes);
    }

    @Override
    public byte[] entry() {
        return entry.clone();
    }

    /** @throws MalformedLogException if {@code file} is not one proof */
    public static LogProof parse(byte[] file) throws MalformedLogException {
        if (file.length > MAX_BYTES) {
            throw new MalformedLogException("larger than " + MAX_BYTES + " bytes");
        }
        // Latin-1 keeps the checkpoint's bytes as they are; the lines before it are ASCII.
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\n\n");
        if (end < 0) {
            throw new MalformedLogException("no checkpoint");
        }
        List<String> lines =
                new ArrayList<>(Arrays.asList(text.substring(0, end).split("\n", -1)));
        if (!lines.remove(0).equals(FIRST_LINE)) {
            throw new MalformedLogException("the first line is not " + FIRST_LINE);
        }
        if (lines.isEmpty() || !lines.get(0).startsWith(EXTRA)) {
            throw new MalformedLogException("no entry");
        }
        byte[] entry = entry(lines.remove(0).substring(EXTRA.length()));
        if (lines.isEmpty() || !INDEX.matcher(lines.get(0)).matches()) {
            throw new MalformedLogException("no index");
        }
        long index = Long.parseLong(lines.remove(0).substring("index ".length()));
        if (lines.size() > MerkleProofs.MAX_HASHES) {
            throw new MalformedLogException(lines.size() + " hashes");
        }
        List<LogHash> hashes = new ArrayList<>();
        for (String line : lines) {
            hashes.add(LogHash.parse(line));
        }
        byte[] note = text.substring(end + 2).getBytes(StandardCharsets.ISO_8859_1);
        return new LogProof(entry, index, hashes, Checkpoint.parse(note));
    }

    private static byte[] entry(String base64) throws MalformedLogException {
        try {
            byte[] entry = Base64.getDecoder().decode(base64);
            if (entry.length <= LogTree.MAX_ENTRY_BYTES) {
                return entry;
            }
        } catch (IllegalArgumentException e) {
            throw new MalformedLogException("the entry is not base64", e);
        }
        throw new MalformedLogException("the entry is too long");
    }

    /** The file. */
    public byte[] toBytes() {
        StringBuilder head = new StringBuilder(
                FIRST_LINE + "\n" + EXTRA + Base64.getEncoder().encodeToString(entry) + "\nindex " + index + "\n");
        hashes.forEach(hash -> head.append(hash.base64()).append('\n'));
        byte[] first = head.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
        byte[] note = checkpoint.toBytes();
        byte[] file = Arrays.copyOf(first, first.length + note.length);
        System.arraycopy(note, 0, file, first.length, note.length);
        return file;
    }

    /** Whether the entry stands in the checkpoint's tree. Whether to believe the checkpoint is another question. */
    public boolean proves() {
        return MerkleProofs.includes(index, checkpoint.size(), LogHash.leaf(entry), hashes, checkpoint.root());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogProof proof && Arrays.equals(toBytes(), proof.toBytes());
    }

    @Override
    public int hashCode() {
        return Long.hashCode(index);
    }
}
