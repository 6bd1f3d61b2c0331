package org.tiezheng.evidence.asic;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Parsed;
import org.tiezheng.evidence.zip.MemberNames;

/**
 * An ASiCManifest: the files that one signature or one time-stamp covers, each with its SHA-256, and the name of the file
 * that holds that signature or token. Signed or stamped are the bytes of {@link #toXml()}.
 *
 * <p>Source: ETSI EN 319 162-1 V1.1.1, annex A.4 (schema), section 4.4.3; SHA-256 only, because EU DSS reads no SM3 here.
 *
 * @param reference member that holds the signature or token, such as {@code META-INF/signature001.p7s}
 * @param mimeType of that member: {@link #SIGNATURE_TYPE} or {@link #TIMESTAMP_TYPE}; null if a manifest that was read
 *     gives none
 * @param entries at least one; no two with the same name
 */
public record AsicManifest(String reference, @Nullable String mimeType, List<Entry> entries) {
    public static final String SIGNATURE_TYPE = "application/pkcs7-signature";
    /** Makes the manifest a time-stamp manifest. */
    public static final String TIMESTAMP_TYPE = "application/vnd.etsi.timestamp-token";

    static final String NAMESPACE = "http://uri.etsi.org/02918/v1.2.1#";
    static final String XMLDSIG_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#";
    static final String SHA256_URI = "http://www.w3.org/2001/04/xmlenc#sha256";

    /** MIME types of members, for the reader's information; a verifier does not rely on them. */
    private static final Map<String, String> TYPES =
            Map.of("wacz", "application/wacz", "json", "application/json", "pdf", "application/pdf", "csv", "text/csv");

    private static final Pattern MIME_TYPE = Pattern.compile("[A-Za-z0-9.+-]{1,100}/[A-Za-z0-9.+-]{1,100}");
    private static final String DEFAULT_TYPE = "text/plain";

    /** A covered member and its SHA-256. */
    public record Entry(String name, Digest sha256) {
        public Entry {
            if (!MemberNames.isLegal(name)) {
                throw new IllegalArgumentException("illegal member name " + MemberNames.printable(name));
            }
            if (sha256.algorithm() != Digest.Algorithm.SHA256) {
                throw new IllegalArgumentException("manifests are SHA-256 only, got " + sha256);
            }
        }
    }

    public AsicManifest {
        entries = List.copyOf(entries);
        if (!MemberNames.isLegal(reference)) {
            throw new IllegalArgumentException("illegal member name " + MemberNames.printable(reference));
        }
        if (mimeType != null && !isMimeType(mimeType)) {
            throw new IllegalArgumentException("no MIME type: " + MemberNames.printable(mimeType));
        }
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a manifest covers at least one member");
        }
        Set<String> names = new HashSet<>();
        for (Entry entry : entries) {
            if (!names.add(entry.name())) {
                throw new IllegalArgumentException(entry.name() + " is listed twice");
            }
        }
    }

    /** Manifest whose bytes {@code META-INF/signature<number>.p7s} will sign. */
    public static AsicManifest forSignature(int number, List<Entry> entries) {
        return new AsicManifest(AsicNames.signature(number), SIGNATURE_TYPE, entries);
    }

    /** Manifest whose bytes {@code META-INF/timestamp<number>.tst} will stamp. */
    public static AsicManifest forTimestamp(int number, List<Entry> entries) {
        return new AsicManifest(AsicNames.timestamp(number), TIMESTAMP_TYPE, entries);
    }

    /** Manifest that lists the group of {@code META-INF/evidencerecord<number>.ers}: covered files and their proofs. */
    public static AsicManifest forEvidenceRecord(int number, List<Entry> entries) {
        return new AsicManifest(AsicNames.evidenceRecord(number), null, entries);
    }

    /**
     * Reads a manifest that nobody vouches for. Findings M04 (digest algorithm) and M05 (form), under {@code subject}.
     *
     * @param xml the whole file; the caller limits its size
     */
    public static Parsed<AsicManifest> parse(byte[] xml, String subject) {
        return AsicManifestParser.parse(xml, subject);
    }

    /** The one XML text of this manifest, UTF-8, lines ended by LF. */
    public byte[] toXml() {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.append("<asic:ASiCManifest xmlns:asic=\"").append(NAMESPACE);
        xml.append("\" xmlns:ds=\"").append(XMLDSIG_NAMESPACE).append("\">\n");
        // Names and types need no escaping: see MemberNames and isMimeType.
        xml.append("  <asic:SigReference URI=\"").append(reference).append('"');
        if (mimeType != null) {
            xml.append(" MimeType=\"").append(mimeType).append('"');
        }
        xml.append("/>\n");
        for (Entry entry : entries) {
            xml.append("  <asic:DataObjectReference URI=\"").append(entry.name());
            xml.append("\" MimeType=\"").append(typeOf(entry.name())).append("\">\n");
            xml.append("    <ds:DigestMethod Algorithm=\"").append(SHA256_URI).append("\"/>\n");
            xml.append("    <ds:DigestValue>");
            xml.append(Base64.getEncoder().encodeToString(entry.sha256().bytes()));
            xml.append("</ds:DigestValue>\n  </asic:DataObjectReference>\n");
        }
        return xml.append("</asic:ASiCManifest>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Type and subtype without parameters; nothing that XML would have to escape. */
    static boolean isMimeType(String text) {
        return MIME_TYPE.matcher(text).matches();
    }

    private static String typeOf(String name) {
        return TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), DEFAULT_TYPE);
    }
}
