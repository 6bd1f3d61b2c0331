package org.tiezheng.evidence.wire.tls;

import static org.tiezheng.evidence.wire.tls.Rfc8448.hex;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/**
 * Nothing that a recording says ends in an exception. Seeds are in the resources beside; {@code JAZZER_FUZZ=1} makes
 * it search for more.
 */
class WireFuzzTest {

    /** The whole file: blocks, packets, key log, TLS. */
    @FuzzTest
    void pcapng(byte[] file) throws Exception {
        Decoded.of(file);
    }

    /** Two streams: each chunk is one byte of direction, two of length, and the bytes. */
    @FuzzTest
    void streams(byte[] script) throws Exception {
        Talk talk = new Talk(Rfc8448.keys());
        int at = 0;
        while (at + 3 <= script.length) {
            Direction direction = (script[at] & 1) == 0 ? Direction.CLIENT_TO_SERVER : Direction.SERVER_TO_CLIENT;
            int length = Math.min((script[at + 1] & 0xff) << 8 | script[at + 2] & 0xff, script.length - at - 3);
            talk.say(direction, Arrays.copyOfRange(script, at + 3, at + 3 + length));
            at += 3 + length;
        }
        talk.end(Direction.SERVER_TO_CLIENT, StreamEnd.CUT).close();
    }

    /** What an attacking server says under the right keys: the messages after ServerHello. */
    @FuzzTest
    void encryptedHandshake(byte[] messages) throws Exception {
        Sealer13 sealer = new Sealer13(hex(Rfc8448.SERVER_HANDSHAKE));
        Talk talk = new Talk(Rfc8448.keys()).client(Rfc8448.CLIENT_HELLO).server(Rfc8448.SERVER_HELLO);
        for (int at = 0; at < messages.length; at += 1000) {
            talk.server(sealer.seal(22, Arrays.copyOfRange(messages, at, Math.min(messages.length, at + 1000)), 0));
        }
        talk.close();
    }
}
