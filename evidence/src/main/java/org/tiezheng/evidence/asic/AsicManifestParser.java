package org.tiezheng.evidence.asic;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Parsed;
import org.tiezheng.evidence.zip.MemberNames;

/**
 * Reads an ASiCManifest with the JDK's StAX parser: no DTD, no entities, nothing fetched. Elements and attributes other
 * than those of the schema that this format uses are refused, so nothing stands in a manifest that nobody looked at.
 *
 * <p>A digest algorithm other than SHA-256 is M04; everything else is M05. The first problem ends the reading.
 */
final class AsicManifestParser {
    private static final int MAX_ENTRIES = 1000;

    private final XMLStreamReader xml;
    private final String subject;

    private AsicManifestParser(XMLStreamReader xml, String subject) {
        this.xml = xml;
        this.subject = subject;
    }

    /** Ends the reading with a finding. Never leaves this class. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Finding finding;

        Refused(Finding finding) {
            super(finding.toString(), null, false, false);
            this.finding = finding;
        }
    }

    static Parsed<AsicManifest> parse(byte[] bytes, String subject) {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("external entities are not resolved");
        });
        try {
            // Decoded here: the JDK's parser prints "[Fatal Error]" to standard error when it meets bytes that are not
            // UTF-8.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            XMLStreamReader xml = factory.createXMLStreamReader(new StringReader(text));
            try {
                return Parsed.of(new AsicManifestParser(xml, subject).document());
            } finally {
                xml.close();
            }
        } catch (Refused e) {
            return Parsed.failed(e.finding);
        } catch (CharacterCodingException e) {
            return Parsed.failed(Finding.invalid(Code.M05, subject, "not UTF-8"));
        } catch (XMLStreamException e) {
            return Parsed.failed(Finding.invalid(Code.M05, subject, "not well-formed XML"));
        } catch (RuntimeException e) {
            // The JDK's parser answers some malformed input with unchecked exceptions.
            return Parsed.failed(Finding.invalid(Code.M05, subject, "not readable as XML"));
        }
    }

    private AsicManifest document() throws XMLStreamException, Refused {
        String encoding = xml.getCharacterEncodingScheme();
        if (encoding != null && !encoding.equalsIgnoreCase("UTF-8")) {
            throw refused("declares an encoding other than UTF-8");
        }
        startOf(AsicManifest.NAMESPACE, "ASiCManifest");
        attributes(Set.of());
        startOf(AsicManifest.NAMESPACE, "SigReference");
        attributes(Set.of("URI", "MimeType"));
        String reference = uri();
        String mimeType = xml.getAttributeValue(null, "MimeType");
        if (mimeType != null && !AsicManifest.isMimeType(mimeType)) {
            throw refused("a MimeType that is none");
        }
        endOfElement();
        List<AsicManifest.Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        while (nextTag() == XMLStreamConstants.START_ELEMENT) {
            if (entries.size() == MAX_ENTRIES) {
                throw refused("more than " + MAX_ENTRIES + " entries");
            }
            AsicManifest.Entry entry = entry();
            if (!names.add(entry.name())) {
                throw refused("names " + entry.name() + " a second time");
            }
            entries.add(entry);
        }
        if (entries.isEmpty()) {
            throw refused("lists no file");
        }
        while (xml.hasNext()) {
            refuseDtd(xml.next());
        }
        return new AsicManifest(reference, mimeType, entries);
    }

    /** On the start of a DataObjectReference; leaves on its end. */
    private AsicManifest.Entry entry() throws XMLStreamException, Refused {
        expect(AsicManifest.NAMESPACE, "DataObjectReference");
        attributes(Set.of("URI", "MimeType", "Rootfile"));
        String name = uri();
        startOf(AsicManifest.XMLDSIG_NAMESPACE, "DigestMethod");
        attributes(Set.of("Algorithm"));
        String algorithm = xml.getAttributeValue(null, "Algorithm");
        endOfElement();
        if (!AsicManifest.SHA256_URI.equals(algorithm)) {
            throw new Refused(Finding.invalid(Code.M04, subject, "digest algorithm is not SHA-256")
                    .with("file", name)
                    .with("algorithm", algorithm == null ? "none" : MemberNames.printable(algorithm)));
        }
        startOf(AsicManifest.XMLDSIG_NAMESPACE, "DigestValue");
        attributes(Set.of());
        Digest digest = digest(xml.getElementText(), name);
        endOfElement();
        return new AsicManifest.Entry(name, digest);
    }

    private Digest digest(String text, String name) throws Refused {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text.strip());
        } catch (IllegalArgumentException e) {
            throw refused("the digest of " + name + " is not base64");
        }
        if (bytes.length != 32 || !Base64.getEncoder().encodeToString(bytes).equals(text.strip())) {
            throw refused("the digest of " + name + " is not 32 bytes in canonical base64");
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, bytes);
    }

    private String uri() throws Refused {
        String uri = xml.getAttributeValue(null, "URI");
        if (uri == null || !MemberNames.isLegal(uri)) {
            throw refused("a URI is missing or not the name of a file in the package");
        }
        return uri;
    }

    private void startOf(String namespace, String name) throws XMLStreamException, Refused {
        if (nextTag() != XMLStreamConstants.START_ELEMENT) {
            throw refused(name + " is missing");
        }
        expect(namespace, name);
    }

    private void expect(String namespace, String name) throws Refused {
        if (!namespace.equals(xml.getNamespaceURI()) || !name.equals(xml.getLocalName())) {
            throw refused("expected " + name + ", found another element");
        }
    }

    private void endOfElement() throws XMLStreamException, Refused {
        if (nextTag() != XMLStreamConstants.END_ELEMENT) {
            throw refused("an element where none is allowed");
        }
    }

    private void attributes(Set<String> allowed) throws Refused {
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            @Nullable String namespace = xml.getAttributeNamespace(i);
            if ((namespace != null && !namespace.isEmpty()) || !allowed.contains(xml.getAttributeLocalName(i))) {
                throw refused("an attribute where none is allowed");
            }
        }
    }

    /** Like {@link XMLStreamReader#nextTag()}, which skips what we must see: a DTD. Comments and space are skipped. */
    private int nextTag() throws XMLStreamException, Refused {
        while (true) {
            int event = xml.next();
            refuseDtd(event);
            switch (event) {
                case XMLStreamConstants.START_ELEMENT, XMLStreamConstants.END_ELEMENT -> {
                    return event;
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (!xml.isWhiteSpace()) {
                        throw refused("text where none is allowed");
                    }
                }
                case XMLStreamConstants.SPACE, XMLStreamConstants.COMMENT -> {
                    continue;
                }
                default -> throw refused("something that is neither an element nor text");
            }
        }
    }

    private void refuseDtd(int event) throws Refused {
        if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw refused("has a DTD or an entity reference");
        }
    }

    private Refused refused(String reason) {
        return new Refused(Finding.invalid(Code.M05, subject, reason));
    }
}
