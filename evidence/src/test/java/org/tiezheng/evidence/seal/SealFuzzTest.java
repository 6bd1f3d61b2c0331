package org.tiezheng.evidence.seal;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Seeds are in the resources beside; {@code JAZZER_FUZZ=1} makes it search for more. */
class SealFuzzTest {

    @FuzzTest
    void anyBytesAsToken(byte[] bytes) throws Exception {
        SealFuzz.checkToken(bytes, SealFuzz.anchors());
    }

    @FuzzTest
    void anyBytesAsSignature(byte[] bytes) throws Exception {
        SealFuzz.checkSignature(bytes, SealFuzz.anchors());
    }
}
