package org.tiezheng.evidence.asic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Parsed;

class AsicManifestTest {
    private static final AsicManifest MANIFEST = AsicManifest.forSignature(
            1,
            List.of(
                    new AsicManifest.Entry("wacz/capture.wacz", Digest.sha256("00".repeat(32))),
                    new AsicManifest.Entry("datapackage.json", Digest.sha256("ff".repeat(32)))));

    private static final String XML = """
            <?xml version="1.0" encoding="UTF-8"?>
            <asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
              <asic:SigReference URI="META-INF/signature001.p7s" MimeType="application/pkcs7-signature"/>
              <asic:DataObjectReference URI="wacz/capture.wacz" MimeType="application/wacz">
                <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
                <ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue>
              </asic:DataObjectReference>
              <asic:DataObjectReference URI="datapackage.json" MimeType="application/json">
                <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
                <ds:DigestValue>//////////////////////////////////////////8=</ds:DigestValue>
              </asic:DataObjectReference>
            </asic:ASiCManifest>
            """;

    private static Parsed<AsicManifest> parse(String xml) {
        return AsicManifest.parse(xml.getBytes(StandardCharsets.UTF_8), "m");
    }

    private static void refused(Code code, String xml) {
        Parsed<AsicManifest> parsed = parse(xml);
        assertThat(parsed.value()).isNull();
        assertThat(parsed.findings()).extracting(Finding::code).containsExactly(code);
    }

    private static String replaced(String part, String by) {
        assertThat(XML).contains(part);
        return XML.replace(part, by);
    }

    @Test
    void theTextIsTheOneOfTheFormatDocument() {
        assertThat(new String(MANIFEST.toXml(), StandardCharsets.UTF_8)).isEqualTo(XML);
    }

    @Test
    void whatWasWrittenReadsTheSame() {
        assertThat(parse(XML).value()).isEqualTo(MANIFEST);
        AsicManifest stamped = AsicManifest.forTimestamp(2, MANIFEST.entries());
        assertThat(AsicManifest.parse(stamped.toXml(), "m").value()).isEqualTo(stamped);
        assertThat(stamped.mimeType()).isEqualTo("application/vnd.etsi.timestamp-token");
    }

    @Test
    void otherPrefixesCommentsAndSpaceAreTheSameManifest() {
        String other = XML.replace("asic:", "a:")
                .replace(":asic=", ":a=")
                .replace("ds:", "d:")
                .replace(":ds=", ":d=");
        assertThat(parse(other.replace("<a:SigReference", "<!-- x --><a:SigReference"))
                        .value())
                .isEqualTo(MANIFEST);
    }

    @Test
    void m04OtherDigestAlgorithms() {
        refused(Code.M04, XML.replace("xmlenc#sha256", "xmldsig#sha1"));
        refused(Code.M04, XML.replaceFirst(" Algorithm=\"[^\"]*\"", ""));
    }

    @Test
    void m05DtdEntitiesAndInstructions() {
        refused(Code.M05, replaced("?>\n", "?>\n<!DOCTYPE a>\n"));
        refused(
                Code.M05,
                replaced("?>\n", "?>\n<!DOCTYPE a [<!ENTITY x \"datapackage.json\">]>\n")
                        .replace("URI=\"datapackage.json\"", "URI=\"&x;\""));
        refused(Code.M05, replaced("?>\n", "?>\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\">\n"));
        refused(Code.M05, replaced("  <asic:SigReference", "<?php x?><asic:SigReference"));
    }

    @Test
    void m05RepeatedFilesMissingPartsAndStrangeOnes() {
        refused(Code.M05, XML.replace("datapackage.json", "wacz/capture.wacz"));
        refused(Code.M05, XML.replaceFirst("  <asic:SigReference[^>]*>\n", ""));
        refused(Code.M05, XML.replaceAll("(?s)  <asic:DataObjectReference.*</asic:DataObjectReference>\n", ""));
        refused(Code.M05, replaced("URI=\"datapackage.json\"", "URI=\"../datapackage.json\""));
        refused(Code.M05, replaced("URI=\"datapackage.json\"", "URI=\"datapackage%2Ejson\""));
        refused(Code.M05, replaced("URI=\"datapackage.json\"", "URI=\"\""));
        refused(Code.M05, replaced("URI=\"datapackage.json\"", "Id=\"x\" URI=\"datapackage.json\""));
        refused(Code.M05, replaced("</asic:ASiCManifest>", "<x/></asic:ASiCManifest>"));
        refused(Code.M05, replaced("</asic:ASiCManifest>", "text</asic:ASiCManifest>"));
        refused(Code.M05, replaced("</asic:ASiCManifest>", ""));
        refused(Code.M05, XML + "<x/>");
        refused(Code.M05, replaced("v1.2.1#", "v1.1.1#"));
        refused(Code.M05, replaced("encoding=\"UTF-8\"", "encoding=\"UTF-16\""));
        refused(Code.M05, replaced("AAAA=", "AAA="));
        refused(Code.M05, replaced("AAAA=", "AAAB="));
        refused(Code.M05, replaced("AAAA=", "<x/>AAAA="));
        refused(Code.M05, "");
        refused(Code.M05, "\u0000");
    }

    @Test
    void aManifestOfMoreThanAThousandFilesIsRefusedAndAnEntityBombNeedsNoMemory() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 1100; i++) {
            many.append(XML, XML.indexOf("  <asic:Data"), XML.indexOf("  <asic:DataObjectReference URI=\"datap"));
        }
        String xml = many.toString();
        for (int i = 0; i < 1100; i++) {
            xml = xml.replaceFirst("wacz/capture.wacz", "f" + i);
        }
        refused(Code.M05, XML.replace("</asic:ASiCManifest>", xml + "</asic:ASiCManifest>"));
        StringBuilder bomb = new StringBuilder("<!DOCTYPE a [<!ENTITY e0 \"x\">");
        for (int i = 1; i < 30; i++) {
            bomb.append("<!ENTITY e")
                    .append(i)
                    .append(" \"&e")
                    .append(i - 1)
                    .append(";&e")
                    .append(i - 1)
                    .append(";\">");
        }
        refused(Code.M05, replaced("?>\n", "?>\n" + bomb + "]>").replace("AAAA=", "&e29;"));
    }

    @Test
    void manifestsThatCannotBeAreNotBuilt() {
        assertThatThrownBy(() -> AsicManifest.forSignature(1, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AsicManifest.forSignature(0, MANIFEST.entries()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AsicManifest.Entry("a", Digest.sm3("00".repeat(32))))
                .isInstanceOf(IllegalArgumentException.class);
        AsicManifest.Entry entry = MANIFEST.entries().get(0);
        assertThatThrownBy(() -> AsicManifest.forSignature(1, List.of(entry, entry)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
