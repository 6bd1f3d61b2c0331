package org.tiezheng.archive.pdf;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.pdfbox.cos.COSArray;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentCatalog;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.PDDocumentNameDictionary;
import org.apache.pdfbox.pdmodel.PDEmbeddedFilesNameTreeNode;
import org.apache.pdfbox.pdmodel.common.PDMetadata;
import org.apache.pdfbox.pdmodel.common.filespecification.PDComplexFileSpecification;
import org.apache.pdfbox.pdmodel.common.filespecification.PDEmbeddedFile;
import org.apache.pdfbox.pdmodel.graphics.color.PDOutputIntent;
import org.apache.pdfbox.pdmodel.interactive.viewerpreferences.PDViewerPreferences;

/**
 * What makes a document PDF/A-3b: colour profile, XMP that agrees with the document's properties, files with their relation.
 *
 * <p>Source: ISO 19005-3:2012, 6.2.3 (output intent), 6.6 (metadata), 6.8 (embedded files).
 */
final class Archival {
    private static final DateTimeFormatter XMP_DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx", Locale.ROOT).withZone(ZoneId.of("Asia/Shanghai"));
    private static final String PRODUCER = "Tiezheng";
    private static final String XMP = """
                <?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
                <x:xmpmeta xmlns:x="adobe:ns:meta/">
                <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
                <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
                <pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
                <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
                <dc:format>application/pdf</dc:format>
                <dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
                <dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
                <dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>
                <dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language></rdf:Description>
                <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
                <xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>
                <xmp:MetadataDate>%s</xmp:MetadataDate><xmp:CreatorTool>%s</xmp:CreatorTool></rdf:Description>
                <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
                <pdf:Producer>%s</pdf:Producer></rdf:Description>
                </rdf:RDF></x:xmpmeta>
                <?xpacket end="w"?>""";

    private final PDDocument document;
    private final PdfDocument.Properties properties;
    private final Instant madeAt;

    Archival(PDDocument document, PdfDocument.Properties properties) {
        this.document = document;
        this.properties = properties;
        this.madeAt = properties.madeAt().truncatedTo(ChronoUnit.SECONDS);
    }

    void prepare(List<Attachment> attachments) throws IOException {
        document.setVersion(1.7f);
        PDDocumentCatalog catalogue = document.getDocumentCatalog();
        catalogue.setLanguage(properties.language().toLanguageTag());
        PDViewerPreferences preferences = new PDViewerPreferences(new COSDictionary());
        preferences.setDisplayDocTitle(true);
        catalogue.setViewerPreferences(preferences);
        information();
        PDMetadata metadata = new PDMetadata(document);
        metadata.importXMPMetadata(xmp().getBytes(StandardCharsets.UTF_8));
        catalogue.setMetadata(metadata);
        intent(catalogue);
        attach(catalogue, attachments);
    }

    private Calendar date() {
        GregorianCalendar date = GregorianCalendar.from(madeAt.atZone(ZoneId.of("Asia/Shanghai")));
        date.set(Calendar.MILLISECOND, 0);
        return date;
    }

    private void information() {
        PDDocumentInformation information = document.getDocumentInformation();
        information.setTitle(properties.title());
        information.setAuthor(properties.author());
        information.setSubject(properties.number());
        information.setCreator(PRODUCER);
        information.setProducer(PRODUCER);
        information.setCreationDate(date());
        information.setModificationDate(date());
    }

    private String xmp() {
        String date = XMP_DATE.format(madeAt);
        return String.format(
                Locale.ROOT,
                XMP,
                xml(properties.title()),
                xml(properties.author()),
                xml(properties.number()),
                properties.language().toLanguageTag(),
                date,
                date,
                date,
                PRODUCER,
                PRODUCER);
    }

    private static String xml(String text) {
        StringBuilder xml = new StringBuilder();
        text.codePoints().forEach(point -> {
            switch (point) {
                case '<' -> xml.append("&lt;");
                case '>' -> xml.append("&gt;");
                case '&' -> xml.append("&amp;");
                default -> xml.appendCodePoint(isXml(point) ? point : 0xFFFD);
            }
        });
        return xml.toString();
    }

    private static boolean isXml(int point) {
        return point == '\t'
                || point == '\n'
                || (point >= 0x20 && point <= 0xD7FF)
                || (point >= 0xE000 && point <= 0xFFFD)
                || point >= 0x10000;
    }

    private void intent(PDDocumentCatalog catalogue) throws IOException {
        byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
        PDOutputIntent intent = new PDOutputIntent(document, new ByteArrayInputStream(profile));
        intent.setInfo("sRGB IEC61966-2.1");
        intent.setOutputCondition("sRGB IEC61966-2.1");
        intent.setOutputConditionIdentifier("sRGB IEC61966-2.1");
        intent.setRegistryName("http://www.color.org");
        catalogue.addOutputIntent(intent);
    }

    private void attach(PDDocumentCatalog catalogue, List<Attachment> attachments) throws IOException {
        if (attachments.isEmpty()) {
            return;
        }
        Map<String, PDComplexFileSpecification> files = new LinkedHashMap<>();
        COSArray associated = new COSArray();
        for (Attachment attachment : attachments) {
            byte[] content = attachment.content();
            PDEmbeddedFile embedded =
                    new PDEmbeddedFile(document, new ByteArrayInputStream(content), COSName.FLATE_DECODE);
            embedded.setSubtype(attachment.mediaType());
            embedded.setSize(content.length);
            embedded.setModDate(date());
            PDComplexFileSpecification file = new PDComplexFileSpecification();
            file.setFile(attachment.name());
            file.setFileUnicode(attachment.name());
            file.setFileDescription(attachment.description());
            file.setEmbeddedFile(embedded);
            file.setEmbeddedFileUnicode(embedded);
            file.getCOSObject().setName(COSName.getPDFName("AFRelationship"), "Data");
            if (files.put(attachment.name(), file) != null) {
                throw new IllegalArgumentException("attached twice: " + attachment.name());
            }
            associated.add(file);
        }
        PDEmbeddedFilesNameTreeNode tree = new PDEmbeddedFilesNameTreeNode();
        tree.setNames(files);
        PDDocumentNameDictionary names = new PDDocumentNameDictionary(catalogue);
        names.setEmbeddedFiles(tree);
        catalogue.setNames(names);
        catalogue.getCOSObject().setItem(COSName.getPDFName("AF"), associated);
    }
}
