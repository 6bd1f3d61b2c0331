package org.tiezheng.capture.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SocksRequestTest {

    @Test
    void aRequestMayArriveByteByByte() {
        byte[] all = {5, 1, 0, 5, 1, 0, 3, 4, 'h', 'o', 's', 't', 1, (byte) 0xbb};
        SocksRequest socks = new SocksRequest();
        ByteBuffer early = ByteBuffer.allocate(SocksRequest.LONGEST_BYTES);
        SocksRequest.Step step = SocksRequest.Step.MORE;
        for (byte each : all) {
            early.put(each).flip();
            step = socks.advance(early);
            early.compact();
        }
        assertThat(step).isEqualTo(SocksRequest.Step.REQUESTED);
        assertThat(socks.host()).isEqualTo("host");
        assertThat(socks.port()).isEqualTo(443);
    }

    /** Whatever arrives, the answer is a step; a message that is not complete stays where it is. */
    @Test
    void hostileBytesNeverThrowAndNeverStall() {
        Random random = new Random(20261121);
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[random.nextInt(SocksRequest.LONGEST_BYTES + 1)];
            random.nextBytes(bytes);
            if (bytes.length > 6 && random.nextInt(4) > 0) {
                bytes[0] = 5;
                bytes[1] = 1;
                bytes[2] = 0;
                bytes[3] = 5;
                bytes[5] = 0;
                bytes[6] = (byte) (random.nextInt(4) + 1);
            }
            SocksRequest socks = new SocksRequest();
            ByteBuffer in = ByteBuffer.wrap(bytes);
            SocksRequest.Step step = socks.advance(in);
            if (step == SocksRequest.Step.GREETED) {
                step = socks.advance(in);
            }
            assertThat(step).isNotEqualTo(SocksRequest.Step.GREETED);
            if (step == SocksRequest.Step.MORE) {
                assertThat(in.remaining()).as("a complete message fits").isLessThan(SocksRequest.LONGEST_BYTES);
            }
            if (step == SocksRequest.Step.REQUESTED) {
                assertThat(HostText.parse(socks.host())).isNotNull();
            }
        }
    }
}
