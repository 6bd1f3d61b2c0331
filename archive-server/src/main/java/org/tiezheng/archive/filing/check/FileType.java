package org.tiezheng.archive.filing.check;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The formats that may be filed, by the ending of a file's name and by its first bytes.
 *
 * <p>Whether a file is what its name says is decided by its bytes. Formats of text have no first bytes of their own: for them the
 * beginning must be UTF-8 without NUL, and must not be that of another format.
 */
public enum FileType {
    PNG("Chromium", List.of("89504e470d0a1a0a"), "png"),
    JPEG("Chromium", List.of("ffd8ff"), "jpg", "jpeg"),
    GIF("Chromium", List.of("474946383761", "474946383961"), "gif"),
    MP4("ffmpeg", List.of("........66747970"), "mp4"),
    PDF("PDF/A viewer", List.of("255044462d"), "pdf"),
    WARC("ReplayWeb.page", List.of("1f8b08"), "warc.gz"),
    GZIP("gzip", List.of("1f8b08"), "gz"),
    PCAPNG("Wireshark", List.of("0a0d0d0a"), "pcapng"),
    WACZ("ReplayWeb.page", List.of("504b0304"), "wacz"),
    DER("openssl", List.of("30"), "p7s", "tst", "tsr", "ers"),
    JSON("any text editor", List.of(), "json"),
    JSONL("any text editor", List.of(), "jsonl"),
    XML("any text editor", List.of(), "xml"),
    HTML("Chromium", List.of(), "html", "htm"),
    MHTML("Chromium", List.of(), "mhtml", "mht"),
    CSV("any text editor", List.of(), "csv"),
    TEXT("any text editor", List.of(), "txt", "log", "cdx", "cdxj", "pem", "tlog-proof", "keylog");

    private final String viewer;
    private final List<String> starts;
    private final List<String> endings;

    FileType(String viewer, List<String> starts, String... endings) {
        this.viewer = viewer;
        this.starts = starts;
        this.endings = List.of(endings);
    }

    /** A program that shows it. */
    public String viewer() {
        return viewer;
    }

    public boolean isText() {
        return starts.isEmpty();
    }

    /** By the ending of the name; names without an ending are those of the format itself: plain text. Empty: not allowed. */
    public static Optional<FileType> ofName(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        if (name.indexOf('.') < 0) {
            return Optional.of(TEXT);
        }
        FileType found = null;
        int longest = 0;
        for (FileType type : values()) {
            for (String ending : type.endings) {
                if (name.endsWith("." + ending) && ending.length() > longest) {
                    found = type;
                    longest = ending.length();
                }
            }
        }
        return Optional.ofNullable(found);
    }

    /** Whether a file that begins so can be of this type. An empty file is of no binary type. */
    public boolean fits(byte[] head) {
        if (isText()) {
            return isUtf8(head) && foreign(head).isEmpty();
        }
        String hex = HexFormat.of().formatHex(head, 0, Math.min(head.length, 16));
        return starts.stream().anyMatch(start -> begins(hex, start));
    }

    /** The first binary type that begins so, for saying what a file is instead. DER's one byte says nothing. */
    public static Optional<FileType> foreign(byte[] head) {
        String hex = HexFormat.of().formatHex(head, 0, Math.min(head.length, 16));
        for (FileType type : values()) {
            if (type != DER && type.starts.stream().anyMatch(start -> begins(hex, start))) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    private static boolean begins(String hex, String start) {
        if (hex.length() < start.length()) {
            return false;
        }
        for (int i = 0; i < start.length(); i++) {
            if (start.charAt(i) != '.' && start.charAt(i) != hex.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** A character that is cut at the end is none that is wrong. */
    private static boolean isUtf8(byte[] head) {
        for (byte one : head) {
            if (one == 0) {
                return false;
            }
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CoderResult end = decoder.decode(ByteBuffer.wrap(head), CharBuffer.allocate(head.length + 1), false);
        return !end.isError();
    }
}
