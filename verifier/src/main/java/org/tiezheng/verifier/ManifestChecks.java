package org.tiezheng.verifier;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Parsed;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.AsicNames.Kind;
import org.tiezheng.evidence.asic.SumsFile;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.verifier.StrictJson.BadJsonException;

/**
 * The closed world of the container (M01 to M08): every file is listed in every manifest, every listed file
 * is there and unchanged, every manifest has its signature or token.
 *
 * <p>"In every manifest": if one manifest were enough, anyone could add a file together with a manifest of
 * his own and a token from any public time-stamp authority.
 */
final class ManifestChecks {
    /** Manifests, sums files and datapackage.json of a package of the format are a few kilobytes. */
    static final int MAX_SMALL_BYTES = 1 << 20;

    /** Files whose digests SHA256SUMS and SM3SUMS must list: all covered ones but those two. */
    private static final Set<String> SUMMED = Set.of(AsicNames.WACZ, AsicNames.DATAPACKAGE, AsicNames.VERIFY_TXT);

    private final ReadMembers outer;
    private final Findings findings;
    private final boolean sm3;
    private final List<Listed> manifests = new ArrayList<>();

    /**
     * A manifest that could be read.
     *
     * @param name of the member that holds it
     * @param xml its bytes: what is signed or stamped
     */
    record Listed(String name, byte[] xml, AsicManifest manifest) {

        boolean isFor(Kind kind) {
            return Kind.of(manifest.reference()).filter(k -> k == kind).isPresent();
        }
    }

    ManifestChecks(ReadMembers outer, boolean sm3, Findings findings) {
        this.outer = outer;
        this.sm3 = sm3;
        this.findings = findings;
    }

    /** Reads all manifests: M04, M05. */
    void readManifests() throws IOException {
        findings.checked(Code.M04, "package");
        findings.checked(Code.M05, "package");
        for (Member member : outer.members()) {
            if (Kind.of(member.name()).filter(k -> k == Kind.MANIFEST).isEmpty()) {
                continue;
            }
            String subject = outer.subject(member);
            Optional<byte[]> xml = outer.zip().readSmall(member, MAX_SMALL_BYTES);
            if (xml.isEmpty()) {
                findings.invalid(Code.M05, subject, "larger than " + MAX_SMALL_BYTES + " bytes");
                continue;
            }
            Parsed<AsicManifest> parsed = AsicManifest.parse(xml.get(), subject);
            findings.addAll(parsed.findings());
            parsed.toOptional().ifPresent(m -> manifests.add(new Listed(member.name(), xml.get(), m)));
        }
    }

    List<Listed> manifests() {
        return manifests;
    }

    /** Everything that needs the digests; after the pass. */
    void check() throws IOException {
        knownNames();
        references();
        closedWorld();
        digests();
        sums(AsicNames.SHA256SUMS, Digest.Algorithm.SHA256);
        sums(AsicNames.SM3SUMS, Digest.Algorithm.SM3);
        outerDatapackage();
    }

    private void knownNames() throws IOException {
        findings.checked(Code.M07, "package");
        Set<String> referenced = new HashSet<>();
        manifests.forEach(m -> referenced.add(m.manifest().reference()));
        for (Member member : outer.members()) {
            if (!AsicNames.isMetaInf(member.name())) {
                continue;
            }
            Optional<Kind> kind = Kind.of(member.name());
            if (kind.isEmpty()) {
                findings.invalid(Code.M07, outer.subject(member), "not a file of this format");
            } else if ((kind.get() == Kind.SIGNATURE || kind.get() == Kind.TIMESTAMP)
                    && !referenced.contains(member.name())
                    && !findings.has(Code.M05)
                    && !findings.has(Code.M04)) {
                // A manifest that cannot be read may be the one that names it.
                findings.invalid(Code.M07, outer.subject(member), "no manifest names it");
            } else if (kind.get() == Kind.TRUST) {
                TrustFile.problem(outer.zip(), member)
                        .ifPresent(problem -> findings.invalid(Code.M07, outer.subject(member), problem));
            }
        }
    }

    private void references() {
        findings.checked(Code.M06, "package");
        Map<String, String> namedBy = new HashMap<>();
        for (Listed listed : manifests) {
            String reference = listed.manifest().reference();
            String subject = outer.subject(listed.name());
            String mimeType = listed.manifest().mimeType();
            boolean signature = listed.isFor(Kind.SIGNATURE);
            if (!signature && !listed.isFor(Kind.TIMESTAMP)) {
                findings.invalid(Code.M06, subject, "does not name a signature or token file");
            } else if (outer.first(reference).isEmpty()) {
                findings.add(Finding.invalid(Code.M06, subject, "the file it names is missing")
                        .with("file", outer.subject(reference)));
            } else if (mimeType != null
                    && !mimeType.equals(signature ? AsicManifest.SIGNATURE_TYPE : AsicManifest.TIMESTAMP_TYPE)) {
                findings.invalid(Code.M06, subject, "the type it gives does not fit the file it names");
            }
            onlyOne(namedBy, reference, subject);
        }
        if (!findings.has(Code.M05) && !findings.has(Code.M04)) {
            require(Kind.SIGNATURE, "no manifest with a signature");
            require(Kind.TIMESTAMP, "no manifest with a time-stamp token");
        }
    }

    /** A second manifest for one proof is one that nobody signed or stamped. */
    private void onlyOne(Map<String, String> namedBy, String reference, String subject) {
        String earlier = namedBy.putIfAbsent(reference, subject);
        if (earlier != null) {
            findings.add(Finding.invalid(Code.M06, subject, "another manifest names the same file")
                    .with("file", outer.subject(reference))
                    .with("manifest", earlier));
        }
    }

