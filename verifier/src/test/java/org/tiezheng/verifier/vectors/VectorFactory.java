package org.tiezheng.verifier.vectors;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaCRLStore;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.time.Forge;
import org.tiezheng.evidence.trust.BouncyCastle;
import org.tiezheng.evidence.trust.SigningIdentity;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.wacz.WaczNames;

/** Makes every vector: the sample package with exactly one fault. In the order of the codes. */
final class VectorFactory {
    private static final String MANIFEST_1 = AsicNames.manifest(1);
    private static final String MANIFEST_2 = AsicNames.manifest(2);
    private static final String SIGNATURE = AsicNames.signature(1);
    private static final String TOKEN = AsicNames.timestamp(2);
    private static final String CAPTURE = "evidence/capture.json";
    private static final String PCAPNG = "evidence/network.pcapng";

    private final Sample sample;
    private final Forge forge = new Forge();
    private final List<Vector> vectors = new ArrayList<>();

    VectorFactory(Path folder) throws Exception {
        sample = new Sample(folder);
    }

    TrustAnchors anchors() {
        return TrustAnchors.of(sample.authority.root(), forge.root());
    }

    Sample sample() {
        return sample;
    }

    List<Vector> good() throws Exception {
        byte[] manifest3 =
                AsicManifest.forTimestamp(3, Sample.entries(sample.covered())).toXml();
        byte[] flipped = flippedInsideRootCopy(sample.members.get(TOKEN));
        List<Vector> good = new ArrayList<>(List.of(
                Vector.of("plain", "Made by the real writers, embedded authority.", "", sample.sealed),
                new Vector(
                        "plain-all",
                        "The same, every optional check too.",
                        Set.of("sm3", "deep"),
                        List.of(),
                        sample.sealed),
                Vector.of(
                        "two-authorities",
                        "A second token from another authority, over a manifest of its own.",
                        "",
                        RawZip.of(sample.members)
                                .add(AsicNames.manifest(3), manifest3)
                                .add(AsicNames.timestamp(3), token(manifest3, r -> {}))
                                .toBytes()),
                Vector.of(
                        "trust-folder",
                        "Certificates in META-INF/trust are allowed and never trusted.",
                        "",
                        RawZip.of(sample.members)
                                .add(
                                        "META-INF/trust/stranger.pem",
                                        ascii(TrustAnchors.of(forge.root()).toPem()))
                                .toBytes()),
                Vector.of(
                        "A6_bit-in-unsigned-part-of-a-token",
                        "Attack A6: one bit of the root copy in the token; nobody signed it, so the token says the same."
                                + " Bytes of a token are no identity.",
                        "",
                        sample.with(TOKEN, flipped).toBytes())));
        good.addAll(new RecordVectors(sample, forge).good());
        good.addAll(new LogVectors(sample).good());
        return List.copyOf(good);
    }

    List<Vector> bad() throws Exception {
        vectors.clear();
        container();
        manifests();
        wacz();
        deep();
        tokens();
        signature();
        vectors.addAll(new RecordVectors(sample, forge).bad());
        vectors.addAll(new LogVectors(sample).bad());
        attacks();
        return List.copyOf(vectors);
    }

    private void add(String name, String why, String expect, byte[] bytes) {
        vectors.add(Vector.of(name, why, expect, bytes));
    }

    // --- Z

