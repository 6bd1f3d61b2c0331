package org.tiezheng.archive.catalogue;

import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address as people read and type it, for the search index only: {@code https://xn--….cn/%E8%8C%B6} is found by 茶, too.
 *
 * <p>Each run of percent-encoded bytes is decoded as UTF-8, else as GB18030, which Chinese shops use; one that is neither stays as
 * it is. Host labels in Punycode become Unicode. Nothing may rely on the outcome: different addresses may read the same.
 */
final class ReadableAddress {
    private static final Pattern ENCODED = Pattern.compile("(?:%[0-9a-fA-F]{2})+");
    private static final Pattern PUNYCODE = Pattern.compile("(?i)xn--[a-z0-9-]{1,59}");
    private static final Charset GB18030 = Charset.forName("GB18030");

    private ReadableAddress() {}

    /** Empty if it reads as it is written. */
    static Optional<String> of(String address) {
        String decoded = ENCODED.matcher(address).replaceAll(run -> Matcher.quoteReplacement(decode(run.group())));
        int path = decoded.indexOf('/', decoded.indexOf("://") < 0 ? 0 : decoded.indexOf("://") + 3);
        String host = path < 0 ? decoded : decoded.substring(0, path);
        String readable = PUNYCODE.matcher(host).replaceAll(label -> Matcher.quoteReplacement(unicode(label.group())))
                + (path < 0 ? "" : decoded.substring(path));
        return readable.equals(address) ? Optional.empty() : Optional.of(readable);
    }

    private static String decode(String run) {
        byte[] bytes = new byte[run.length() / 3];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(run.substring(3 * i + 1, 3 * i + 3), 16);
        }
        for (Charset charset : new Charset[] {StandardCharsets.UTF_8, GB18030}) {
            try {
                // A new decoder reports what is malformed.
                return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            } catch (CharacterCodingException other) {
                // The next one.
            }
        }
        return run;
    }

    private static String unicode(String label) {
        // Gives back what it does not understand.
        return IDN.toUnicode(label.toLowerCase(Locale.ROOT));
    }
}