    private void require(Kind kind, String reason) {
        if (manifests.stream().noneMatch(m -> m.isFor(kind))) {
            findings.invalid(Code.M06, "package", reason);
        }
    }

    private void closedWorld() {
        findings.checked(Code.M01, "package");
        findings.checked(Code.M02, "package");
        for (Listed listed : manifests) {
            Set<String> names = new HashSet<>();
            listed.manifest().entries().forEach(e -> names.add(e.name()));
            for (Member member : outer.members()) {
                String name = member.name();
                if (!AsicNames.isMetaInf(name) && !name.equals(AsicNames.MIMETYPE) && !names.contains(name)) {
                    findings.add(Finding.invalid(Code.M01, outer.subject(member), "a manifest does not list it")
                            .with("manifest", outer.subject(listed.name())));
                }
            }
            for (String name : names) {
                if (outer.first(name).isEmpty()) {
                    findings.add(Finding.invalid(Code.M02, outer.subject(name), "listed but missing")
                            .with("manifest", outer.subject(listed.name())));
                }
            }
        }
        for (String name : AsicNames.COVERED) {
            if (outer.first(name).isEmpty() && manifests.stream().noneMatch(m -> lists(m, name))) {
                findings.invalid(Code.M02, name, "every package has this file");
            }
        }
    }

    private static boolean lists(Listed listed, String name) {
        return listed.manifest().entries().stream().anyMatch(e -> e.name().equals(name));
    }

    private void digests() {
        for (Listed listed : manifests) {
            for (AsicManifest.Entry entry : listed.manifest().entries()) {
                for (Member member : outer.named(entry.name())) {
                    findings.checked(Code.M03, outer.subject(member));
                    Digest computed = outer.sha256(member);
                    if (!computed.equals(entry.sha256())) {
                        findings.add(differs(Code.M03, outer.subject(member), entry.sha256(), computed)
                                .with("manifest", outer.subject(listed.name())));
                    }
                }
            }
        }
    }

    private static Finding differs(Code code, String subject, Digest listed, Digest computed) {
        return Finding.invalid(code, subject, "digest differs")
                .with("listed", listed.toString())
                .with("computed", computed.toString());
    }

    private void sums(String name, Digest.Algorithm algorithm) throws IOException {
        Member member = outer.first(name).orElse(null);
        if (member == null) {
            return;
        }
        Optional<byte[]> content = outer.zip().readSmall(member, MAX_SMALL_BYTES);
        if (content.isEmpty()) {
            findings.invalid(Code.M08, name, "larger than " + MAX_SMALL_BYTES + " bytes");
            return;
        }
        Parsed<SumsFile> parsed = SumsFile.parse(algorithm, content.get(), name);
        findings.addAll(parsed.findings());
        SumsFile sums = parsed.value();
        if (sums == null) {
            return;
        }
        if (algorithm == Digest.Algorithm.SHA256 || sm3) {
            findings.checked(Code.M08, name);
        }
        if (!sums.sums().keySet().equals(SUMMED)) {
            findings.invalid(Code.M08, name, "does not list exactly the files it must list");
        }
        sums.sums().forEach((path, digest) -> {
            for (Member summed : outer.named(path)) {
                if (algorithm == Digest.Algorithm.SHA256 && !digest.equals(outer.sha256(summed))) {
                    findings.add(differs(Code.M08, name, digest, outer.sha256(summed))
                            .with("file", outer.subject(path)));
                } else if (algorithm == Digest.Algorithm.SM3 && sm3 && !digest.equals(outer.sm3(summed))) {
                    findings.add(
                            differs(Code.M08, name, digest, outer.sm3(summed)).with("file", outer.subject(path)));
                }
            }
        });
    }

    /** The outer datapackage.json sends players to the inner WACZ: it must send them there and nowhere else. */
    private void outerDatapackage() throws IOException {
        Member member = outer.first(AsicNames.DATAPACKAGE).orElse(null);
        Member wacz = outer.first(AsicNames.WACZ).orElse(null);
        if (member == null || wacz == null) {
            return;
        }
        String subject = outer.subject(member);
        findings.checked(Code.W08, subject);
        Optional<byte[]> content = outer.zip().readSmall(member, MAX_SMALL_BYTES);
        if (content.isEmpty()) {
            findings.invalid(Code.W08, subject, "larger than " + MAX_SMALL_BYTES + " bytes");
            return;
        }
        try {
            Datapackage datapackage = Datapackage.read(new ByteArrayInputStream(content.get()));
            check(datapackage, wacz, subject);
        } catch (BadJsonException e) {
            findings.invalid(Code.W08, subject, String.valueOf(e.getMessage()));
        }
    }

    private void check(Datapackage datapackage, Member wacz, String subject) {
        if (!"multi-wacz-package".equals(datapackage.profile())) {
            findings.invalid(Code.W08, subject, "profile is not multi-wacz-package");
            return;
        }
        Datapackage.Resource only =
                datapackage.resources().size() == 1 ? datapackage.resources().get(0) : null;
        if (only == null || !only.path().equals(AsicNames.WACZ)) {
            findings.invalid(Code.W08, subject, "does not list exactly " + AsicNames.WACZ);
            return;
        }
        findings.checked(Code.W02, subject);
        Digest computed = outer.sha256(wacz);
        if (!only.hash().equals(computed) || only.bytes() != wacz.sizeBytes()) {
            findings.add(differs(Code.W02, subject, only.hash(), computed).with("file", AsicNames.WACZ));
        }
        if (sm3 && only.sm3() != null && !only.sm3().equals(outer.sm3(wacz))) {
            findings.add(differs(Code.W02, subject, only.sm3(), outer.sm3(wacz)).with("file", AsicNames.WACZ));
        }
    }
}
