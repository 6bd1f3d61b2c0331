package org.tiezheng.archive.evidencepage.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The readers on files of a real capture of the demo shop (its list of processes abridged), and of a page of 60,000 px. */
class RealCaptureTest {
    private static InputStream file(String name) {
        return Objects.requireNonNull(RealCaptureTest.class.getResourceAsStream("/evidencepage/" + name), name);
    }

    @Test
    void captureJsonTellsWhatWasAskedReachedAndMade() throws Exception {
        CaptureView capture = CaptureView.read(file("demo-shop/capture.json"));
        assertThat(capture.request().officers()).containsExactly("执法人员甲", "执法人员乙");
        assertThat(capture.request().purpose()).isEqualTo("核对价格");
        assertThat(capture.target().status()).isEqualTo(200);
        assertThat(capture.completeness().verdict()).isEqualTo("COMPLETE");
        assertThat(capture.completeness().counts().requests()).isEqualTo(46);
        assertThat(capture.steps()).hasSizeGreaterThan(20);
        assertThat(capture.failed("clock-before")).isPresent();
        assertThat(capture.failed("pdf")).isEmpty();
        assertThat(capture.artefact("evidence/screenshot.png")).hasValueSatisfying(shot -> {
            assertThat(shot.name()).isEqualTo("screenshot.png");
            assertThat(shot.sha256()).hasSize(64);
            assertThat(shot.sm3()).hasSize(64);
        });
        assertThat(capture.environment().survey()).isNotNull();
        assertThat(Objects.requireNonNull(capture.environment().survey()).cleanliness())
                .hasSizeGreaterThan(5);
        assertThat(capture.timeBracket().notBefore()).isNotNull();
        assertThat(capture.tls().servers().get(0).chain()).hasSize(2);
    }

    @Test
    void wireAndConnectionsAreRead() throws Exception {
        WireView wire = WireView.read(file("demo-shop/wire.json"));
        assertThat(wire.sound()).isTrue();
        assertThat(wire.counts().exchanges()).isEqualTo(46);
        WireView.Conversation first = wire.conversations().get(0);
        assertThat(first.protocol()).isEqualTo("h2");
        assertThat(Objects.requireNonNull(first.tls()).keyProved()).isTrue();
        ConnectionsView connections = ConnectionsView.read(file("demo-shop/connections.json"));
        assertThat(connections.connections()).hasSize(1);
        assertThat(connections.resolutions()).isNotEmpty();
    }

    @Test
    void certificatesAreDecodedAndFoundByTheDigestOfTheChain() throws Exception {
        Map<String, CertificateView> certificates = CertificateView.read(file("demo-shop/certificates.pem"));
        CaptureView capture = CaptureView.read(file("demo-shop/capture.json"));
        for (CaptureView.Certificate each : capture.tls().servers().get(0).chain()) {
            assertThat(certificates).containsKey(each.sha256());
        }
        CertificateView leaf = Objects.requireNonNull(
                certificates.get(capture.tls().servers().get(0).chain().get(0).sha256()));
        assertThat(leaf.names()).contains("localhost");
        assertThat(leaf.authority()).isFalse();
        assertThat(leaf.key()).startsWith("EC");
        assertThat(leaf.validAt(Instant.parse(capture.clock().startedAt()))).isTrue();
    }

    @Test
    void everyExchangeOfTheWarcIsARowAndItsRecordsAreFoundAgain() throws Exception {
        byte[] warc = file("demo-shop/data.warc.gz").readAllBytes();
        Exchanges exchanges = Exchanges.read(new java.io.ByteArrayInputStream(warc));
        assertThat(exchanges.broken()).isNull();
        assertThat(exchanges.total()).isEqualTo(46);
        assertThat(exchanges.rows()).hasSize(46);
        assertThat(exchanges.rows()).allSatisfy(row -> {
            assertThat(row.method()).isIn("GET", "POST");
            assertThat(row.status()).isEqualTo(200);
            assertThat(row.protocol()).isEqualTo("h2 tls/1.3");
            assertThat(row.millis()).isNotNegative();
        });
        Exchanges.Row page = exchanges.rows().get(0);
        assertThat(page.mediaType()).isEqualTo("text/html");
        assertThat(page.host()).startsWith("localhost:");
        Exchanges.Place place = Objects.requireNonNull(page.response());
        MessageHead head = MessageHead.read(
                new java.io.ByteArrayInputStream(warc, (int) place.offset(), (int) place.lengthBytes()));
        assertThat(head.firstLine()).isEqualTo("HTTP/1.1 200 ");
        assertThat(head.fields()).contains(new MessageHead.Field("content-type", "text/html; charset=utf-8"));
        assertThat(head.record()).anyMatch(field -> field.name().equals("WARC-Payload-Digest"));
    }

    @Test
    void aWarcThatBreaksOffGivesWhatStandsBeforeThat() throws Exception {
        byte[] warc = file("demo-shop/data.warc.gz").readAllBytes();
        Exchanges exchanges = Exchanges.read(new java.io.ByteArrayInputStream(warc, 0, warc.length / 2));
        assertThat(exchanges.broken()).isNotNull();
        assertThat(exchanges.rows()).isNotEmpty();
        assertThat(exchanges.rows().size()).isLessThan(46);
    }

    @Test
    void pagesAndTilesAreRead() throws Exception {
        assertThat(PagesView.read(file("demo-shop/pages.jsonl")))
                .singleElement()
                .satisfies(page -> {
                    assertThat(page.url()).startsWith("https://localhost:");
                    assertThat(page.ts()).endsWith("Z");
                });
        ScreenshotTiles tiles = ScreenshotTiles.read(file("tall/screenshot-tiles.json"));
        assertThat(tiles.height()).isEqualTo(60_000);
        assertThat(tiles.tiles()).hasSize(8);
        assertThat(tiles.cut()).isTrue();
    }
}
