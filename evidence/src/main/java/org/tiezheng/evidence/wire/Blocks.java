package org.tiezheng.evidence.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The pcapng blocks this format uses, little-endian.
 *
 * <p>Source: draft-ietf-opsawg-pcapng, sections 3.5, 4.1 to 4.3 and 4.7; block types in its section 11.1.
 */
final class Blocks {
    static final int SECTION_HEADER = 0x0a0d_0d0a;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int ENHANCED_PACKET = 6;
    static final int DECRYPTION_SECRETS = 0x0a;

    static final int BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
    /** "TLSK": the secrets are a TLS key log. */
    static final int SECRETS_TLS_KEY_LOG = 0x544c_534b;

    static final int LINKTYPE_RAW = 101;

    static final int OPTION_END = 0;
    static final int OPTION_COMMENT = 1;
    static final int OPTION_SHB_HARDWARE = 2;
    static final int OPTION_SHB_OS = 3;
    static final int OPTION_SHB_USERAPPL = 4;
    static final int OPTION_IF_NAME = 2;
    static final int OPTION_IF_TSRESOL = 9;
    /** if_tsresol: times are in units of 10^-9 s. */
    static final byte NANOSECONDS = 9;

    /** Type, length, and the length again at the end. */
    static final int FRAME = 12;

    /** Interface, time (2), captured length, original length. */
    static final int PACKET_FIXED = 20;

    private static final int MAX_OPTION_TEXT = 4000;

    private Blocks() {}

    static int padded(int length) {
        return length + 3 & ~3;
    }

    /**
     * A whole block, built in a buffer of its own.
     *
     * @param body fixed fields and options, a multiple of 4 bytes
     */
    static byte[] block(int type, ByteBuffer body) {
        int total = FRAME + body.remaining();
        ByteBuffer block = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        return block.putInt(type).putInt(total).put(body).putInt(total).array();
    }

    static byte[] sectionHeader(String comment, String hardware, String os, String application) {
        ByteBuffer body = body();
        body.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        putOption(body, OPTION_COMMENT, comment);
        putOption(body, OPTION_SHB_HARDWARE, hardware);
        putOption(body, OPTION_SHB_OS, os);
        putOption(body, OPTION_SHB_USERAPPL, application);
        body.putInt(OPTION_END);
        return block(SECTION_HEADER, body.flip());
    }

    static byte[] interfaceDescription() {
        ByteBuffer body = body();
        body.putShort((short) LINKTYPE_RAW).putShort((short) 0).putInt(0); // no snap length
        putOption(body, OPTION_IF_NAME, "relay");
        body.putShort((short) OPTION_IF_TSRESOL).putShort((short) 1);
        body.put(NANOSECONDS).put(new byte[3]);
        body.putInt(OPTION_END);
        return block(INTERFACE_DESCRIPTION, body.flip());
    }

    static void putOption(ByteBuffer body, int code, String text) {
        byte[] bytes = optionText(text);
        body.putShort((short) code).putShort((short) bytes.length).put(bytes);
        body.put(new byte[padded(bytes.length) - bytes.length]);
    }

    /** UTF-8 of {@code text} without control characters, cut at a length that any reader takes. */
    static byte[] optionText(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(MAX_OPTION_TEXT / 4)
                .map(c -> Character.isISOControl(c) || (c >= 0xd800 && c <= 0xdfff) ? '?' : c)
                .forEach(clean::appendCodePoint);
        return clean.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer body() {
        return ByteBuffer.allocate(5 * MAX_OPTION_TEXT).order(ByteOrder.LITTLE_ENDIAN);
    }
}
