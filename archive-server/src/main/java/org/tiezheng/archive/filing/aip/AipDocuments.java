package org.tiezheng.archive.filing.aip;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.filing.aip.AipItem.AipVolume;

/**
 * Writes everything of an archival package but the packages themselves: a bag after BagIt 1.0 (RFC 8493) with an encapsulation
 * document in the manner of DA/T 48 (contents by reference, metadata embedded) and METS 1.12 with PREMIS 3 events.
 *
 * <pre>
 * bagit.txt  bag-info.txt
 * data/&lt;id&gt;.asice                    as it is downloaded, proofs included
 * data/metadata/eep.xml               DA/T 46 elements, codes, fonds, volumes
 * data/metadata/mets.xml              files, fixity, custody events
 * data/metadata/overview.pdf          the same for people, PDF/A-3b
 * data/metadata/&lt;id&gt;.report.json     report of the four-property check
 * manifest-sha256.txt  manifest-sha512.txt  tagmanifest-sha256.txt  tagmanifest-sha512.txt
 * </pre>
 */
public final class AipDocuments {
    /** Namespace of eep.xml; its schema is docs/eep.xsd. */
    public static final String EEP = "urn:tiezheng:eep:1";

    private static final String METS = "http://www.loc.gov/METS/";
    private static final String XLINK = "http://www.w3.org/1999/xlink";
    private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
    private static final String PREMIS = "http://www.loc.gov/premis/v3";

    private final String name;
    private final String software;
    private final Instant madeAt;
    private final String madeByName;

    /**
     * @param name of the bag's folder
     * @param software with its version
     */
    public AipDocuments(String name, String software, Instant madeAt, String madeByName) {
        this.name = name;
        this.software = software;
        this.madeAt = madeAt;
        this.madeByName = madeByName;
    }

    /** Whether a document is the list of the lists' digests: where it is the same, the bag is the same. */
    public static boolean fixesAll(String document) {
        return document.equals("tagmanifest-sha256.txt");
    }

    /** A small file of the bag. */
    public record Document(String name, byte[] content) {}

    /** One package with what is told of it. */
    public record Told(AipItem item, List<CustodyEvent> events, byte @Nullable [] report) {}

    /**
     * All documents, in the order of the bag, for these packages.
     *
     * @param overview content of {@link AipOverview#NAME}
     */
    public List<Document> write(List<AipFonds> fonds, List<Told> packages, byte[] overview) {
        List<Document> payload = new ArrayList<>();
        payload.add(new Document("data/metadata/eep.xml", eep(fonds, packages)));
        payload.add(new Document("data/metadata/mets.xml", mets(packages, overview)));
        payload.add(new Document(AipOverview.NAME, overview));
        for (Told one : packages) {
            byte[] report = one.report();
            if (report != null) {
                payload.add(new Document("data/metadata/" + one.item().evidenceId() + ".report.json", report));
            }
        }
        long bytes = payload.stream().mapToLong(d -> d.content().length).sum()
                + packages.stream().mapToLong(p -> p.item().file().sizeBytes()).sum();
        List<Document> tags = new ArrayList<>();
        tags.add(text("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"));
        tags.add(text("bag-info.txt", bagInfo(fonds, packages, bytes, packages.size() + payload.size())));
        tags.add(text("manifest-sha256.txt", manifest(packages, payload, "SHA-256")));
        tags.add(text("manifest-sha512.txt", manifest(packages, payload, "SHA-512")));
        List<Document> all = new ArrayList<>(List.of(tags.get(0), tags.get(1)));
        all.addAll(payload);
        all.add(tags.get(2));
        all.add(tags.get(3));
        all.add(text("tagmanifest-sha256.txt", tagManifest(tags, "SHA-256")));
        all.add(text("tagmanifest-sha512.txt", tagManifest(tags, "SHA-512")));
        return all;
    }