    private void container() throws Exception {
        byte[] good = sample.sealed;
        add(
                "Z01_last-byte-cut",
                "The last byte of the file is missing.",
                "Z01 INVALID",
                Arrays.copyOf(good, good.length - 1));
        add("Z01_byte-appended", "A byte follows the end record.", "Z01 INVALID", Arrays.copyOf(good, good.length + 1));
        RawZip zip = RawZip.of(sample.members);
        zip.entry(AsicNames.VERIFY_TXT).gap = new byte[] {'x'};
        add("Z02_gap", "A byte between two members belongs to neither.", "Z02 INVALID", zip.toBytes());
        zip = RawZip.of(sample.members);
        zip.entry(AsicNames.VERIFY_TXT).localCrcError = 1;
        add(
                "Z03_local-crc",
                "The CRC-32 in a local header is not that of the directory.",
                "Z03 INVALID",
                zip.toBytes());
        zip = RawZip.of(sample.members).add(AsicNames.VERIFY_TXT, sample.members.get(AsicNames.VERIFY_TXT));
        add("Z04_same-member-twice", "VERIFY.txt is there twice, with the same bytes.", "Z04 INVALID", zip.toBytes());
        zip = RawZip.of(sample.members).addText("META-INF/../notes.txt", "x");
        add("Z05_dot-dot", "A member name leads out of its folder.", "M07 INVALID, Z05 INVALID", zip.toBytes());
        zip = RawZip.of(sample.members);
        zip.entry(AsicNames.VERIFY_TXT).extra = new byte[] {'U', 'T', 5, 0, 1, 0, 0, 0, 0};
        add("Z06_extra-field", "A member has a time-stamp extra field.", "Z06 INVALID", zip.toBytes());
        add(
                "Z07_newline",
                "mimetype ends in a newline.",
                "Z07 INVALID",
                sample.with(AsicNames.MIMETYPE, (AsicNames.MIMETYPE_TEXT + "\n").getBytes(StandardCharsets.US_ASCII))
                        .toBytes());
        zip = RawZip.of(sample.members);
        RawZip.Entry mimetype = zip.entries.remove(0);
        zip.entries.add(mimetype);
        add("Z07_not-first", "mimetype is the last member.", "Z07 INVALID", zip.toBytes());
        zip = RawZip.of(sample.members);
        zip.entry(AsicNames.VERIFY_TXT).crcError = 1;
        add(
                "Z08_crc",
                "Both headers of a member give another CRC-32 than its bytes have.",
                "Z08 INVALID",
                zip.toBytes());
        zip = RawZip.of(sample.members);
        byte[] pem = ascii(anchors().toPem());
        for (int i = 0; i < 1000; i++) {
            zip.add("META-INF/trust/root-" + (1000 + i) + ".pem", pem);
        }
        add("Z09_entries", "More than 1000 entries.", "Z09 INVALID", zip.toBytes());
    }

    // --- M

