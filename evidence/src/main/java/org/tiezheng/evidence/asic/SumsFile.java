package org.tiezheng.evidence.asic;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Parsed;
import org.tiezheng.evidence.zip.MemberNames;

/**
 * SHA256SUMS or SM3SUMS: one line per file, in the form that GNU coreutils checks.
 *
 * <p>SHA-256: {@code <hex>  <path>}, for {@code sha256sum -c}. SM3: {@code SM3 (<path>) = <hex>}, for {@code cksum
 * --check} of coreutils 9. Every line ends in LF.
 *
 * @param sums path to digest, in the order of the lines; all digests under {@code algorithm}
 */
public record SumsFile(Digest.Algorithm algorithm, Map<String, Digest> sums) {
    private static final Pattern SHA256_LINE = Pattern.compile("(?<hex>[0-9a-f]{64})  (?<path>.+)");
    private static final Pattern SM3_LINE = Pattern.compile("SM3 \\((?<path>.+)\\) = (?<hex>[0-9a-f]{64})");

    public SumsFile {
        sums = Collections.unmodifiableMap(new LinkedHashMap<>(sums));
        sums.forEach((path, digest) -> {
            if (!MemberNames.isLegal(path) || digest.algorithm() != algorithm) {
                throw new IllegalArgumentException(MemberNames.printable(path) + " " + digest);
            }
        });
    }

    /** The bytes of the file. */
    public byte[] toBytes() {
        StringBuilder text = new StringBuilder();
        sums.forEach((path, digest) -> text.append(line(path, digest)).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String line(String path, Digest digest) {
        return digest.algorithm() == Digest.Algorithm.SM3
                ? "SM3 (" + path + ") = " + digest.hex()
                : digest.hex() + "  " + path;
    }

    /**
     * Reads such a file strictly: what parses encodes to the same bytes. Finding M08 under {@code subject} otherwise.
     *
     * @param content the whole file; the caller limits its size
     */
    public static Parsed<SumsFile> parse(Digest.Algorithm algorithm, byte[] content, String subject) {
        String text;
        try {
            text = StandardCharsets.US_ASCII
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            return Parsed.failed(Finding.invalid(Code.M08, subject, "not ASCII"));
        }
        if (!text.endsWith("\n")) {
            return Parsed.failed(Finding.invalid(Code.M08, subject, "last line does not end in LF"));
        }
        Pattern form = algorithm == Digest.Algorithm.SM3 ? SM3_LINE : SHA256_LINE;
        Map<String, Digest> sums = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
            number++;
            Matcher matcher = form.matcher(line);
            if (!matcher.matches() || !MemberNames.isLegal(matcher.group("path"))) {
                return Parsed.failed(Finding.invalid(Code.M08, subject, "line " + number + " is not of the one form"));
            }
            if (sums.put(matcher.group("path"), new Digest(algorithm, matcher.group("hex"))) != null) {
                return Parsed.failed(
                        Finding.invalid(Code.M08, subject, "line " + number + " names a file a second time"));
            }
        }
        return Parsed.of(new SumsFile(algorithm, sums));
    }
}