    private static Document text(String name, String content) {
        return new Document(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private String bagInfo(List<AipFonds> fonds, List<Told> packages, long bytes, int files) {
        StringBuilder info = new StringBuilder();
        for (AipFonds one : fonds) {
            info.append("Source-Organization: ").append(one.unit()).append('\n');
        }
        info.append("Bagging-Date: ")
                .append(LocalDate.ofInstant(madeAt, ZoneOffset.ofHours(8)))
                .append('\n');
        info.append("Bag-Software-Agent: ").append(software).append('\n');
        info.append("Payload-Oxum: ").append(bytes).append('.').append(files).append('\n');
        info.append("Internal-Sender-Identifier: ").append(name).append('\n');
        for (Told one : packages) {
            info.append("External-Identifier: ")
                    .append(one.item().archivalCode())
                    .append('\n');
        }
        return info.toString();
    }

    private static String manifest(List<Told> packages, List<Document> payload, String algorithm) {
        StringBuilder lines = new StringBuilder();
        boolean is256 = algorithm.equals("SHA-256");
        for (Told one : packages) {
            lines.append(is256 ? one.item().file().sha256() : one.item().file().sha512())
                    .append("  ")
                    .append(one.item().file().name())
                    .append('\n');
        }
        payload.forEach(document -> lines.append(digest(document.content(), algorithm))
                .append("  ")
                .append(document.name())
                .append('\n'));
        return lines.toString();
    }

    private static String tagManifest(List<Document> tags, String algorithm) {
        StringBuilder lines = new StringBuilder();
        tags.forEach(tag -> lines.append(digest(tag.content(), algorithm))
                .append("  ")
                .append(tag.name())
                .append('\n'));
        return lines.toString();
    }

    static String digest(byte[] content, String algorithm) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(algorithm + " is part of every JDK", impossible);
        }
    }

    // ---- XML
    // ---------------------------------------------------------------------------------------------------------

    private interface Body {
        void write(Xml xml) throws XMLStreamException;
    }

