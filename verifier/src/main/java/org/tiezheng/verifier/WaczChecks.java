package org.tiezheng.verifier;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.trust.BouncyCastle;
import org.tiezheng.evidence.warc.WireComparison;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.verifier.StrictJson.BadJsonException;

/** The inner web archive, read in place: W01 to W08 and W13. */
final class WaczChecks {
    static final String DATAPACKAGE = "datapackage.json";
    static final String DATAPACKAGE_DIGEST = "datapackage-digest.json";
    static final String WARC = "archive/data.warc.gz";
    static final String INDEX = "indexes/index.cdx";
    static final String PAGES = "pages/pages.jsonl";
    static final String CAPTURE = "evidence/capture.json";
    static final String NETWORK = "evidence/network.pcapng";

    private static final List<String> REQUIRED = List.of(WARC, INDEX, PAGES, CAPTURE);
    private static final int MAX_DATAPACKAGE_BYTES = 1 << 20;
    private static final long MAX_CAPTURE_BYTES = 64L << 20;

    private final ReadMembers wacz;
    private final Findings findings;
    private final boolean sm3;
    private final boolean deep;
    private final CdxIndex index;

    WaczChecks(ReadMembers wacz, boolean sm3, boolean deep, Findings findings) throws IOException {
        this.wacz = wacz;
        this.sm3 = sm3;
        this.deep = deep;
        this.findings = findings;
        this.index = readIndex();
    }

    private CdxIndex readIndex() throws IOException {
        Member member = wacz.first(INDEX).orElse(null);
        String subject = wacz.subject(INDEX);
        if (member == null) {
            return CdxIndex.empty(subject, findings);
        }
        if (member.sizeBytes() > CdxIndex.MAX_BYTES) {
            findings.indeterminate(Code.W06, subject, "larger than " + CdxIndex.MAX_BYTES + " bytes");
            return CdxIndex.empty(subject, findings);
        }
        try (InputStream in = wacz.zip().open(member)) {
            return CdxIndex.read(in, subject, findings);
        }
    }

    /** The lane that reads the WARC; all of them, should there be several. */
    SinglePass.Lane warcLane() {
        List<WarcLane.Warc> warcs = new ArrayList<>();
        for (Member member : wacz.members()) {
            if (member.name().startsWith("archive/") && member.name().endsWith(".warc.gz")) {
                long start = wacz.zip().positionOf(member);
                warcs.add(new WarcLane.Warc(
                        wacz.subject(member),
                        member.name().substring("archive/".length()),
                        start,
                        start + member.sizeBytes()));
            }
        }
        return new WarcLane(warcs, index, deep, findings);
    }

    /** After the pass. */
    void check() throws IOException {
        index.finish();
        Member member = wacz.first(DATAPACKAGE).orElse(null);
        String subject = wacz.subject(DATAPACKAGE);
        if (member == null) {
            findings.invalid(Code.W01, subject, "missing");
            return;
        }
        Optional<byte[]> content = wacz.zip().readSmall(member, MAX_DATAPACKAGE_BYTES);
        if (content.isEmpty()) {
            findings.invalid(Code.W01, subject, "larger than " + MAX_DATAPACKAGE_BYTES + " bytes");
            return;
        }
        findings.checked(Code.W01, subject);
        Datapackage datapackage = null;
        try {
            datapackage = Datapackage.read(new ByteArrayInputStream(content.get()));
            profile(datapackage, subject);
            resources(datapackage);
        } catch (BadJsonException e) {
            findings.invalid(Code.W01, subject, String.valueOf(e.getMessage()));
        }
        digestFile(wacz.sha256(member), datapackage);
    }

    private void profile(Datapackage datapackage, String subject) {
        findings.checked(Code.W08, subject);
        if (!"data-package".equals(datapackage.profile())) {
            findings.invalid(Code.W08, subject, "profile is not data-package");
        }
        if (!"1.1.1".equals(datapackage.waczVersion())) {
            findings.invalid(Code.W08, subject, "wacz_version is not 1.1.1");
        }
    }

    private void resources(Datapackage datapackage) {
        findings.checked(Code.W02, wacz.whole());
        findings.checked(Code.W03, wacz.whole());
        Set<String> listed = new HashSet<>();
        for (Datapackage.Resource resource : datapackage.resources()) {
            listed.add(resource.path());
            List<Member> members = wacz.named(resource.path());
            if (members.isEmpty()) {
                findings.invalid(Code.W02, wacz.subject(resource.path()), "listed but missing");
            }
            members.forEach(m -> resource(resource, m));
        }
        for (String required : REQUIRED) {
            if (!listed.contains(required)) {
                findings.invalid(Code.W01, wacz.subject(DATAPACKAGE), "does not list " + required);
            }
        }
        for (Member member : wacz.members()) {
            String name = member.name();
            if (!listed.contains(name) && !name.equals(DATAPACKAGE) && !name.equals(DATAPACKAGE_DIGEST)) {
                findings.invalid(Code.W03, wacz.subject(member), "datapackage.json does not list it");
            }
        }
    }

    private void resource(Datapackage.Resource resource, Member member) {
        String subject = wacz.subject(member);
        if (resource.bytes() != member.sizeBytes()) {
            findings.add(Finding.invalid(Code.W02, subject, "size differs")
                    .with("listed", Long.toString(resource.bytes()))
                    .with("found", Long.toString(member.sizeBytes())));
            return;
        }
        compare(resource.hash(), wacz.sha256(member), subject);
        if (sm3 && resource.sm3() != null) {
            compare(resource.sm3(), wacz.sm3(member), subject);
        }
    }

