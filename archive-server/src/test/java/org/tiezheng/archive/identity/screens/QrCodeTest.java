package org.tiezheng.archive.identity.screens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Judge: ZXing, which is what many telephones read with. */
class QrCodeTest {
    /** One length in each version, at the edges of most. */
    @ParameterizedTest
    @ValueSource(ints = {1, 14, 15, 26, 42, 62, 84, 106, 122, 123, 152, 180, 181, 213, 251, 287, 331, 362, 412})
    void everyVersionIsRead(int length) throws Exception {
        String text = "otpauth://totp/".repeat(28).substring(0, length);
        assertThat(read(QrCode.of(text))).isEqualTo(text);
    }

    @Test
    void otherScriptsAreRead() throws Exception {
        assertThat(read(QrCode.of("铁证"))).isEqualTo("铁证");
    }

    @Test
    void tooLongIsRefused() {
        assertThatThrownBy(() -> QrCode.of("x".repeat(413))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pictureHasAQuietZoneAndNothingActive() {
        assertThat(QrCode.of("x").svg())
                .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 29 29\"")
                .doesNotContain("script", "style=");
    }

    private static String read(QrCode code) throws Exception {
        int scale = 4;
        int quiet = 4;
        int width = (code.size() + 2 * quiet) * scale;
        int[] pixels = new int[width * width];
        for (int y = 0; y < width; y++) {
            for (int x = 0; x < width; x++) {
                int column = x / scale - quiet;
                int row = y / scale - quiet;
                boolean dark = column >= 0
                        && row >= 0
                        && column < code.size()
                        && row < code.size()
                        && code.isDark(column, row);
                pixels[y * width + x] = dark ? 0 : 0xffffff;
            }
        }
        var result = new QRCodeReader()
                .decode(
                        new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width, width, pixels))),
                        Map.of(DecodeHintType.PURE_BARCODE, true, DecodeHintType.CHARACTER_SET, "UTF-8"));
        assertThat(result.getBarcodeFormat()).isEqualTo(BarcodeFormat.QR_CODE);
        return result.getText();
    }
}
