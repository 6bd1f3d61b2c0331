package org.tiezheng.evidence.warc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/** What tshark reads out of a pcapng, with its own TLS, HTTP and HPACK code: status and body digest of each response. */
final class Tshark {
    /** @param conversation from 1, as ours */
    record Response(int conversation, int stream, int status, Digest body) {}

    private Tshark() {}

    /**
     * @param wholeBodies join bodies; tshark then leaves out a response under TLS that only the end of the connection ends
     */
    static List<Response> responses(Path folder, Path pcapng, int securePort, int plainPort, boolean wholeBodies)
            throws IOException, InterruptedException {
        Path pdml = Files.createTempFile(folder, "tshark", ".pdml");
        Process process = new ProcessBuilder(
                        "tshark",
                        "-r",
                        pcapng.toString(),
                        "-2",
                        "-T",
                        "pdml",
                        "-J",
                        "frame tcp http http2",
                        "-d",
                        "tcp.port==" + securePort + ",tls",
                        "-d",
                        "tcp.port==" + plainPort + ",http",
                        "-o",
                        "http.decompress_body:FALSE",
                        "-o",
                        "tcp.desegment_tcp_streams:TRUE",
                        "-o",
                        "http.desegment_body:" + (wholeBodies ? "TRUE" : "FALSE"),
                        "-Y",
                        "http2 or http.response")
                .redirectOutput(pdml.toFile())
                .redirectError(folder.resolve("tshark.err").toFile())
                .start();
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("tshark hangs");
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(Files.readString(folder.resolve("tshark.err")));
        }
        try (InputStream in = Files.newInputStream(pdml)) {
            return read(in);
        } catch (XMLStreamException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Body {
        private int status;
        private byte[] bytes = new byte[0];

        void append(byte[] more) {
            byte[] joined = Arrays.copyOf(bytes, bytes.length + more.length);
            System.arraycopy(more, 0, joined, bytes.length, more.length);
            bytes = joined;
        }

        Digest digest() {
            return Digest.of(Digest.Algorithm.SHA256, bytes);
        }
    }

    private static List<Response> read(InputStream in) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        XMLStreamReader xml = factory.createXMLStreamReader(in);
        Map<String, Body> http2 = new LinkedHashMap<>();
        List<Response> responses = new ArrayList<>();
        Deque<String> open = new ArrayDeque<>();
        int conversation = 0;
        boolean fromServer = false;
        String stream = "0";
        byte[] data = new byte[0];
        byte[] reassembled = null;
        Body http1 = new Body();
        byte[] chunk = new byte[0];
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                String name = xml.getAttributeValue(null, "name");
                String show = xml.getAttributeValue(null, "show");
                String value = xml.getAttributeValue(null, "value");
                boolean isProtocol = xml.getLocalName().equals("proto");
                open.push(isProtocol ? "proto " + name : "");
                if (isProtocol && "http2".equals(name)) {
                    data = new byte[0];
                    reassembled = null;
                } else if (isProtocol && "http".equals(name)) {
                    http1 = new Body();
                }
                switch (name == null ? "" : name) {
                    case "tcp.srcport" -> fromServer = !isAgentPort(Integer.parseInt(show));
                    case "tcp.stream" -> conversation = Integer.parseInt(show) + 1;
                    case "http2.streamid" -> stream = show;
                    case "http2.headers.status" -> {
                        int code = Integer.parseInt(show);
                        if (code >= 200) {
                            http2.computeIfAbsent(conversation + "/" + stream, k -> new Body()).status = code;
                        }
                    }
                    case "http2.data.data" -> data = hex(value);
                    case "http2.body.reassembled.data" -> reassembled = hex(value);
                    case "http.response.code" -> http1.status = Integer.parseInt(show);
                    case "http.file_data" -> {
                        if (value != null) {
                            http1.bytes = hex(value);
                        }
                    }
                    case "" -> {
                        if (show != null && show.startsWith("Data chunk") && value != null) {
                            chunk = hex(value);
                        }
                    }
                    case "http.chunk_size" -> {
                        int size = Integer.parseInt(show);
                        int line = value.length() / 2;
                        http1.append(Arrays.copyOfRange(chunk, line, line + size));
                    }
                    default -> {}
                }
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                String closed = open.pop();
                if (closed.equals("proto http") && (http1.status >= 200 || http1.status == 101)) {
                    responses.add(new Response(conversation, 0, http1.status, http1.digest()));
                } else if (closed.equals("proto http2") && fromServer && !stream.equals("0")) {
                    Body body = http2.computeIfAbsent(conversation + "/" + stream, k -> new Body());
                    if (reassembled != null) {
                        body.bytes = reassembled;
                    } else {
                        body.append(data);
                    }
                }
            }
        }
        for (Map.Entry<String, Body> entry : http2.entrySet()) {
            String[] key = entry.getKey().split("/", -1);
            if (entry.getValue().status != 0) {
                responses.add(new Response(
                        Integer.parseInt(key[0]),
                        Integer.parseInt(key[1]),
                        entry.getValue().status,
                        entry.getValue().digest()));
            }
        }
        return responses;
    }

    private static byte[] hex(@Nullable String value) {
        return value == null ? new byte[0] : HexFormat.of().parseHex(value);
    }

    /** The recording gives the agent's side ports from 49152 on in order of opening. */
    private static boolean isAgentPort(int port) {
        return port >= 49152 && port < 49152 + 1000;
    }
}
