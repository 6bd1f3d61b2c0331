package org.tiezheng.evidence.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a log asks a witness: to cosign a checkpoint, with the proof that it continues the one the witness saw last.
 *
 * <pre>
 * old 20852014
 * PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
 *
 * log.example/evidence
 * 20852163
 * CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 * — log.example/evidence Az3grlgtzPICa5OS8npVmf1M…
 * </pre>
 *
 * <p>Source: C2SP tlog-witness v1.0.0, "add-checkpoint". Verifies nothing but the form.
 *
 * @param oldSize what the log believes the witness to have cosigned last; 0 for nothing
 * @param proof consistency proof from there, at most {@value #MAX_HASHES} hashes
 * @param checkpoint with at least the log's signature
 */
public record AddCheckpoint(long oldSize, List<LogHash> proof, Checkpoint checkpoint) {
    /** Path below a witness's submission prefix. */
    public static final String PATH = "add-checkpoint";
    /** Type of the body of a 409, which is the size the witness cosigned last. */
    public static final String SIZE_TYPE = "text/x.tlog.size";

    public static final int MAX_HASHES = 63;
    /** The largest checkpoint and 63 hashes. */
    public static final int MAX_BYTES = Checkpoint.MAX_BYTES + 4096;

    private static final Pattern OLD = Pattern.compile("old (0|[1-9][0-9]{0,17})");

    public AddCheckpoint {
        proof = List.copyOf(proof);
        if (oldSize < 0 || proof.size() > MAX_HASHES) {
            throw new IllegalArgumentException("old size " + oldSize + ", " + proof.size() + " hashes");
        }
    }

    /** @throws MalformedLogException if {@code body} is no such request */
    public static AddCheckpoint parse(byte[] body) throws MalformedLogException {
        if (body.length > MAX_BYTES) {
            throw new MalformedLogException("larger than " + MAX_BYTES + " bytes");
        }
        // Latin-1 keeps the checkpoint's bytes as they are; the lines before it are ASCII.
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\n\n");
        if (end < 0) {
            throw new MalformedLogException("no checkpoint");
        }
        List<String> lines = Arrays.asList(text.substring(0, end).split("\n", -1));
        if (!OLD.matcher(lines.get(0)).matches()) {
            throw new MalformedLogException("no old size");
        }
        if (lines.size() - 1 > MAX_HASHES) {
            throw new MalformedLogException("more than " + MAX_HASHES + " hashes");
        }
        List<LogHash> proof = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            proof.add(LogHash.parse(line));
        }
        byte[] note = text.substring(end + 2).getBytes(StandardCharsets.ISO_8859_1);
        return new AddCheckpoint(
                Long.parseLong(lines.get(0).substring("old ".length())), proof, Checkpoint.parse(note));
    }

    /** The request's body. */
    public byte[] toBytes() {
        StringBuilder head = new StringBuilder("old " + oldSize + "\n");
        proof.forEach(hash -> head.append(hash.base64()).append('\n'));
        byte[] first = head.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
        byte[] note = checkpoint.toBytes();
        byte[] body = Arrays.copyOf(first, first.length + note.length);
        System.arraycopy(note, 0, body, first.length, note.length);
        return body;
    }

    /**
     * The signature lines of a witness's answer.
     *
     * @throws MalformedLogException if it is none, or has more than a checkpoint may have
     */
    public static List<Checkpoint.Line> answer(byte[] body) throws MalformedLogException {
        String text = new String(body, StandardCharsets.UTF_8);
        boolean isUtf8 = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), body);
        if (body.length > Checkpoint.MAX_BYTES || !isUtf8 || !text.endsWith("\n")) {
            throw new MalformedLogException("an answer that is not signature lines");
        }
        List<Checkpoint.Line> lines = new ArrayList<>();
        for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
            if (lines.size() == Checkpoint.MAX_SIGNATURES) {
                throw new MalformedLogException("an answer of too many signatures");
            }
            lines.add(Checkpoint.line(line));
        }
        return lines;
    }
}