    private void manifests() throws Exception {
        RawZip zip = RawZip.of(sample.members).addText("notes.txt", "added");
        add("M01_unlisted-file", "A file was added after sealing.", "M01 INVALID", zip.toBytes());
        Map<String, byte[]> covered = sample.covered();
        covered.put("notes.txt", "added".getBytes(StandardCharsets.UTF_8));
        byte[] manifest3 = AsicManifest.forTimestamp(3, Sample.entries(covered)).toXml();
        zip = RawZip.of(sample.members)
                .addText("notes.txt", "added")
                .add(AsicNames.manifest(3), manifest3)
                .add(AsicNames.timestamp(3), token(manifest3, r -> {}));
        add(
                "M01_listed-in-a-later-manifest-only",
                "A file was added together with a manifest that lists it and a good token over that manifest.",
                "M01 INVALID",
                zip.toBytes());
        Map<String, byte[]> fewer = new LinkedHashMap<>(sample.members);
        fewer.remove(AsicNames.VERIFY_TXT);
        add(
                "M02_file-removed",
                "VERIFY.txt was removed.",
                "M02 INVALID",
                RawZip.of(fewer).toBytes());
        byte[] text = sample.members.get(AsicNames.VERIFY_TXT).clone();
        text[0] ^= 1;
        add(
                "M03_one-byte-changed",
                "One byte of VERIFY.txt was changed and its CRC-32 corrected; SHA256SUMS lists it too.",
                "M03 INVALID, M08 INVALID",
                sample.with(AsicNames.VERIFY_TXT, text).toBytes());
        String signed = new String(sample.members.get(MANIFEST_1), StandardCharsets.UTF_8);
        add(
                "M04_sha1",
                "The signed manifest names SHA-1.",
                "M04 INVALID",
                sample.sealByHand(
                                sample.covered(),
                                signed.replaceFirst(
                                                "http://www.w3.org/2001/04/xmlenc#sha256",
                                                "http://www.w3.org/2000/09/xmldsig#sha1")
                                        .getBytes(StandardCharsets.UTF_8))
                        .toBytes());
        add(
                "M05_dtd",
                "The signed manifest has a DTD.",
                "M05 INVALID",
                sample.sealByHand(
                                sample.covered(),
                                signed.replaceFirst("<asic:ASiC", "<!DOCTYPE x [<!ENTITY y \"z\">]>\n<asic:ASiC")
                                        .getBytes(StandardCharsets.UTF_8))
                        .toBytes());
        int first = signed.indexOf("  <asic:DataObjectReference");
        int end = signed.indexOf("</asic:DataObjectReference>\n") + "</asic:DataObjectReference>\n".length();
        add(
                "M05_file-listed-twice",
                "The signed manifest lists a file twice.",
                "M05 INVALID",
                sample.sealByHand(
                                sample.covered(),
                                (signed.substring(0, end) + signed.substring(first, end) + signed.substring(end))
                                        .getBytes(StandardCharsets.UTF_8))
                        .toBytes());
        fewer = new LinkedHashMap<>(sample.members);
        fewer.remove(SIGNATURE);
        add(
                "M06_signature-removed",
                "The file that manifest 001 names is missing.",
                "M06 INVALID",
                RawZip.of(fewer).toBytes());
        fewer.remove(MANIFEST_1);
        add(
                "M06_signature-and-manifest-removed",
                "Signature and its manifest were removed: only the time-stamp is left.",
                "M06 INVALID",
                RawZip.of(fewer).toBytes());
        zip = RawZip.of(sample.members).addText("META-INF/readme.txt", "hello");
        add("M07_unknown-file", "A file of no known kind in META-INF.", "M07 INVALID", zip.toBytes());
        zip = RawZip.of(sample.members).addText("META-INF/trust/stranger.pem", "not even a certificate\n");
        add("M07_trust-not-a-certificate", "A .pem that is none in META-INF/trust.", "M07 INVALID", zip.toBytes());
        zip = RawZip.of(sample.members).add(AsicNames.timestamp(3), sample.members.get(TOKEN));
        add("M07_token-without-manifest", "A token that no manifest names.", "M07 INVALID", zip.toBytes());
        add(
                "M08_sha256sums",
                "SHA256SUMS was wrong when it was sealed.",
                "M08 INVALID",
                sample.sealByHand(coveredWith(AsicNames.SHA256SUMS, wrongHex(AsicNames.SHA256SUMS)))
                        .toBytes());
        vectors.add(new Vector(
                "M08_sm3sums",
                "SM3SUMS was wrong when it was sealed.",
                Set.of("sm3"),
                List.of("M08 INVALID"),
                sample.sealByHand(coveredWith(AsicNames.SM3SUMS, wrongHex(AsicNames.SM3SUMS)))
                        .toBytes()));
    }

    private Map<String, byte[]> coveredWith(String name, byte[] content) {
        Map<String, byte[]> covered = sample.covered();
        covered.put(name, content);
        return covered;
    }

    /** The sums file with one hex digit changed. */
    private byte[] wrongHex(String name) {
        String text = new String(sample.members.get(name), StandardCharsets.US_ASCII);
        int at = name.equals(AsicNames.SM3SUMS) ? text.indexOf("= ") + 2 : 0;
        char other = text.charAt(at) == '0' ? '1' : '0';
        return (text.substring(0, at) + other + text.substring(at + 1)).getBytes(StandardCharsets.US_ASCII);
    }

