package org.tiezheng.archive.filing.aip;

import java.io.ByteArrayInputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.filing.aip.AipItem.AipFile;
import org.tiezheng.archive.filing.aip.AipItem.AipVolume;
import org.tiezheng.archive.filing.aip.AipItem.Officer;

/** Reads eep.xml, as {@link AipDocuments} writes it, from anybody. Whatever is wrong with it is a {@link MalformedException}. */
final class EepReader {
    private static final int MAX_ELEMENTS = 500_000;
    private static final int MAX_DEPTH = 12;
    private static final int MAX_TEXT = 8000;

    private EepReader() {}

    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedException(String message) {
            super(message);
        }
    }

    record Eep(List<AipFonds> fonds, List<AipItem> items) {}

    private static final class Node {
        private final String name;
        private final Map<String, String> attributes = new LinkedHashMap<>();
        private final List<Node> children = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();

        Node(String name) {
            this.name = name;
        }

        List<Node> all(String tag) {
            return children.stream().filter(child -> child.name.equals(tag)).toList();
        }

        Node one(String tag) throws MalformedException {
            List<Node> found = all(tag);
            if (found.size() != 1) {
                throw new MalformedException(found.size() + " × " + tag + " in " + name);
            }
            return found.get(0);
        }

        String text(String tag) throws MalformedException {
            String value = one(tag).value();
            if (value.isBlank()) {
                throw new MalformedException("no text in " + tag);
            }
            return value;
        }

        @Nullable
        String textIfAny(String tag) throws MalformedException {
            List<Node> found = all(tag);
            if (found.size() > 1) {
                throw new MalformedException(found.size() + " × " + tag + " in " + name);
            }
            return found.isEmpty() || found.get(0).value().isBlank()
                    ? null
                    : found.get(0).value();
        }

        String value() throws MalformedException {
            if (text.length() > MAX_TEXT) {
                throw new MalformedException(name + " of " + text.length() + " characters");
            }
            return text.toString();
        }

        String attribute(String key) throws MalformedException {
            String value = attributes.get(key);
            if (value == null || value.isBlank() || value.length() > MAX_TEXT) {
                throw new MalformedException("no " + key + " of " + name);
            }
            return value;
        }

        int number(String tag) throws MalformedException {
            String digits = text(tag);
            if (!digits.matches("[1-9][0-9]{0,8}")) {
                throw new MalformedException(tag + " is no number: " + digits);
            }
            return Integer.parseInt(digits);
        }
    }

    static Eep read(byte[] xml) throws MalformedException {
        Node root = tree(xml);
        if (!root.name.equals("封装包")) {
            throw new MalformedException("begins with " + root.name);
        }
        List<AipFonds> fonds = new ArrayList<>();
        for (Node one : root.all("全宗")) {
            fonds.add(fonds(one));
        }
        Map<String, AipVolume> volumes = new LinkedHashMap<>();
        for (Node one : root.all("案卷")) {
            AipVolume volume = new AipVolume(one.attribute("档号"), one.number("案卷号"), one.text("案号"), one.text("案卷题名"));
            if (volumes.put(volume.archivalCode(), volume) != null) {
                throw new MalformedException("volume twice: " + volume.archivalCode());
            }
        }
        List<AipItem> items = new ArrayList<>();
        Set<UUID> ids = new HashSet<>();
        Set<String> codes = new HashSet<>();
        for (Node one : root.all("文件实体")) {
            AipItem item = item(one, volumes);
            if (!ids.add(item.evidenceId()) || !codes.add(item.archivalCode())) {
                throw new MalformedException("twice: " + item.archivalCode());
            }
            if (fonds.stream().noneMatch(known -> known.no().equals(item.fondsNo()))) {
                throw new MalformedException("no fonds " + item.fondsNo());
            }
            items.add(item);
        }
        return new Eep(List.copyOf(fonds), List.copyOf(items));
    }

    private static AipFonds fonds(Node node) throws MalformedException {
        return new AipFonds(
                node.text("全宗号"),
                node.text("全宗名称"),
                node.text("立档单位名称"),
                node.text("件档号格式"),
                node.text("案卷档号格式"),
                codes(node, "类别"),
                codes(node, "机构"));
    }

    private static Map<String, String> codes(Node node, String tag) throws MalformedException {
        Map<String, String> codes = new LinkedHashMap<>();
        for (Node one : node.all(tag)) {
            if (codes.put(one.attribute("代码"), one.value()) != null) {
                throw new MalformedException(tag + " twice: " + one.attribute("代码"));
            }
        }
        return codes;
    }

    private static AipItem item(Node node, Map<String, AipVolume> volumes) throws MalformedException {
        Node metadata = node.one("元数据");
        Node filing = node.one("归档");
        Node business = node.one("业务");
        Node data = node.one("文件数据");
        Map<String, String> elements = new LinkedHashMap<>();
        for (Node element : metadata.children) {
            if (elements.put(element.name, element.value()) != null) {
                throw new MalformedException(element.name + " twice");
            }
        }
        String volumeCode = filing.textIfAny("所属案卷");
        AipVolume volume = volumeCode == null ? null : volumes.get(volumeCode);
        if (volumeCode != null && volume == null) {
            throw new MalformedException("no volume " + volumeCode);
        }
        Map<String, String> links = new LinkedHashMap<>();
        for (Node link : business.all("关联")) {
            links.put(link.attribute("类型"), link.value());
        }
        List<Officer> officers = new ArrayList<>();
        for (Node officer : business.all("执法人员")) {
            officers.add(new Officer(officer.value(), officer.attribute("单位"), officer.attribute("执法证号")));
        }
        try {
            UUID id = UUID.fromString(node.attribute("电子文件号"));
            if (!id.toString().equals(node.attribute("电子文件号"))) {
                throw new MalformedException("not an id: " + node.attribute("电子文件号"));
            }
            String years = filing.text("保管期限年数");
            String page = metadata.text("页号");
            return new AipItem(
                    id,
                    new AipFile(
                            data.text("引用路径"),
                            Long.parseLong(data.text("字节数")),
                            digest(data, "摘要", "SHA-256"),
                            digest(data, "摘要", "SHA-512")),
                    digest(data, "网页归档摘要", "SHA-256"),
                    digest(data, "网页归档摘要", "SM3"),
                    metadata.text("档号"),
                    metadata.text("全宗号"),
                    volume,
                    metadata.text("类别号"),
                    metadata.text("机构或问题"),
                    metadata.number("年度"),
                    metadata.number("件号"),
                    metadata.text("保管期限"),
                    years.equals("永久") ? null : Integer.valueOf(years),
                    metadata.text("题名"),
                    metadata.text("责任者"),
                    LocalDate.parse(metadata.text("日期")),
                    metadata.text("文种"),
                    page.equals("—") ? null : page,
                    filing.textIfAny("归档理由"),
                    Instant.parse(filing.text("归档时间")),
                    filing.text("归档人"),
                    elements,
                    links,
                    officers,
                    filing.textIfAny("检测报告"));
        } catch (DateTimeException | IllegalArgumentException bad) {
            throw new MalformedException(String.valueOf(bad.getMessage()));
        }
    }

    private static String digest(Node data, String tag, String algorithm) throws MalformedException {
        List<Node> found = new ArrayList<>();
        for (Node node : data.all(tag)) {
            if (node.attribute("算法").equals(algorithm)) {
                found.add(node);
            }
        }
        int digits = algorithm.equals("SHA-512") ? 128 : 64;
        if (found.size() != 1 || !found.get(0).value().matches("[0-9a-f]{" + digits + "}")) {
            throw new MalformedException("no " + algorithm + " in " + tag);
        }
        return found.get(0).value();
    }

    private static Node tree(byte[] xml) throws MalformedException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        List<Node> open = new ArrayList<>();
        Node root = null;
        int count = 0;
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(xml), "UTF-8");
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    if (++count > MAX_ELEMENTS || open.size() >= MAX_DEPTH) {
                        throw new MalformedException("too many elements");
                    }
                    if (!AipDocuments.EEP.equals(reader.getNamespaceURI())) {
                        throw new MalformedException("an element of another namespace: " + reader.getLocalName());
                    }
                    Node node = new Node(reader.getLocalName());
                    for (int i = 0; i < reader.getAttributeCount(); i++) {
                        node.attributes.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
                    }
                    if (open.isEmpty()) {
                        root = node;
                    } else {
                        open.get(open.size() - 1).children.add(node);
                    }
                    open.add(node);
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    Node unused = open.remove(open.size() - 1);
                } else if (event == XMLStreamConstants.CHARACTERS && !open.isEmpty()) {
                    open.get(open.size() - 1).text.append(reader.getText());
                } else if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
                    throw new MalformedException("DTD or entity");
                }
            }
            reader.close();
        } catch (XMLStreamException bad) {
            throw new MalformedException(String.valueOf(bad.getMessage()).replace('\n', ' '));
        }
        if (root == null) {
            throw new MalformedException("empty");
        }
        return root;
    }
}
