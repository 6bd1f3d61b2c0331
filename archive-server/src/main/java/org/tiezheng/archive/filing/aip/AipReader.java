package org.tiezheng.archive.filing.aip;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.tiezheng.evidence.zip.MemberNames;

/**
 * Reads an archival package that nobody vouches for: a zip with one BagIt folder as {@link AipDocuments} writes it, packed anew by
 * whatever program or not.
 *
 * <p>Everything that is wrong is collected and told at once. No length in the file is trusted, nothing is written to disk, and
 * hostile bytes end in a {@link RefusedException}. Source: RFC 8493.
 */
public final class AipReader implements Closeable {
    private static final int MAX_ENTRIES = 50_000;
    private static final int MAX_SMALL = 32 << 20;
    private static final int MAX_FINDINGS = 50;
    /** Packages are stored, and metadata are text: nothing honest is packed so tight. */
    private static final long MAX_RATIO = 200;

    private static final Set<String> BAGIT_VERSIONS = Set.of("0.97", "1.0");
    private static final Pattern LINE = Pattern.compile("([0-9A-Fa-f]{16,128})[ \\t]+\\*?(.{1,300})");
    private static final Map<String, String> ALGORITHMS = Map.of("sha256", "SHA-256", "sha512", "SHA-512");
    private static final Pattern MANIFEST = Pattern.compile("(tag)?manifest-([a-z0-9]{2,16})\\.txt");
    private static final Pattern PACKAGE = Pattern.compile("data/[0-9a-f-]{36}\\.asice");
    private static final Pattern METADATA = Pattern.compile("data/metadata/[A-Za-z0-9._-]{1,120}");

    private final ZipFile zip;
    private final long maxBytes;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();
    private final List<String> findings = new ArrayList<>();

    private AipReader(ZipFile zip, long maxBytes) {
        this.zip = zip;
        this.maxBytes = maxBytes;
    }

    /** What stands against the package, one line each: a stable word, then more. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private final List<String> findings;

        RefusedException(List<String> findings) {
            super(findings.isEmpty() ? "refused" : findings.get(0));
            this.findings = List.copyOf(findings);
        }

        public List<String> findings() {
            return findings;
        }
    }

    /** Told how much was read; may end the reading by throwing. */
    @FunctionalInterface
    public interface Progress {
        void read(long bytes);
    }

    /**
     * What the package holds.
     *
     * @param documents small files by their name in the bag: metadata, reports, lists
     */
    public record Contents(List<AipFonds> fonds, List<AipItem> items, Map<String, byte[]> documents) {}