    // --- W

    private void wacz() throws Exception {
        Map<String, byte[]> inside = sample.waczMembers(sample.wacz(sample.resources));
        String datapackage = new String(inside.get(WaczNames.DATAPACKAGE), StandardCharsets.UTF_8);
        addWacz(
                "W01_not-json",
                "datapackage.json is cut short, rightly signed.",
                "W01 INVALID",
                datapackage.substring(0, datapackage.length() - 20));
        addWacz(
                "W02_other-digest",
                "datapackage.json lists another digest for a file.",
                "W02 INVALID",
                datapackage.replaceFirst(
                        "\"hash\" : \"sha256:[0-9a-f]", "\"hash\" : \"sha256:" + otherFirstHash(datapackage)));
        RawZip extra = RawZip.of(inside).addText("evidence/notes.txt", "added");
        add(
                "W03_unlisted",
                "A file in the WACZ that datapackage.json does not list.",
                "W03 INVALID",
                sample.sealedBytes(extra.toBytes()));
        RawZip other = RawZip.of(inside);
        other.entry(WaczNames.DATAPACKAGE_DIGEST).content =
                sample.datapackageDigest("other".getBytes(StandardCharsets.UTF_8));
        add(
                "W04_other-datapackage",
                "datapackage-digest.json is about another datapackage.json.",
                "W04 INVALID",
                sample.sealedBytes(other.toBytes()));
        RawZip unsigned = RawZip.of(inside);
        String digest =
                new String(sample.datapackageDigest(inside.get(WaczNames.DATAPACKAGE)), StandardCharsets.US_ASCII);
        int value = digest.indexOf("\"signature\":\"") + 20;
        char changed = digest.charAt(value) == 'A' ? 'B' : 'A';
        unsigned.entry(WaczNames.DATAPACKAGE_DIGEST).content = (digest.substring(0, value)
                        + changed
                        + digest.substring(value + 1))
                .getBytes(StandardCharsets.US_ASCII);
        add(
                "W05_signature",
                "One character of the WACZ-auth signature was changed.",
                "W05 INVALID",
                sample.sealedBytes(unsigned.toBytes()));
        String index = new String(sample.resources.get(WaczNames.INDEX), StandardCharsets.UTF_8);
        addResource(
                "W06_offset",
                "A line of the index points one byte too far.",
                "W06 INVALID",
                WaczNames.INDEX,
                index.replaceFirst("(\"offset\": ?\"?)([0-9]+)", "$1" + (offset(index) + 1)));
        addResource(
                "W06_other-record",
                "A line of the index points to the record of another address.",
                "W06 INVALID",
                WaczNames.INDEX,
                index.replaceFirst("item/42\"", "item/43\""));
        add(
                "W07_body",
                "A body in the WARC was changed before the digests of the WACZ were made.",
                "W07 INVALID",
                sample.sealedBytes(sample.wacz(reindexed(changedWarc()))));
        addWacz("W08_version", "wacz_version is 1.2.0.", "W08 INVALID", datapackage.replace("\"1.1.1\"", "\"1.2.0\""));
        add(
                "W08_outer-profile",
                "The outer datapackage.json is no multi-wacz-package.",
                "W08 INVALID",
                resealedOuter("multi-wacz-package", "data-package"));
        addResource(
                "W13_missing-key",
                "capture.json has no tool.",
                "W13 INVALID",
                CAPTURE,
                text(CAPTURE).replace("\"tool\":", "\"tools\":"));
        addResource(
                "W13_repeated-key",
                "capture.json has a key twice.",
                "W13 INVALID",
                CAPTURE,
                text(CAPTURE).replace("\"steps\":[]", "\"steps\":[],\"steps\":[]"));
        addResource(
                "W13_other-gentime",
                "capture.json gives another time than its token.",
                "W13 INVALID",
                CAPTURE,
                text(CAPTURE).replace("\"genTime\":\"2026-11-21T08:00:00Z\"", "\"genTime\":\"2026-11-21T07:00:00Z\""));
        add(
                "W13_missing",
                "capture.json is missing.",
                "W01 INVALID, W13 INVALID",
                sample.sealedBytes(sample.wacz(sample.resourcesWithout(CAPTURE))));
        byte[] late = sample.captureJson(Sample.SEALED.plusSeconds(3600));
        add(
                "W13_bracket-empty",
                "The token of the lower bound is an hour later than the seal.",
                "W13 INDETERMINATE",
                sample.sealedBytes(sample.wacz(sample.resourcesWith(CAPTURE, late))));
    }