    private static byte[] document(Body body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            XMLStreamWriter writer = XMLOutputFactory.newFactory().createXMLStreamWriter(out, "UTF-8");
            writer.writeStartDocument("UTF-8", "1.0");
            body.write(new Xml(writer));
            writer.writeCharacters("\n");
            writer.writeEndDocument();
            writer.close();
        } catch (XMLStreamException failed) {
            throw new IllegalStateException("writing to memory", failed);
        }
        return out.toByteArray();
    }

    /** Elements on lines of their own, and texts that XML can hold. */
    private static final class Xml {
        private final XMLStreamWriter out;
        private int depth;
        private boolean hasChildren = true;

        Xml(XMLStreamWriter out) {
            this.out = out;
        }

        Xml open(String tag, String... attributes) throws XMLStreamException {
            line();
            out.writeStartElement(tag);
            attributes(attributes);
            depth++;
            hasChildren = false;
            return this;
        }

        private void attributes(String... attributes) throws XMLStreamException {
            for (int i = 0; i < attributes.length; i += 2) {
                out.writeAttribute(attributes[i], clean(attributes[i + 1]));
            }
        }

        Xml close() throws XMLStreamException {
            depth--;
            if (hasChildren) {
                line();
            }
            out.writeEndElement();
            hasChildren = true;
            return this;
        }

        Xml text(String tag, @Nullable Object text, String... attributes) throws XMLStreamException {
            if (text != null) {
                line();
                out.writeStartElement(tag);
                attributes(attributes);
                out.writeCharacters(clean(text.toString()));
                out.writeEndElement();
                hasChildren = true;
            }
            return this;
        }

        private void line() throws XMLStreamException {
            out.writeCharacters("\n" + "  ".repeat(depth));
        }

        static String clean(String text) {
            StringBuilder clean = new StringBuilder(text.length());
            text.codePoints()
                    .map(point -> point == '\t'
                                    || point == '\n'
                                    || (point >= 0x20 && point < 0xD800)
                                    || (point > 0xDFFF && point != 0xFFFE && point != 0xFFFF)
                            ? point
                            : 0xFFFD)
                    .forEach(clean::appendCodePoint);
            return clean.toString();
        }
    }

    private byte[] eep(List<AipFonds> fonds, List<Told> packages) {
        return document(xml -> {
            xml.open("封装包", "xmlns", EEP);
            xml.text("封装包格式描述", "本封装包参照 DA/T 48 的结构，元数据嵌入，内容数据以引用方式编码，与所在 BagIt 包（RFC 8493）一同使用。");
            xml.text("版本", "1");
            xml.text("封装包类型", "原始型");
            xml.text("封装包标识", name);
            xml.text("封装包创建时间", madeAt);
            xml.text("封装包创建单位", fonds.isEmpty() ? "—" : fonds.get(0).unit());
            xml.text("创建人", madeByName);
            xml.text("创建软件", software);
            for (AipFonds one : fonds) {
                xml.open("全宗");
                xml.text("全宗号", one.no());
                xml.text("全宗名称", one.name());
                xml.text("立档单位名称", one.unit());
                xml.text("件档号格式", one.itemPattern());
                xml.text("案卷档号格式", one.volumePattern());
                for (Map.Entry<String, String> code : one.categories().entrySet()) {
                    xml.text("类别", code.getValue(), "代码", code.getKey());
                }
                for (Map.Entry<String, String> code : one.organisations().entrySet()) {
                    xml.text("机构", code.getValue(), "代码", code.getKey());
                }
                xml.close();
            }
            Set<AipVolume> volumes = new LinkedHashSet<>();
            for (Told one : packages) {
                AipVolume volume = one.item().volume();
                if (volume != null) {
                    volumes.add(volume);
                }
            }
            for (AipVolume volume : volumes) {
                xml.open("案卷", "档号", volume.archivalCode());
                xml.text("案卷号", volume.volumeNo());
                xml.text("案号", volume.caseNo());
                xml.text("案卷题名", volume.title());
                xml.close();
            }
            for (Told one : packages) {
                item(xml, one.item());
            }
            xml.close();
        });
    }

    private static void item(Xml xml, AipItem item) throws XMLStreamException {
        xml.open("文件实体", "电子文件号", item.evidenceId().toString());
        xml.open("元数据");
        for (Map.Entry<String, String> element : item.elements().entrySet()) {
            xml.text(element.getKey(), element.getValue());
        }
        xml.close();
        xml.open("归档");
        xml.text("保管期限年数", item.retentionYears() == null ? "永久" : String.valueOf(item.retentionYears()));
        xml.text("归档时间", item.filedAt());
        xml.text("归档人", item.filedByName());
        AipVolume volume = item.volume();
        xml.text("所属案卷", volume == null ? null : volume.archivalCode());
        xml.text("归档理由", item.reason());
        xml.text("检测报告", item.reportName());
        xml.close();
        xml.open("业务");
        for (Map.Entry<String, String> link : item.links().entrySet()) {
            xml.text("关联", link.getValue(), "类型", link.getKey());
        }
        for (AipItem.Officer officer : item.officers()) {
            xml.text("执法人员", officer.name(), "单位", officer.unit(), "执法证号", officer.certificateNo());
        }
        xml.close();
        xml.open("文件数据");
        xml.text("编码", "引用");
        xml.text("引用路径", item.file().name());
        xml.text("格式", "application/vnd.etsi.asic-e+zip");
        xml.text("字节数", item.file().sizeBytes());
        xml.text("摘要", item.file().sha256(), "算法", "SHA-256");
        xml.text("摘要", item.file().sha512(), "算法", "SHA-512");
        xml.text("网页归档摘要", item.waczSha256(), "算法", "SHA-256");
        xml.text("网页归档摘要", item.waczSm3(), "算法", "SM3");
        xml.close();
        xml.close();
    }

    private byte[] mets(List<Told> packages, byte[] overview) {
        return document(xml -> {
            xml.open(
                    "mets:mets",
                    "xmlns:mets",
                    METS,
                    "xmlns:xlink",
                    XLINK,
                    "xmlns:premis",
                    PREMIS,
                    "xmlns:xsi",
                    XSI,
                    "xmlns:eep",
                    EEP,
                    "OBJID",
                    name,
                    "LABEL",
                    packages.size() == 1 ? packages.get(0).item().title() : name,
                    "TYPE",
                    "AIP");
            xml.open("mets:metsHdr", "CREATEDATE", madeAt.toString(), "RECORDSTATUS", "complete");
            xml.open("mets:agent", "ROLE", "CREATOR", "TYPE", "OTHER", "OTHERTYPE", "SOFTWARE");
            xml.text("mets:name", software);
            xml.close();
            xml.close();
            int number = 0;
            for (Told one : packages) {
                number++;
                xml.open("mets:dmdSec", "ID", "dmd-" + number);
                xml.open("mets:mdWrap", "MDTYPE", "OTHER", "OTHERMDTYPE", "DA/T 46");
                xml.open("mets:xmlData");
                xml.open("eep:元数据");
                for (Map.Entry<String, String> element : one.item().elements().entrySet()) {
                    xml.text("eep:" + element.getKey(), element.getValue());
                }
                xml.close();
                xml.close();
                xml.close();
                xml.close();
            }
            number = 0;
            for (Told one : packages) {
                amd(xml, ++number, one);
            }
            xml.open("mets:fileSec");
            xml.open("mets:fileGrp", "USE", "evidence package");
            number = 0;
            for (Told one : packages) {
                number++;
                xml.open(
                        "mets:file",
                        "ID",
                        "file-" + number,
                        "MIMETYPE",
                        "application/vnd.etsi.asic-e+zip",
                        "SIZE",
                        String.valueOf(one.item().file().sizeBytes()),
                        "CHECKSUM",
                        one.item().file().sha256(),
                        "CHECKSUMTYPE",
                        "SHA-256",
                        "ADMID",
                        "amd-" + number,
                        "DMDID",
                        "dmd-" + number);
                xml.open(
                        "mets:FLocat",
                        "LOCTYPE",
                        "URL",
                        "xlink:type",
                        "simple",
                        "xlink:href",
                        "../" + one.item().evidenceId() + ".asice");
                xml.close();
                xml.close();
            }
            xml.close();
            xml.open("mets:fileGrp", "USE", "overview");
            xml.open(
                    "mets:file",
                    "ID",
                    "overview",
                    "MIMETYPE",
                    "application/pdf",
                    "SIZE",
                    String.valueOf(overview.length),
                    "CHECKSUM",
                    digest(overview, "SHA-256"),
                    "CHECKSUMTYPE",
                    "SHA-256");
            xml.open("mets:FLocat", "LOCTYPE", "URL", "xlink:type", "simple", "xlink:href", "overview.pdf")
                    .close();
            xml.close();
            xml.close();
            xml.close();
            xml.open("mets:structMap", "TYPE", "physical");
            xml.open("mets:div", "LABEL", name, "TYPE", packages.size() == 1 ? "件" : "案卷");
            xml.open("mets:fptr", "FILEID", "overview").close();
            number = 0;
            for (Told one : packages) {
                number++;
                xml.open(
                        "mets:div",
                        "LABEL",
                        one.item().archivalCode(),
                        "ORDER",
                        String.valueOf(number),
                        "TYPE",
                        "件",
                        "DMDID",
                        "dmd-" + number);
                xml.open("mets:fptr", "FILEID", "file-" + number).close();
                xml.close();
            }
            xml.close();
            xml.close();
            xml.close();
        });
    }

    private void amd(Xml xml, int number, Told told) throws XMLStreamException {
        AipItem item = told.item();
        xml.open("mets:amdSec", "ID", "amd-" + number);
        xml.open("mets:techMD", "ID", "tech-" + number);
        xml.open("mets:mdWrap", "MDTYPE", "PREMIS:OBJECT");
        xml.open("mets:xmlData");
        xml.open("premis:object", "xsi:type", "premis:file");
        identifier(
                xml,
                "premis:objectIdentifier",
                "premis:objectIdentifier",
                "UUID",
                item.evidenceId().toString());
        xml.open("premis:objectCharacteristics");
        fixity(xml, "SHA-256", item.file().sha256());
        fixity(xml, "SHA-512", item.file().sha512());
        xml.text("premis:size", item.file().sizeBytes());
        xml.open("premis:format");
        xml.open("premis:formatDesignation");
        xml.text("premis:formatName", "application/vnd.etsi.asic-e+zip");
        xml.close();
        xml.close();
        xml.close();
        xml.text("premis:originalName", item.evidenceId() + ".asice");
        xml.close();
        xml.close();
        xml.close();
        xml.close();
        Map<String, String> agents = new LinkedHashMap<>();
        event(
                xml,
                "dig-" + number + "-0",
                "fixity",
                new CustodyEvent(0, madeAt, "message digest calculation", "OK", "SHA-256, SHA-512", software, "SYSTEM"),
                item);
        agents.put(software, "software");
        for (CustodyEvent event : told.events()) {
            event(xml, "dig-" + number + "-" + event.seq(), "audit", event, item);
            agents.putIfAbsent(event.actorName(), event.actorRole().equals("SYSTEM") ? "software" : "person");
        }
        int agent = 0;
        for (Map.Entry<String, String> one : agents.entrySet()) {
            xml.open("mets:digiprovMD", "ID", "agent-" + number + "-" + agent++);
            xml.open("mets:mdWrap", "MDTYPE", "PREMIS:AGENT");
            xml.open("mets:xmlData");
            xml.open("premis:agent");
            identifier(xml, "premis:agentIdentifier", "premis:agentIdentifier", "name", one.getKey());
            xml.text("premis:agentName", one.getKey());
            xml.text("premis:agentType", one.getValue());
            xml.close();
            xml.close();
            xml.close();
            xml.close();
        }
        xml.close();
    }

    private static void identifier(Xml xml, String tag, String prefix, String type, String value)
            throws XMLStreamException {
        xml.open(tag);
        xml.text(prefix + "Type", type);
        xml.text(prefix + "Value", value);
        xml.close();
    }

    private static void fixity(Xml xml, String algorithm, String digest) throws XMLStreamException {
        xml.open("premis:fixity");
        xml.text("premis:messageDigestAlgorithm", algorithm);
        xml.text("premis:messageDigest", digest);
        xml.close();
    }

    private static void event(Xml xml, String id, String kind, CustodyEvent event, AipItem item)
            throws XMLStreamException {
        xml.open("mets:digiprovMD", "ID", id);
        xml.open("mets:mdWrap", "MDTYPE", "PREMIS:EVENT");
        xml.open("mets:xmlData");
        xml.open("premis:event");
        identifier(xml, "premis:eventIdentifier", "premis:eventIdentifier", kind, id);
        xml.text("premis:eventType", event.action());
        xml.text("premis:eventDateTime", event.at());
        if (event.detail() != null) {
            xml.open("premis:eventDetailInformation");
            xml.text("premis:eventDetail", event.detail());
            xml.close();
        }
        xml.open("premis:eventOutcomeInformation");
        xml.text("premis:eventOutcome", event.result());
        xml.close();
        identifier(xml, "premis:linkingAgentIdentifier", "premis:linkingAgentIdentifier", "name", event.actorName());
        identifier(
                xml,
                "premis:linkingObjectIdentifier",
                "premis:linkingObjectIdentifier",
                "UUID",
                item.evidenceId().toString());
        xml.close();
        xml.close();
        xml.close();
        xml.close();
    }
}
