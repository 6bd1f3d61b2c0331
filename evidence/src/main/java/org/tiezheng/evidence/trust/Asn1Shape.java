package org.tiezheng.evidence.trust;

import java.io.IOException;

/**
 * Looks at the nesting of BER or DER bytes without recursion, before a recursive parser sees them: half a megabyte
 * of nested tags would overflow its stack, which is an Error that nobody catches.
 *
 * <p>Source: ITU-T X.690 sections 8.1.2 to 8.1.5.
 */
public final class Asn1Shape {
    /** More than enough for CMS with certificates; a recursive parser has stack for it. */
    public static final int MAX_DEPTH = 64;

    private static final int INDEFINITE = -1;

    private Asn1Shape() {}

    /** @throws IOException if {@code ber} is not exactly one value, well-formed and nested at most {@link #MAX_DEPTH} deep */
    public static void check(byte[] ber) throws IOException {
        int[] ends = new int[MAX_DEPTH + 1]; // end offset of each open constructed value, or INDEFINITE
        int depth = 0;
        int at = 0;
        do {
            int identifier = byteAt(ber, at++);
            boolean constructed = (identifier & 0x20) != 0;
            if ((identifier & 0x1f) == 0x1f) {
                for (int n = 0; (byteAt(ber, at++) & 0x80) != 0; n++) {
                    if (n == 3) {
                        throw new IOException("tag number too large at offset " + at);
                    }
                }
            }
            int length = byteAt(ber, at++);
            boolean indefinite = length == 0x80;
            if (length > 0x80) {
                int octets = length & 0x7f;
                if (octets > 4) {
                    throw new IOException("length too large at offset " + at);
                }
                long value = 0;
                for (int n = 0; n < octets; n++) {
                    value = value << 8 | byteAt(ber, at++);
                }
                length = (int) Math.min(value, Integer.MAX_VALUE);
            }
            boolean endOfContents = identifier == 0 && length == 0;
            if (endOfContents && (depth == 0 || ends[depth] != INDEFINITE)) {
                throw new IOException("end-of-contents outside an indefinite value at offset " + at);
            }
            if (indefinite && !constructed) {
                throw new IOException("primitive value of indefinite length at offset " + at);
            }
            if (!indefinite && length > enclosingEnd(ends, depth, ber.length) - at) {
                throw new IOException("value longer than what encloses it at offset " + at);
            }
            if (endOfContents) {
                depth--;
            } else if (constructed) {
                if (++depth > MAX_DEPTH) {
                    throw new IOException("nested more than " + MAX_DEPTH + " deep");
                }
                ends[depth] = indefinite ? INDEFINITE : at + length;
            } else {
                at += length;
            }
            while (depth > 0 && ends[depth] == at) {
                depth--;
            }
        } while (depth > 0);
        if (at != ber.length) {
            throw new IOException((ber.length - at) + " bytes after the value");
        }
    }

    private static int enclosingEnd(int[] ends, int depth, int total) {
        for (int d = depth; d > 0; d--) {
            if (ends[d] != INDEFINITE) {
                return ends[d];
            }
        }
        return total;
    }

    private static int byteAt(byte[] ber, int at) throws IOException {
        if (at >= ber.length) {
            throw new IOException("ends in the middle of a value");
        }
        return ber[at] & 0xff;
    }
}