    private String text(String resource) {
        return new String(sample.resources.get(resource), StandardCharsets.UTF_8);
    }

    private void addWacz(String name, String why, String expect, String datapackage) throws Exception {
        add(
                name,
                why,
                expect,
                sample.sealedBytes(sample.waczWithDatapackage(datapackage.getBytes(StandardCharsets.UTF_8))
                        .toBytes()));
    }

    private void addResource(String name, String why, String expect, String resource, String content) throws Exception {
        if (content.equals(text(resource))) {
            throw new IllegalStateException(name + ": nothing was changed");
        }
        add(
                name,
                why,
                expect,
                sample.sealedBytes(
                        sample.wacz(sample.resourcesWith(resource, content.getBytes(StandardCharsets.UTF_8)))));
    }

    private byte[] resealedOuter(String from, String to) throws Exception {
        Map<String, byte[]> covered = sample.covered();
        String outer = new String(covered.get(AsicNames.DATAPACKAGE), StandardCharsets.UTF_8);
        byte[] changed = outer.replace(from, to).getBytes(StandardCharsets.UTF_8);
        covered.put(AsicNames.DATAPACKAGE, changed);
        String sums = new String(covered.get(AsicNames.SHA256SUMS), StandardCharsets.US_ASCII);
        String before = Digest.of(Digest.Algorithm.SHA256, outer.getBytes(StandardCharsets.UTF_8))
                .hex();
        String after = Digest.of(Digest.Algorithm.SHA256, changed).hex();
        covered.put(AsicNames.SHA256SUMS, sums.replace(before, after).getBytes(StandardCharsets.US_ASCII));
        return sample.sealByHand(covered).toBytes();
    }

    private static long offset(String index) {
        return Long.parseLong(index.replaceFirst("(?s).*?\"offset\": ?\"?([0-9]+).*", "$1"));
    }

    private static String otherFirstHash(String datapackage) {
        String marker = "\"hash\" : \"sha256:";
        return datapackage.charAt(datapackage.indexOf(marker) + marker.length()) == '0' ? "1" : "0";
    }

