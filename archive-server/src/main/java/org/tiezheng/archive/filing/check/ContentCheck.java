package org.tiezheng.archive.filing.check;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.io.RandomAccessReadBufferedFile;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wacz.MalformedWarcException;
import org.tiezheng.evidence.wacz.WarcGzReader;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Opens a file as a program that shows it would: pictures and videos are decoded, web archives read record by record, documents
 * parsed. Streams; a video or PDF lies in a temporary file meanwhile.
 */
final class ContentCheck {
    /** Larger ones are left to a person. */
    private static final long MAX_COPIED = 4L << 30;

    private static final long MAX_JPEG_PIXELS = 400_000_000L;
    private static final int JPEG_SIDE = 2000;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(200)
                            .maxStringLength(1 << 26)
                            .maxDocumentLength(1L << 32)
                            .build())
                    .build())
            .build();

    private final Ffprobe ffprobe;

    ContentCheck(Ffprobe ffprobe) {
        this.ffprobe = ffprobe;
    }

    /** How opening a file ended. */
    enum State {
        OPENED,
        BROKEN,
        /** No program here can open it, or it is too large. */
        NOT_TRIED
    }

    /**
     * One file.
     *
     * @param detail what is wrong, or why it was not tried; for a video its codec
     * @param encrypted nobody can read it without a password
     * @param video what was decoded; null if it is none
     */
    record Opened(State state, String detail, boolean encrypted, Ffprobe.@Nullable Video video) {
        static final Opened YES = new Opened(State.OPENED, "", false, null);

        static Opened broken(String detail) {
            return new Opened(State.BROKEN, detail, false, null);
        }

        static Opened notTried(String detail) {
            return new Opened(State.NOT_TRIED, detail, false, null);
        }
    }

    /**
     * Opens it.
     *
     * @param in the content; closed
     * @throws IOException if the content cannot be read: nothing is known then
     */
    Opened open(FileType type, long sizeBytes, InputStream in) throws IOException {
        try (in) {
            return switch (type) {
                case PNG -> ofFault(PngCheck.fault(in));
                case JPEG, GIF -> picture(in, sizeBytes);
                case MP4 -> sizeBytes > MAX_COPIED ? Opened.notTried("too large") : video(in);
                case PDF -> sizeBytes > MAX_COPIED ? Opened.notTried("too large") : pdf(in);
                case WARC -> warc(in);
                case JSON -> json(in, false);
                case JSONL -> json(in, true);
                case XML -> xml(in);
                case HTML, MHTML, CSV, TEXT -> text(in);
                // Judged by the verifier: tokens, signatures, records, the recording, the WACZ itself.
                case DER, PCAPNG, WACZ, GZIP -> Opened.YES;
            };
        }
    }

    private static Opened ofFault(String fault) {
        return fault.isEmpty() ? Opened.YES : Opened.broken(fault);
    }

    private static Opened picture(InputStream in, long sizeBytes) throws IOException {
        // The decoder throws IOException for bad pictures; a store that fails must not look like one.
        byte[] bytes = sizeBytes > 64 << 20 ? null : in.readNBytes(64 << 20);
        if (bytes == null) {
            return Opened.notTried("too large");
        }
        try (ImageInputStream stream = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                return Opened.broken("no picture");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                long width = reader.getWidth(0);
                long height = reader.getHeight(0);
                if (width * height > MAX_JPEG_PIXELS) {
                    return Opened.notTried("too large");
                }
                ImageReadParam param = reader.getDefaultReadParam();
                int step = (int) Math.max(1, Math.max(width, height) / JPEG_SIDE);
                param.setSourceSubsampling(step, step, 0, 0);
                BufferedImage image = reader.read(0, param);
                return image.getWidth() > 0 ? Opened.YES : Opened.broken("empty");
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException bad) {
            return Opened.broken(String.valueOf(bad.getMessage()));
        }
    }

    private Opened video(InputStream in) throws IOException {
        Path copy = Files.createTempFile("tiezheng-video", ".mp4");
        try {
            long unused = Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            Ffprobe.Probe probe = ffprobe.probe(copy);
            Ffprobe.Video video = probe.video();
            if (!probe.ran()) {
                return Opened.notTried(probe.message());
            }
            if (video == null || video.frames() < 1) {
                return Opened.broken(probe.message().isEmpty() ? "no frame" : probe.message());
            }
            return new Opened(State.OPENED, video.codec(), false, video);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static Opened pdf(InputStream in) throws IOException {
        Path copy = Files.createTempFile("tiezheng-pdf", ".pdf");
        try {
            long unused = Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            try (RandomAccessReadBufferedFile file = new RandomAccessReadBufferedFile(copy.toFile());
                    PDDocument document = Loader.loadPDF(file, IOUtils.createTempFileOnlyStreamCache())) {
                if (document.isEncrypted()) {
                    return new Opened(State.OPENED, "encrypted", true, null);
                }
                int pages = document.getNumberOfPages();
                if (pages < 1) {
                    return Opened.broken("no page");
                }
                for (int page : pages == 1 ? new int[] {0} : new int[] {0, pages - 1}) {
                    // First and last page: their content can be read to its end.
                    try (InputStream content = document.getPage(page).getContents()) {
                        long bytes = content == null ? 0 : content.transferTo(java.io.OutputStream.nullOutputStream());
                        if (bytes < 0) {
                            return Opened.broken("page " + (page + 1));
                        }
                    }
                }
                return Opened.YES;
            } catch (InvalidPasswordException locked) {
                return new Opened(State.BROKEN, "encrypted", true, null);
            } catch (IOException | RuntimeException bad) {
                return Opened.broken(String.valueOf(bad.getMessage()));
            }
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static Opened warc(InputStream in) throws IOException {
        try (WarcGzReader reader = new WarcGzReader(in)) {
            int records = 0;
            for (WarcGzReader.Record record = reader.next(); record != null; record = reader.next()) {
                if (!record.version().startsWith("WARC/")) {
                    return Opened.broken("record " + (records + 1));
                }
                var unused = record.finish();
                records++;
            }
            return records > 0 ? Opened.YES : Opened.broken("no record");
        } catch (MalformedWarcException bad) {
            return Opened.broken(String.valueOf(bad.getMessage()));
        }
    }

    private static Opened json(InputStream in, boolean lines) throws IOException {
        try (JsonParser parser = JSON.createParser(in)) {
            int depth = 0;
            int values = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                }
                if (depth == 0) {
                    values++;
                }
            }
            return lines ? Opened.YES : values == 1 ? Opened.YES : Opened.broken(values + " values");
        } catch (tools.jackson.core.exc.JacksonIOException away) {
            throw new IOException(away);
        } catch (JacksonException bad) {
            return Opened.broken(String.valueOf(bad.getOriginalMessage()));
        }
    }

    private static Opened xml(InputStream in) {
        try {
            XMLStreamReader reader = Xml.input().createXMLStreamReader(in);
            while (reader.hasNext()) {
                int unused = reader.next();
            }
            reader.close();
            return Opened.YES;
        } catch (XMLStreamException | RuntimeException bad) {
            return Opened.broken(String.valueOf(bad.getMessage()).replace('\n', ' '));
        }
    }

    private static Opened text(InputStream in) throws IOException {
        char[] buffer = new char[1 << 15];
        try (Reader reader = new InputStreamReader(
                in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT))) {
            for (int read = reader.read(buffer); read >= 0; read = reader.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == 0) {
                        return Opened.broken("U+0000");
                    }
                }
            }
            return Opened.YES;
        } catch (CharacterCodingException bad) {
            return Opened.broken("not UTF-8");
        }
    }

    /** Parsers of XML that fetch nothing and expand nothing. */
    private static final class Xml {
        static XMLInputFactory input() {
            XMLInputFactory factory = XMLInputFactory.newFactory();
            factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
            factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
            return factory;
        }
    }
}
