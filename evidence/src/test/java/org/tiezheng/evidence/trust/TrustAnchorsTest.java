package org.tiezheng.evidence.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.time.Forge;

class TrustAnchorsTest {
    private final X509Certificate first = new Forge().root();
    private final X509Certificate second = new Forge().root();

    @TempDir
    Path folder;

    @Test
    void readsSeveralCertificatesAndIgnoresTextBetween() throws Exception {
        TrustAnchors anchors = TrustAnchors.ofPem(
                "subject=whatever\r\n" + pem("CERTIFICATE", first) + "\n# 第二\n" + pem("CERTIFICATE", second));

        assertThat(anchors.certificates()).containsExactly(first, second);
        assertThat(anchors.subjects()).containsExactly("CN=Root,O=Forge", "CN=Root,O=Forge");
        assertThat(anchors.certificates()).noneMatch(TrustAnchors::isEmbedded);
    }

    @Test
    void sameCertificateTwiceIsOneAnchor() throws Exception {
        TrustAnchors one = TrustAnchors.of(first);

        assertThat(one.and(TrustAnchors.ofPem(pem("CERTIFICATE", first))).certificates())
                .containsExactly(first);
        assertThat(one.and(TrustAnchors.none()).isEmpty()).isFalse();
    }

    @Test
    void filesThatHoldNoAnchorAreNamed() throws Exception {
        Path good = Files.writeString(folder.resolve("good.pem"), pem("CERTIFICATE", first));
        assertThat(TrustAnchors.ofFiles(List.of(good)).certificates()).containsExactly(first);

        for (String bad : List.of(
                "",
                "hello",
                pem("PRIVATE KEY", first),
                pem("CERTIFICATE", first).substring(0, 200),
                pem("CERTIFICATE", first).replace('A', '*'),
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) {
            Path file = Files.writeString(folder.resolve("bad.pem"), bad);
            assertThatThrownBy(() -> TrustAnchors.ofFiles(List.of(good, file)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("bad.pem");
            assertThatThrownBy(() -> TrustAnchors.ofPem(bad)).isInstanceOf(CertificateException.class);
        }
        assertThatThrownBy(() -> TrustAnchors.ofFiles(List.of(folder.resolve("absent.pem"))))
                .isInstanceOf(IOException.class);
    }

    @Test
    void namesFromCertificatesCannotSmuggleControlCharacters() {
        assertThat(Texts.printable("a\u001b[31m\u202eb\n铁证")).isEqualTo("a\\u{1b}[31m\\u{202e}b\\u{a}铁证");
        assertThat(Texts.printable("x".repeat(500))).hasSize(201).endsWith("…");
    }

    private static String pem(String type, X509Certificate certificate) throws Exception {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, certificate.getEncoded()));
        }
        return text.toString();
    }
}
