package org.tiezheng.evidence.wacz;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The lookup key of a URL: {@code https://www.Shop.example/a?c=2&b=1} is {@code example,shop)/a?b=1&c=2}.
 *
 * <p>Equal to warcio.js {@code getSurt}, which players use, and which lower-cases the URL and then reads it as browsers do
 * (WHATWG URL). Known gap: internationalised hosts follow IDNA 2003, which differs for ß, ς and joiners.
 *
 * <p>Source: warcio.js lib/utils.ts; URL Living Standard, sections 4.4 (parsing) and 3.5 (hosts).
 */
final class Surt {
    private static final Pattern WWW = Pattern.compile("^(https?://)www[0-9]*\\.");
    private static final Pattern HTTP = Pattern.compile("^(https?):[/\\\\]*");

    /** IDNA: full stop and the three that stand for it. */
    private static final Pattern DOTS = Pattern.compile("[.\u3002\uff0e\uff61]");

    /**
     * Percent-encode sets of the URL standard, beyond controls and non-ASCII. Without {@code ^}, which the standard took in
     * late: a browser that encodes it has done so before we see the URL.
     */
    private static final String PATH_SET = " \"#<>?`{}";

    private static final String QUERY_SET = " \"#<>'";
    private static final String FORBIDDEN_IN_HOST = "\0\t\n\r #/:<>?@[\\]^|%\u007f";

    private Surt() {}

    /** For any text; what is not an http or https URL is its own key. */
    static String of(String url) {
        if (!url.startsWith("https:") && !url.startsWith("http:")) {
            return url;
        }
        String bare = WWW.matcher(url).replaceFirst("$1");
        return parse(bare.toLowerCase(Locale.ROOT)).orElse(bare);
    }

    private static Optional<String> parse(String lowerCase) {
        String url = trim(lowerCase);
        Matcher start = HTTP.matcher(url);
        if (!start.find()) {
            return Optional.empty();
        }
        boolean https = start.group(1).equals("https");
        String rest = url.substring(start.end());
        int authorityEnd = firstOf(rest, "/\\?#");
        String authority = rest.substring(0, authorityEnd);
        String hostAndPort = authority.substring(authority.lastIndexOf('@') + 1);
        int colon = portColon(hostAndPort);
        Optional<String> host = host(hostAndPort.substring(0, colon));
        Optional<String> port = port(hostAndPort.substring(colon), https);
        if (host.isEmpty() || port.isEmpty()) {
            return Optional.empty();
        }
        String tail = rest.substring(authorityEnd);
        int hash = tail.indexOf('#');
        if (hash >= 0) {
            tail = tail.substring(0, hash);
        }
        int question = tail.indexOf('?');
        String path = path(question < 0 ? tail : tail.substring(0, question));
        String query = question < 0 ? "" : encode(tail.substring(question + 1), QUERY_SET);
        return Optional.of(
                reversed(host.get()) + port.get() + ")" + path + (query.isEmpty() ? "" : "?" + sorted(query)));
    }

    private static String sorted(String query) {
        String[] arguments = query.split("&", -1);
        Arrays.sort(arguments);
        return String.join("&", arguments);
    }

    private static String reversed(String host) {
        List<String> labels = new ArrayList<>(Arrays.asList(host.split("\\.", -1)));
        Collections.reverse(labels);
        return String.join(",", labels);
    }

    /** Leading and trailing controls and spaces go, tabs and line ends anywhere. */
    private static String trim(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) <= ' ') {
            from++;
        }
        while (to > from && text.charAt(to - 1) <= ' ') {
            to--;
        }
        return text.substring(from, to).replaceAll("[\t\n\r]", "");
    }

    private static int firstOf(String text, String characters) {
        for (int i = 0; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    /** Where the port begins, with its colon; the text's length if there is none. */
    private static int portColon(String hostAndPort) {
        int bracket = hostAndPort.lastIndexOf(']');
        int colon = hostAndPort.indexOf(':', Math.max(0, bracket));
        return colon < 0 ? hostAndPort.length() : colon;
    }

    private static Optional<String> port(String colonAndDigits, boolean https) {
        if (colonAndDigits.length() <= 1) {
            return Optional.of("");
        }
        String digits = colonAndDigits.substring(1);
        if (!digits.matches("[0-9]+")) {
            return Optional.empty();
        }
        String plain = digits.replaceFirst("^0+(?=.)", "");
        if (plain.length() > 5 || Integer.parseInt(plain) > 65535) {
            return Optional.empty();
        }
        return Optional.of(plain.equals(https ? "443" : "80") ? "" : ":" + plain);
    }

    private static Optional<String> host(String text) {
        if (text.startsWith("[")) {
            return text.endsWith("]") ? Ipv6.serialize(text.substring(1, text.length() - 1)) : Optional.empty();
        }
        String ascii;
        try {
            ascii = toAscii(percentDecoded(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (ascii.isEmpty() || ascii.chars().anyMatch(c -> c < 0x20 || FORBIDDEN_IN_HOST.indexOf(c) >= 0)) {
            return Optional.empty();
        }
        return Ipv4.looksLike(ascii) ? Ipv4.serialize(ascii) : Optional.of(ascii);
    }

    /** Label by label: empty and ASCII labels stay as they are, which {@link IDN} would refuse or check. */
    private static String toAscii(String host) {
        return Arrays.stream(DOTS.split(host, -1))
                .map(label -> label.chars().allMatch(c -> c < 0x80)
                        ? label
                        : IDN.toASCII(label, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining("."));
    }

    private static String percentDecoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int count = 0;
        for (int i = 0; i < in.length; i++) {
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
            if (in[i] == '%' && high >= 0 && low >= 0) {
                out[count++] = (byte) (high * 16 + low);
                i += 2;
            } else {
                out[count++] = in[i];
            }
        }
        // The URL was lower-cased before, what the escapes held was not; hosts are, by IDNA.
        return new String(out, 0, count, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
    }

    private static String path(String text) {
        List<String> segments = new ArrayList<>();
        String[] parts = text.isEmpty() ? new String[0] : text.substring(1).split("[/\\\\]", -1);
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            String dots = parts[i].replace("%2e", ".");
            if (dots.equals("..")) {
                if (!segments.isEmpty()) {
                    segments.remove(segments.size() - 1);
                }
                if (last) {
                    segments.add("");
                }
            } else if (dots.equals(".")) {
                if (last) {
                    segments.add("");
                }
            } else {
                segments.add(encode(parts[i], PATH_SET));
            }
        }
        return "/" + String.join("/", segments);
    }

    private static String encode(String text, String set) {
        StringBuilder encoded = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (c > 0x1f && c < 0x7f && set.indexOf(c) < 0) {
                encoded.append((char) c);
                return;
            }
            // A lone surrogate becomes U+FFFD, as in browsers.
            String character = c >= 0xd800 && c <= 0xdfff ? "\ufffd" : Character.toString(c);
            for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
                encoded.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
            }
        });
        return encoded.toString();
    }

    /** Numeric hosts: {@code 127.1}, {@code 0x7f.0.0.1} and the like. Source: URL standard, "IPv4 parser". */
    private static final class Ipv4 {
        private Ipv4() {}

        static boolean looksLike(String host) {
            String[] parts = host.split("\\.", -1);
            int last = parts.length - 1;
            if (parts[last].isEmpty()) {
                if (parts.length == 1) {
                    return false;
                }
                last--;
            }
            return parts[last].matches("[0-9]+|0x[0-9a-f]*");
        }

        static Optional<String> serialize(String host) {
            String text = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
            String[] parts = text.split("\\.", -1);
            if (parts.length > 4) {
                return Optional.empty();
            }
            long address = 0;
            for (int i = 0; i < parts.length; i++) {
                long value = number(parts[i]);
                long limit = i == parts.length - 1 ? 1L << (8 * (5 - parts.length)) : 256;
                if (value < 0 || value >= limit) {
                    return Optional.empty();
                }
                address += i == parts.length - 1 ? value : value << (8 * (3 - i));
            }
            return Optional.of(
                    (address >> 24) + "." + (address >> 16 & 255) + "." + (address >> 8 & 255) + "." + (address & 255));
        }

        /** -1 if it is no number, or one that is too large for any place. */
        private static long number(String text) {
            try {
                if (text.isEmpty() || text.length() > 64) {
                    return -1;
                }
                if (text.startsWith("0x")) {
                    return text.length() == 2 ? 0 : Long.parseUnsignedLong(text.substring(2), 16);
                }
                return text.length() > 1 && text.startsWith("0") ? Long.parseLong(text, 8) : Long.parseLong(text);
            } catch (NumberFormatException e) {
                return -1;
            }
        }
    }

    /** Source: URL standard, "IPv6 parser" and "IPv6 serializer" (RFC 5952). */
    private static final class Ipv6 {
        private Ipv6() {}

        static Optional<String> serialize(String text) {
            String hex = withoutIpv4(text);
            int gap = hex.indexOf("::");
            List<Integer> head = pieces(gap < 0 ? hex : hex.substring(0, gap));
            List<Integer> tail = gap < 0 ? List.of() : pieces(hex.substring(gap + 2));
            int count = head.size() + tail.size();
            boolean wellFormed = !head.contains(-1) && !tail.contains(-1) && (gap < 0 ? count == 8 : count < 8);
            if (!wellFormed) {
                return Optional.empty();
            }
            int[] pieces = new int[8];
            for (int i = 0; i < head.size(); i++) {
                pieces[i] = head.get(i);
            }
            for (int i = 0; i < tail.size(); i++) {
                pieces[8 - tail.size() + i] = tail.get(i);
            }
            return Optional.of("[" + compressed(pieces) + "]");
        }

        /** {@code ::ffff:1.2.3.4} to {@code ::ffff:102:304}; unchanged, and refused later, if the end is no address. */
        private static String withoutIpv4(String text) {
            int colon = text.lastIndexOf(':');
            String end = text.substring(colon + 1);
            if (colon < 0 || !end.matches("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}")) {
                return text;
            }
            int[] bytes =
                    Arrays.stream(end.split("\\.")).mapToInt(Integer::parseInt).toArray();
            if (Arrays.stream(bytes).anyMatch(b -> b > 255)) {
                return text;
            }
            return text.substring(0, colon + 1)
                    + Integer.toHexString(bytes[0] << 8 | bytes[1])
                    + ":"
                    + Integer.toHexString(bytes[2] << 8 | bytes[3]);
        }

        /** -1 for what is no piece. */
        private static List<Integer> pieces(String text) {
            return text.isEmpty()
                    ? List.of()
                    : Arrays.stream(text.split(":", -1))
                            .map(piece -> piece.matches("[0-9a-f]{1,4}") ? Integer.parseInt(piece, 16) : -1)
                            .toList();
        }

        private static String compressed(int[] pieces) {
            int best = -1;
            int bestLength = 1;
            for (int i = 0; i < 8; i++) {
                int end = i;
                while (end < 8 && pieces[end] == 0) {
                    end++;
                }
                if (end - i > bestLength) {
                    best = i;
                    bestLength = end - i;
                }
            }
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                if (i == best) {
                    text.append(i == 0 ? "::" : ":");
                    i += bestLength - 1;
                    continue;
                }
                text.append(Integer.toHexString(pieces[i]));
                text.append(i < 7 ? ":" : "");
            }
            return text.toString();
        }
    }
}