    private void compare(Digest listed, Digest computed, String subject) {
        if (!listed.equals(computed)) {
            findings.add(Finding.invalid(Code.W02, subject, "digest differs")
                    .with("listed", listed.toString())
                    .with("computed", computed.toString()));
        }
    }

    /** datapackage-digest.json: hash of datapackage.json (W04) and the anonymous signature over it (W05). */
    private void digestFile(Digest computed, @Nullable Datapackage datapackage) throws IOException {
        String subject = wacz.subject(DATAPACKAGE_DIGEST);
        Member member = wacz.first(DATAPACKAGE_DIGEST).orElse(null);
        Optional<byte[]> content =
                member == null ? Optional.empty() : wacz.zip().readSmall(member, MAX_DATAPACKAGE_BYTES);
        if (content.isEmpty()) {
            findings.invalid(Code.W04, subject, "missing, or larger than " + MAX_DATAPACKAGE_BYTES + " bytes");
            return;
        }
        Map<String, String> top = new HashMap<>();
        Map<String, String> signed = new HashMap<>();
        try {
            StrictJson.object(new ByteArrayInputStream(content.get()), (name, json) -> {
                if (name.equals("signedData")) {
                    StrictJson.fieldsOf(
                            json, (key, value) -> StrictJson.textIfAny(value, text -> put(signed, key, text)));
                } else {
                    StrictJson.textIfAny(json, text -> put(top, name, text));
                }
            });
        } catch (BadJsonException e) {
            findings.invalid(Code.W04, subject, String.valueOf(e.getMessage()));
            return;
        }
        findings.checked(Code.W04, subject);
        if (!DATAPACKAGE.equals(top.get("path")) || !computed.toString().equals(top.get("hash"))) {
            findings.add(Finding.invalid(Code.W04, subject, "is not the digest of datapackage.json")
                    .with("computed", computed.toString()));
        }
        findings.checked(Code.W05, subject);
        String problem = signatureProblem(signed, top.get("hash"), datapackage);
        if (problem != null) {
            findings.invalid(Code.W05, subject, problem);
        }
    }

    private static void put(Map<String, String> texts, String key, @Nullable String text) {
        if (text != null) {
            texts.put(key, text);
        }
    }

    /**
     * The anonymous form of WACZ-auth: ECDSA on P-384 with SHA-256 over the ASCII text {@code sha256:<hex>}, value
     * r‖s. Returns null if it verifies.
     */
    private static @Nullable String signatureProblem(
            Map<String, String> signed, @Nullable String hash, @Nullable Datapackage datapackage) {
        String signature = signed.get("signature");
        String publicKey = signed.get("publicKey");
        if (signature == null || publicKey == null) {
            return "no signature";
        }
        if (hash == null || !hash.equals(signed.get("hash"))) {
            return "the signature is over another digest";
        }
        if (datapackage != null
                && (datapackage.created() == null || !datapackage.created().equals(signed.get("created")))) {
            return "the signature names another time of creation than datapackage.json";
        }
        try {
            PublicKey key = KeyFactory.getInstance("EC", BouncyCastle.PROVIDER)
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey)));
            Signature verifier = Signature.getInstance("SHA256withPLAIN-ECDSA", BouncyCastle.PROVIDER);
            verifier.initVerify(key);
            verifier.update(hash.getBytes(StandardCharsets.US_ASCII));
            return verifier.verify(Base64.getDecoder().decode(signature)) ? null : "the signature does not verify";
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return "key or signature is malformed";
        } catch (RuntimeException e) {
            // Bouncy Castle reports some malformed keys and signatures with other unchecked exceptions.
            return "key or signature cannot be read";
        }
    }

    /** {@code --deep}: the WARC against the recording (W09 to W12). */
    void compareWithWire() throws IOException {
        Member pcapng = wacz.first(NETWORK).orElse(null);
        Member warc = wacz.first(WARC).orElse(null);
        if (pcapng == null || warc == null) {
            String missing = pcapng == null ? NETWORK : WARC;
            findings.indeterminate(Code.W12, wacz.subject(missing), "missing");
            return;
        }
        Path temporary = Files.createTempDirectory("tiezheng-deep");
        try {
            findings.addAll(new WireComparison(temporary)
                    .compare(
                            () -> wacz.zip().open(pcapng),
                            () -> wacz.zip().open(warc),
                            wacz.subject(NETWORK),
                            wacz.subject(WARC)));
        } finally {
            Files.delete(temporary);
        }
    }

    /** capture.json (W13); empty if it is missing or too large. */
    Optional<CaptureJson> capture() throws IOException {
        String subject = wacz.subject(CAPTURE);
        Member member = wacz.first(CAPTURE).orElse(null);
        if (member == null || member.sizeBytes() > MAX_CAPTURE_BYTES) {
            findings.invalid(Code.W13, subject, "missing, or larger than " + MAX_CAPTURE_BYTES + " bytes");
            return Optional.empty();
        }
        findings.checked(Code.W13, subject);
        try (InputStream in = new java.io.BufferedInputStream(wacz.zip().open(member), 1 << 16)) {
            CaptureJson capture = CaptureJson.read(in);
            if (capture.problem() != null) {
                findings.invalid(Code.W13, subject, capture.problem());
            }
            return Optional.of(capture);
        }
    }
}