    /** The sample's WARC with one letter of the page changed, each record still its own gzip member. */
    private byte[] changedWarc() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] record : records(sample.resources.get(WaczNames.WARC))) {
            byte[] changed = new String(record, StandardCharsets.ISO_8859_1)
                    .replace("<!doctype", "<!Doctype")
                    .getBytes(StandardCharsets.ISO_8859_1);
            out.write(gzip(changed));
        }
        return out.toByteArray();
    }

    /** The records of a WARC, decompressed. */
    private static List<byte[]> records(byte[] warc) throws Exception {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(warc))) {
            String all = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            List<byte[]> records = new ArrayList<>();
            for (String record : all.split("(?=WARC/1\\.1\r\n)")) {
                records.add(record.getBytes(StandardCharsets.ISO_8859_1));
            }
            return records;
        }
    }

    private static byte[] gzip(byte[] content) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    /** The sample's resources with another WARC and a right index of it. */
    private Map<String, byte[]> reindexed(byte[] warc) throws Exception {
        Map<String, byte[]> resources = sample.resourcesWith(WaczNames.WARC, warc);
        resources.put(WaczNames.INDEX, sample.index(warc));
        return resources;
    }

    // --- W09 to W12

    private void deep() throws Exception {
        Sample.Recording onlyPage = sample.recording(Sample.PAGE, false);
        Map<String, byte[]> resources = sample.resourcesWith(PCAPNG, onlyPage.pcapng());
        addDeep(
                "W09_record-not-on-the-wire",
                "The WARC holds an exchange that the recording lacks.",
                "W09 INVALID",
                resources);
        resources = sample.resourcesWith(WaczNames.WARC, onlyPage.warc());
        resources.put(WaczNames.INDEX, onlyPage.index());
        addDeep("W10_exchange-left-out", "The WARC lacks an exchange of the recording.", "W10 INVALID", resources);
        Sample.Recording otherPage = sample.recording(Sample.PAGE.replace("茶", "酒"), true);
        resources = sample.resourcesWith(WaczNames.WARC, otherPage.warc());
        resources.put(WaczNames.INDEX, otherPage.index());
        addDeep(
                "W11_other-body",
                "A body in the WARC is not the one on the wire; all digests fit it.",
                "W11 INVALID",
                resources);
        addDeep("W12_no-recording", "network.pcapng is missing.", "W12 INDETERMINATE", sample.resourcesWithout(PCAPNG));
    }

    private void addDeep(String name, String why, String expect, Map<String, byte[]> resources) throws Exception {
        vectors.add(Vector.deep(name, why, expect, sample.sealedBytes(sample.wacz(resources))));
    }

    // --- T

    private byte[] token(byte[] stamped, Consumer<Forge.Recipe> change) {
        return forge.token(Digest.of(Digest.Algorithm.SHA256, stamped), recipe -> {
            recipe.genTime = Sample.SEALED.plusSeconds(60);
            recipe.crlThisUpdate = Sample.SEALED.minus(Duration.ofDays(1));
            recipe.crlNextUpdate = Sample.SEALED.plus(Duration.ofDays(6));
            change.accept(recipe);
            return recipe;
        });
    }

    private void addToken(String name, String why, String expect, Consumer<Forge.Recipe> change) {
        byte[] token = token(sample.members.get(MANIFEST_2), change);
        add(name, why, expect, sample.with(TOKEN, token).toBytes());
    }

    private void tokens() throws Exception {
        add(
                "T01_other-content",
                "A good token over something else.",
                "T01 INVALID",
                sample.with(TOKEN, Sample.stamp(sample.authority, new byte[] {1}))
                        .toBytes());
        byte[] token = sample.members.get(TOKEN).clone();
        token[token.length - 5] ^= 1;
        add(
                "T02_signature-value",
                "One bit of the token's signature was changed.",
                "T02 INVALID",
                sample.with(TOKEN, token).toBytes());
        add(
                "T02_no-token",
                "The token file is text.",
                "T02 INVALID",
                sample.with(TOKEN, "no token".getBytes(StandardCharsets.UTF_8)).toBytes());
        KeyPair key = Forge.ec("P-256");
        addToken("T03_names-another-certificate", "ESSCertIDv2 names another certificate.", "T03 INVALID", r -> {
            r.key = key;
            r.essNames = forge.root();
        });
        addToken("T04_not-critical", "Extended key usage is not critical.", "T04 INVALID", r -> r.ekuCritical = false);
        addToken(
                "T04_second-purpose",
                "The certificate may sign code too.",
                "T04 INVALID",
                r -> r.eku = List.of(KeyPurposeId.id_kp_timeStamping, KeyPurposeId.id_kp_codeSigning));
        addToken(
                "T05_certificate-not-yet-valid",
                "genTime is before the certificate begins.",
                "T05 INVALID, T06 INVALID, T07 INDETERMINATE",
                r -> r.notBefore = Sample.VERIFIED);
        add(
                "T06_stranger",
                "A good token of an authority that is not among the anchors.",
                "T06 INDETERMINATE, T07 INDETERMINATE",
                sample.with(TOKEN, Sample.stamp(sample.stranger, sample.members.get(MANIFEST_2)))
                        .toBytes());
        addToken(
                "T07_revoked-before",
                "The certificate was revoked a day before genTime.",
                "T07 INVALID",
                r -> r.revokedAt = Sample.SEALED.minus(Duration.ofDays(1)));
        addToken("T07_no-crl", "No revocation list.", "T07 INDETERMINATE", r -> r.withCrl = false);
        addToken("T08_sha1", "The token is signed with SHA-1.", "T08 INVALID", r -> r.signature = "SHA1withECDSA");
        addToken(
                "T09_expired",
                "The certificate has expired since and nothing renewed the token.",
                "T09 INDETERMINATE",
                r -> r.notAfter = Sample.SEALED.plus(Duration.ofHours(1)));
    }

    // --- S

    private void signature() throws Exception {
        byte[] manifest = sample.members.get(MANIFEST_1);
        SigningIdentity signer = sample.authority.signer();
        byte[] elsewhere = Sample.sign("other".getBytes(StandardCharsets.UTF_8), signer, sample.authority);
        add(
                "S01_other-content",
                "A good signature over something else.",
                "S01 INVALID",
                sample.with(SIGNATURE, elsewhere).toBytes());
        SigningIdentity wrongKey =
                new SigningIdentity(Sample.ec("secp256r1").getPrivate(), signer.chain(), signer::crls);
        add(
                "S02_other-key",
                "Signed with a key that is not the certificate's.",
                "S02 INVALID",
                sample.with(SIGNATURE, Sample.sign(manifest, wrongKey, sample.authority))
                        .toBytes());
        add(
                "S03_names-another-certificate",
                "signing-certificate-v2 names another certificate.",
                "S03 INVALID",
                sample.with(SIGNATURE, signature(manifest, true, true)).toBytes());
        add(
                "S04_stranger",
                "The signer's certificate leads to no anchor.",
                "S04 INDETERMINATE",
                sample.with(SIGNATURE, Sample.sign(manifest, sample.stranger.signer(), sample.authority))
                        .toBytes());
        add(
                "S05_no-timestamp",
                "The signature has no time-stamp.",
                "S05 INVALID",
                sample.with(SIGNATURE, signature(manifest, false, false)).toBytes());
    }

    /** A CAdES signature as the real signer makes it, but for what is asked. */
    private byte[] signature(byte[] manifest, boolean namesRoot, boolean stamped) throws Exception {
        SigningIdentity signer = sample.authority.signer();
        byte[] named = (namesRoot ? sample.authority.root() : signer.certificate()).getEncoded();
        ESSCertIDv2 id =
                new ESSCertIDv2(Digest.of(Digest.Algorithm.SHA256, named).bytes());
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(new JcaSimpleSignerInfoGeneratorBuilder()
                .setProvider(BouncyCastle.PROVIDER)
                .setSignedAttributeGenerator(
                        new DefaultSignedAttributeTableGenerator(new AttributeTable(new DERSet(new Attribute(
                                PKCSObjectIdentifiers.id_aa_signingCertificateV2,
                                new DERSet(new SigningCertificateV2(id)))))))
                .build("SHA256withECDSA", signer.key(), signer.certificate()));
        generator.addCertificates(new JcaCertStore(signer.chain()));
        generator.addCRLs(new JcaCRLStore(signer.crls()));
        CMSSignedData cms = generator.generate(new CMSProcessableByteArray(manifest), false);
        if (!stamped) {
            return cms.getEncoded("DL");
        }
        SignerInformation only = cms.getSignerInfos().getSigners().iterator().next();
        byte[] token = Sample.stamp(sample.authority, only.getSignature());
        AttributeTable unsigned = new AttributeTable(new DERSet(new Attribute(
                PKCSObjectIdentifiers.id_aa_signatureTimeStampToken,
                new DERSet(org.bouncycastle.asn1.ASN1Primitive.fromByteArray(token)))));
        return CMSSignedData.replaceSigners(
                        cms, new SignerInformationStore(SignerInformation.replaceUnsignedAttributes(only, unsigned)))
                .getEncoded("DL");
    }

    // --- attacks of the design, A3 and A8 belong to formats that are not there yet

    private void attacks() throws Exception {
        add(
                "A1_extra-warc",
                "A second WARC was added to the sealed container.",
                "M01 INVALID",
                RawZip.of(sample.members)
                        .add("archive/extra.warc.gz", sample.resources.get(WaczNames.WARC))
                        .toBytes());
        RawZip twice = RawZip.of(sample.members).add(AsicNames.WACZ, sample.wacz(reindexed(changedWarc())));
        add(
                "A2_forged-copy-behind",
                "A forged capture.wacz of the same name follows: players show the last one.",
                "M03 INVALID, M08 INVALID, Z04 INVALID",
                twice.toBytes());
        RawZip before = RawZip.of(sample.members);
        before.entries.add(1, new RawZip.Entry(AsicNames.WACZ, sample.wacz(reindexed(changedWarc()))));
        add(
                "A2_forged-copy-ahead",
                "A forged capture.wacz of the same name comes first.",
                "M03 INVALID, M08 INVALID, W02 INVALID, W07 INVALID, Z04 INVALID",
                before.toBytes());
        KeyPair key = Forge.ec("P-256");
        addToken(
                "A4_same-key-other-certificate",
                "Another certificate with the same key was put beside the token's signature.",
                "T03 INVALID",
                r -> {
                    r.key = key;
                    Instant end = r.notAfter;
                    r.notAfter = end.plus(Duration.ofDays(365));
                    r.carried = forge.tsaCertificate(r, key.getPublic(), BigInteger.TWO);
                    r.notAfter = end;
                });
        addToken(
                "A5_gentime-after-expiry",
                "genTime is after the certificate's end.",
                "T05 INVALID, T06 INVALID, T07 INDETERMINATE, T09 INDETERMINATE",
                r -> r.notAfter = Sample.SEALED.minus(Duration.ofDays(1)));
        byte[] token = sample.members.get(TOKEN).clone();
        RawZip flipped = RawZip.of(sample.members);
        byte[] original = token.clone();
        byte[] damaged = flippedInsideRootCopy(token);
        flipped.entry(TOKEN).content = damaged;
        flipped.entry(TOKEN).crcError = crc(original) - crc(damaged);
        add(
                "A6_bit-in-a-token",
                "One bit of a token was changed where nobody signed it, the CRC-32 was not.",
                "Z08 INVALID",
                flipped.toBytes());
        Map<String, byte[]> inside = sample.waczMembers(sample.members.get(AsicNames.WACZ));
        byte[] warc = inside.get(WaczNames.WARC).clone();
        warc[warc.length / 2] ^= 1;
        RawZip inner = RawZip.of(inside);
        inner.entry(WaczNames.WARC).content = warc;
        add(
                "A7_warc-altered",
                "One bit of the WARC was changed and all CRC-32 values of the zips were corrected.",
                "M03 INVALID, M08 INVALID, W02 INVALID, W06 INDETERMINATE, W07 INVALID",
                sample.with(AsicNames.WACZ, inner.toBytes()).toBytes());
    }

    private static int crc(byte[] content) {
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(content);
        return (int) crc.getValue();
    }

    /** Flips a bit in the signature of the root certificate's copy inside the token: anchors come from elsewhere. */
    private byte[] flippedInsideRootCopy(byte[] token) throws Exception {
        byte[] root = sample.authority.root().getEncoded();
        byte[] flipped = token.clone();
        flipped[Forge.indexOf(token, root) + root.length - 3] ^= 1;
        return flipped;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
