package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.SumsFile;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.MemberHasher;
import org.tiezheng.evidence.zip.ZipLimits;
import org.tiezheng.verifier.Facts;
import org.tiezheng.verifier.Report;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what the catalogue needs out of a package that the verifier has found nothing wrong with. */
final class PackageReader {
    /** capture.json of the largest page seen has 0.4 MB. */
    /**
     * The format allows a thousand. Proof of the log, evidence record and its manifest are added to whatever leaves the archive,
     * and again others in decades: with them it must still be a package.
     */
    static final int MAX_MEMBERS = ZipLimits.DEFAULT.maxEntries() - 20;

    private static final int MAX_JSON_BYTES = 32 << 20;
    /** Normalising may drop blanks, so more is read than is kept. */
    private static final int MAX_TEXT_BYTES = 4 << 20;
    /** Longer titles and addresses are cut in the catalogue; in the package they are whole. */
    private static final int MAX_CHARS = 8000;

    private static final int MAX_OFFICERS = 20;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxStringLength(1 << 23)
                            .build())
                    .build())
            .build();

    private PackageReader() {}

    /** A package that passed but lacks what the catalogue cannot do without. */
    static final class UnreadablePackageException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadablePackageException(String message) {
            super(message);
        }
    }

    /**
     * Reads it.
     *
     * @param report of the verification of this very file
     * @throws UnreadablePackageException if id, digest or time are not there, or there are more than {@link
     *     #MAX_MEMBERS} members
     * @throws IOException if the file cannot be read
     */
    static ReadPackage read(Path file, Report report) throws IOException, UnreadablePackageException {
        Facts facts = report.facts();
        if (facts.packageId() == null || facts.waczSha256() == null || facts.targetUrl() == null) {
            throw new UnreadablePackageException("capture.json tells no id or no address");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            CanonicalZipReader outer = CanonicalZipReader.read(channel);
            Member wacz = outer.member(AsicNames.WACZ)
                    .orElseThrow(() -> new UnreadablePackageException("no " + AsicNames.WACZ));
            CanonicalZipReader inner = outer.nested(wacz, ZipLimits.DEFAULT);
            Map<String, Digest> sm3 = sm3Sums(outer);
            Digest waczSm3 = facts.waczSm3() != null ? facts.waczSm3() : sm3.get(AsicNames.WACZ);
            if (waczSm3 == null) {
                throw new UnreadablePackageException("no SM3 digest of " + AsicNames.WACZ);
            }
            if (outer.members().size() > MAX_MEMBERS) {
                throw new UnreadablePackageException("more than " + MAX_MEMBERS + " members");
            }
            List<ReadPackage.Member> members = new ArrayList<>();
            for (Member member : outer.members()) {
                members.add(member(outer, member, sm3.get(member.name()), facts.waczSha256()));
            }
            JsonNode capture = json(inner, "evidence/capture.json");
            Instant from = firstStep(capture).or(() -> bound(facts)).orElse(null);
            if (from == null) {
                throw new UnreadablePackageException("nothing tells when it was captured");
            }
            Instant to = lastStep(capture).filter(end -> !end.isBefore(from)).orElse(from);
            return new ReadPackage(
                    UUID.fromString(facts.packageId()),
                    facts.waczSha256().hex(),
                    waczSm3.hex(),
                    members,
                    files(inner),
                    cut(facts.targetUrl()),
                    text(capture, "target", "finalUrl"),
                    text(capture, "target", "title"),
                    from,
                    to,
                    text(capture, "request", "caseNo"),
                    text(capture, "request", "purpose"),
                    officers(capture),
                    pageText(inner));
        }
    }

    /** Only the small ones are read here: the digest of the WACZ comes from the verification. */
    private static ReadPackage.Member member(
            CanonicalZipReader outer, Member member, @Nullable Digest listedSm3, Digest waczSha256)
            throws IOException, UnreadablePackageException {
        Digest sha256 = waczSha256;
        if (!member.name().equals(AsicNames.WACZ)) {
            MemberHasher.Result read = MemberHasher.hash(outer, member, member.name(), listedSm3 != null);
            sha256 = read.sha256();
            if (listedSm3 != null && !listedSm3.equals(read.sm3())) {
                throw new UnreadablePackageException("SM3SUMS lists another SM3 of " + member.name());
            }
        }
        return new ReadPackage.Member(
                member.name(),
                outer.positionOf(member),
                member.sizeBytes(),
                member.crc32(),
                sha256.hex(),
                listedSm3 == null ? null : listedSm3.hex());
    }

    private static Map<String, Digest> sm3Sums(CanonicalZipReader outer) throws IOException {
        Optional<Member> sums = outer.member(AsicNames.SM3SUMS);
        if (sums.isEmpty()) {
            return Map.of();
        }
        SumsFile file = SumsFile.parse(
                        Digest.Algorithm.SM3,
                        outer.readSmall(sums.get(), 1 << 16).orElse(new byte[0]),
                        AsicNames.SM3SUMS)
                .value();
        return file == null ? Map.of() : file.sums();
    }

    private static List<EvidenceFile> files(CanonicalZipReader inner) throws IOException {
        Map<String, JsonNode> listed = new HashMap<>();
        for (JsonNode resource : json(inner, WaczNames.DATAPACKAGE).path("resources")) {
            listed.put(resource.path("path").asString(""), resource);
        }
        List<EvidenceFile> files = new ArrayList<>();
        for (Member member : inner.members()) {
            JsonNode resource = listed.get(member.name());
            files.add(new EvidenceFile(
                    member.name(),
                    member.dataOffset(),
                    member.sizeBytes(),
                    digest(resource, "hash", Digest.Algorithm.SHA256),
                    digest(resource, "sm3", Digest.Algorithm.SM3)));
        }
        return files;
    }

    private static @Nullable String digest(@Nullable JsonNode resource, String key, Digest.Algorithm algorithm) {
        String text = resource == null ? "" : resource.path(key).asString("");
        String prefix = algorithm.label() + ":";
        String hex = text.startsWith(prefix) ? text.substring(prefix.length()) : "";
        return Digest.isTextForm(hex) ? hex : null;
    }

    /** An empty object if the file is not there, too large, or no JSON: nothing in the catalogue hangs on it alone. */
    private static JsonNode json(CanonicalZipReader zip, String name) throws IOException {
        Optional<Member> member = zip.member(name);
        if (member.isEmpty()) {
            return MAPPER.createObjectNode();
        }
        try {
            JsonNode read =
                    MAPPER.readTree(zip.readSmall(member.get(), MAX_JSON_BYTES).orElse(new byte[] {'{', '}'}));
            return read == null ? MAPPER.createObjectNode() : read;
        } catch (JacksonException notJson) {
            return MAPPER.createObjectNode();
        }
    }

    private static Optional<Instant> firstStep(JsonNode capture) {
        return times(capture, "startedAt").stream().min(Instant::compareTo);
    }

    private static Optional<Instant> lastStep(JsonNode capture) {
        return times(capture, "endedAt").stream().max(Instant::compareTo);
    }

    private static List<Instant> times(JsonNode capture, String key) {
        List<Instant> times = new ArrayList<>();
        for (JsonNode step : capture.path("steps")) {
            time(step.path(key).asString("")).ifPresent(times::add);
        }
        return times;
    }

    /** Empty for a step that does not say when. */
    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException notATime) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> bound(Facts facts) {
        Facts.Bound bound = facts.after() != null ? facts.after() : facts.before();
        return bound == null ? Optional.empty() : Optional.of(bound.genTime());
    }

    private static List<String> officers(JsonNode capture) {
        List<String> officers = new ArrayList<>();
        for (JsonNode officer : capture.path("request").path("officers")) {
            if (officers.size() < MAX_OFFICERS && officer.isString()) {
                officers.add(cut(officer.asString()));
            }
        }
        return officers;
    }

    private static @Nullable String text(JsonNode json, String object, String key) {
        JsonNode value = json.path(object).path(key);
        return value.isString() && !value.asString().isBlank() ? cut(value.asString()) : null;
    }

    private static String cut(String text) {
        return text.codePointCount(0, text.length()) <= MAX_CHARS
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MAX_CHARS));
    }

    private static String pageText(CanonicalZipReader inner) throws IOException {
        Optional<Member> member = inner.member("evidence/page.txt");
        if (member.isEmpty()) {
            return "";
        }
        long count = Math.min(MAX_TEXT_BYTES, member.get().sizeBytes());
        try (InputStream in = inner.open(member.get(), 0, count)) {
            // A character that is cut at the end, or that is none, becomes U+FFFD: no letter, so no word.
            return new String(in.readNBytes((int) count), StandardCharsets.UTF_8);
        }
    }
}