    /**
     * Opens it and checks its shape; contents are read by {@link #check}.
     *
     * @param maxBytes most bytes of all files together
     * @throws RefusedException if it is no zip, or one that must not be unpacked
     */
    public static AipReader open(Path file, long maxBytes) throws IOException, RefusedException {
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8);
        } catch (ZipException | IllegalArgumentException bad) {
            throw new RefusedException(List.of("NOT_A_ZIP: " + bad.getMessage()));
        }
        AipReader reader = new AipReader(zip, maxBytes);
        try {
            reader.shape();
            reader.refuseIfWrong();
            return reader;
        } catch (RefusedException | RuntimeException failed) {
            zip.close();
            throw failed;
        }
    }

    private void found(String code, String detail) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(code + ": " + MemberNames.printable(detail));
        }
    }

    private void refuseIfWrong() throws RefusedException {
        if (!findings.isEmpty()) {
            throw new RefusedException(findings);
        }
    }

    /** Names, counts and sizes, before a byte is unpacked. */
    private void shape() {
        if (zip.size() > MAX_ENTRIES) {
            found("TOO_MANY", zip.size() + " entries");
            return;
        }
        Set<String> folded = new LinkedHashSet<>();
        Set<String> tops = new LinkedHashSet<>();
        long total = 0;
        Enumeration<? extends ZipEntry> all = zip.entries();
        while (all.hasMoreElements()) {
            ZipEntry entry = all.nextElement();
            String name = entry.getName();
            if (entry.isDirectory()) {
                name = name.substring(0, name.length() - 1);
            }
            if (!MemberNames.isLegal(name)) {
                found("NAME", name);
                continue;
            }
            if (!folded.add(name.toLowerCase(Locale.ROOT)) && !entry.isDirectory()) {
                found("TWICE", name);
            }
            int slash = name.indexOf('/');
            tops.add(slash < 0 ? name : name.substring(0, slash));
            if (entry.isDirectory()) {
                continue;
            }
            long size = entry.getSize();
            long packed = entry.getCompressedSize();
            if (size < 0 || (size > 1 << 20 && size / MAX_RATIO > Math.max(1, packed))) {
                found("BOMB", name + ", " + size + " of " + packed);
            }
            total += Math.max(0, size);
            if (slash < 0) {
                found("NO_FOLDER", name);
            } else {
                entries.put(name.substring(slash + 1), entry);
            }
        }
        if (total > maxBytes || total < 0) {
            found("TOO_LARGE", total + " bytes");
        }
        if (tops.size() != 1) {
            found("NO_FOLDER", String.join(", ", tops));
        }
        for (String name : entries.keySet()) {
            boolean isTag = name.equals("bagit.txt")
                    || name.equals("bag-info.txt")
                    || MANIFEST.matcher(name).matches();
            boolean isPayload =
                    PACKAGE.matcher(name).matches() || METADATA.matcher(name).matches();
            if (!isTag && !isPayload) {
                found("EXTRA", name);
            }
        }
    }

    /**
     * Reads everything: compares every digest of every list, and the metadata with the files.
     *
     * @throws RefusedException with everything that is wrong
     * @throws IOException if the file cannot be read
     */
    public Contents check(Progress progress) throws IOException, RefusedException {
        declaration();
        Map<String, Map<String, String>> payload = new TreeMap<>();
        Map<String, Map<String, String>> tags = new TreeMap<>();
        for (String name : entries.keySet()) {
            Matcher manifest = MANIFEST.matcher(name);
            if (manifest.matches()) {
                String algorithm = ALGORITHMS.get(manifest.group(2));
                if (algorithm == null) {
                    found("ALGORITHM", name);
                } else {
                    (manifest.group(1) == null ? payload : tags).put(algorithm, lines(name));
                }
            }
        }
        if (payload.isEmpty()) {
            found("NO_MANIFEST", "no manifest-sha256.txt");
        }
        refuseIfWrong();
        closedWorld(payload);
        refuseIfWrong();
        Map<String, Map<String, String>> computed = digests(payload, tags, progress);
        oxum();
        refuseIfWrong();
        Map<String, byte[]> documents = documents();
        byte[] eep = documents.get("data/metadata/eep.xml");
        if (eep == null) {
            found("NO_METADATA", "data/metadata/eep.xml");
            throw new RefusedException(findings);
        }
        EepReader.Eep read;
        try {
            read = EepReader.read(eep);
        } catch (EepReader.MalformedException malformed) {
            found("METADATA", String.valueOf(malformed.getMessage()));
            throw new RefusedException(findings);
        }
        compare(read, computed);
        refuseIfWrong();
        return new Contents(read.fonds(), read.items(), documents);
    }

    /**
     * What documents say that {@link #check} has passed before.
     *
     * @throws RefusedException if they are others
     */
    public Contents metadata(Map<String, byte[]> documents) throws RefusedException {
        byte[] eep = documents.get("data/metadata/eep.xml");
        try {
            EepReader.Eep read = EepReader.read(eep == null ? new byte[0] : eep);
            return new Contents(read.fonds(), read.items(), documents);
        } catch (EepReader.MalformedException other) {
            throw new RefusedException(List.of("METADATA: " + other.getMessage()));
        }
    }

    /** The content of a file of the bag. The caller closes the stream. */
    public InputStream open(String name) throws IOException {
        ZipEntry entry = entries.get(name);
        InputStream in = entry == null ? null : zip.getInputStream(entry);
        if (in == null) {
            throw new EOFException("no " + name);
        }
        return in;
    }

    private void declaration() throws IOException {
        if (!entries.containsKey("bagit.txt")) {
            found("NO_BAG", "bagit.txt");
            return;
        }
        String text = text("bagit.txt", 4096);
        Matcher version = Pattern.compile("\\s*BagIt-Version: ([0-9.]{1,8})\\s+Tag-File-Character-Encoding: UTF-8\\s*")
                .matcher(text);
        if (!version.matches() || !BAGIT_VERSIONS.contains(version.group(1))) {
            found("NO_BAG", text);
        }
    }

    private String text(String name, int most) throws IOException {
        byte[] bytes = small(name, most);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException bad) {
            found("NOT_UTF8", name);
            return "";
        }
    }

    /** A file that has to be small, whatever the zip says of its size. */
    private byte[] small(String name, int most) throws IOException {
        try (InputStream in = open(name)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                found("TOO_LARGE", name);
                return new byte[0];
            }
            return bytes;
        } catch (ZipException bad) {
            found("DAMAGED", name + ": " + bad.getMessage());
            return new byte[0];
        }
    }

    private Map<String, String> lines(String name) throws IOException {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String line : text(name, MAX_SMALL).split("\\r\\n|\\n|\\r", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                found("MANIFEST", name + ": " + line);
                continue;
            }
            // Our names need no escapes; an escaped one is none of ours.
            String file = matcher.group(2);
            if (lines.put(file, matcher.group(1).toLowerCase(Locale.ROOT)) != null) {
                found("TWICE", name + ": " + file);
            }
        }
        return lines;
    }

    /** Each list names every file of the payload, and nothing else is there. */
    private void closedWorld(Map<String, Map<String, String>> payload) {
        payload.forEach((algorithm, listed) -> {
            for (String name : listed.keySet()) {
                if (!name.startsWith("data/")) {
                    found("MANIFEST", name);
                } else if (!entries.containsKey(name)) {
                    found("MISSING", name);
                }
            }
            for (String name : entries.keySet()) {
                if (name.startsWith("data/") && !listed.containsKey(name)) {
                    found("UNLISTED", name + " (" + algorithm + ")");
                }
            }
        });
    }

    private Map<String, Map<String, String>> digests(
            Map<String, Map<String, String>> payload, Map<String, Map<String, String>> tags, Progress progress)
            throws IOException {
        Map<String, Map<String, String>> computed = new LinkedHashMap<>();
        long total = 0;
        byte[] buffer = new byte[1 << 17];
        for (Map.Entry<String, ZipEntry> file : entries.entrySet()) {
            Map<String, MessageDigest> running = new TreeMap<>();
            for (String algorithm : ALGORITHMS.values()) {
                running.put(algorithm, start(algorithm));
            }
            long size = 0;
            try (InputStream in = open(file.getKey())) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    size += read;
                    total += read;
                    if (size > file.getValue().getSize() || total > maxBytes) {
                        found("BOMB", file.getKey() + " has more bytes than the zip says");
                        return computed;
                    }
                    for (MessageDigest digest : running.values()) {
                        digest.update(buffer, 0, read);
                    }
                    progress.read(total);
                }
            } catch (ZipException | EOFException damaged) {
                found("DAMAGED", file.getKey() + ": " + damaged.getMessage());
                continue;
            }
            Map<String, String> hex = new TreeMap<>();
            running.forEach(
                    (algorithm, digest) -> hex.put(algorithm, HexFormat.of().formatHex(digest.digest())));
            computed.put(file.getKey(), hex);
        }
        compare("DIGEST", payload, computed);
        compare("TAG_DIGEST", tags, computed);
        return computed;
    }

    private void compare(
            String code, Map<String, Map<String, String>> lists, Map<String, Map<String, String>> computed) {
        lists.forEach((algorithm, listed) -> listed.forEach((name, digest) -> {
            Map<String, String> of = computed.get(name);
            if (of == null) {
                found("MISSING", name);
            } else if (!digest.equals(of.get(algorithm))) {
                found(code, name + " (" + algorithm + ")");
            }
        }));
    }

    private static MessageDigest start(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Payload-Oxum, where it is given, is right. */
    private void oxum() throws IOException {
        if (!entries.containsKey("bag-info.txt")) {
            return;
        }
        long bytes = 0;
        long count = 0;
        for (Map.Entry<String, ZipEntry> file : entries.entrySet()) {
            if (file.getKey().startsWith("data/")) {
                bytes += file.getValue().getSize();
                count++;
            }
        }
        for (String line : text("bag-info.txt", 1 << 20).split("\\r?\\n", -1)) {
            if (line.startsWith("Payload-Oxum:")
                    && !line.substring("Payload-Oxum:".length()).strip().equals(bytes + "." + count)) {
                found("OXUM", line);
            }
        }
    }

    private Map<String, byte[]> documents() throws IOException {
        Map<String, byte[]> documents = new LinkedHashMap<>();
        for (String name : entries.keySet()) {
            if (!PACKAGE.matcher(name).matches()) {
                documents.put(name, small(name, MAX_SMALL));
            }
        }
        return documents;
    }

    /** Metadata and files: each package is described once, and described as it is. */
    private void compare(EepReader.Eep eep, Map<String, Map<String, String>> computed) {
        Set<String> described = new LinkedHashSet<>();
        for (AipItem item : eep.items()) {
            String name = item.file().name();
            Map<String, String> of = computed.get(name);
            ZipEntry entry = entries.get(name);
            if (!described.add(name)) {
                found("TWICE", name);
            }
            if (of == null || entry == null || !name.equals("data/" + item.evidenceId() + ".asice")) {
                found("MISSING", name);
            } else if (entry.getSize() != item.file().sizeBytes()
                    || !item.file().sha256().equals(of.get("SHA-256"))
                    || !item.file().sha512().equals(of.get("SHA-512"))) {
                found("METADATA", name + ": size or digest");
            }
        }
        for (String name : entries.keySet()) {
            if (PACKAGE.matcher(name).matches() && !described.contains(name)) {
                found("UNDESCRIBED", name);
            }
        }
        if (eep.items().isEmpty()) {
            found("EMPTY", "no package");
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
