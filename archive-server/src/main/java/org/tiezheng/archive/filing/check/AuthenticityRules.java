package org.tiezheng.archive.filing.check;

import static org.tiezheng.archive.filing.check.CheckItem.CODE_FORM;
import static org.tiezheng.archive.filing.check.CheckItem.CODE_UNIQUE;
import static org.tiezheng.archive.filing.check.CheckItem.CONTENT_ATTRIBUTES;
import static org.tiezheng.archive.filing.check.CheckItem.DESCRIPTION_FILES;
import static org.tiezheng.archive.filing.check.CheckItem.FIXITY;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_FORMAT;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_LENGTH;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_RANGE;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_TO_CONTENT;
import static org.tiezheng.archive.filing.check.CheckItem.PACKAGE_EQUAL;
import static org.tiezheng.archive.filing.check.CheckItem.PACKAGE_STRUCTURE;
import static org.tiezheng.archive.filing.check.CheckItem.RESERVED;
import static org.tiezheng.archive.filing.check.CheckItem.SPECIAL_CHARACTERS;
import static org.tiezheng.archive.filing.check.CheckItem.VALUES_PLAUSIBLE;
import static org.tiezheng.archive.filing.check.CheckResult.fail;
import static org.tiezheng.archive.filing.check.CheckResult.manual;
import static org.tiezheng.archive.filing.check.CheckResult.notApplicable;
import static org.tiezheng.archive.filing.check.CheckResult.pass;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.Confirmations.Confirmation;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.filing.check.PackageWalk.FileSeen;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.wacz.WaczNames;
import tools.jackson.databind.JsonNode;

/** Items 1-1 to 1-14: is it what it says it is (真实性). */
final class AuthenticityRules {
    /** Clocks of agent and time-stamp authority may differ by so much; the capture itself limits its own offset. */
    private static final Duration CLOCKS = Duration.ofSeconds(10);

    private static final Pattern CERTIFICATE = Pattern.compile("[^\\s\\p{Cntrl}]{1,64}");
    private static final Set<String> LENGTH = Set.of("maxLength", "minLength", "maxItems", "minItems");
    private static final Set<String> RANGE = Set.of("enum", "const", "minimum", "maximum", "exclusiveMinimum");
    private static final Set<String> COMPLETENESS =
            Set.of("COMPLETE", "PARTIAL", "BLOCKED", "LOGIN_REQUIRED", "EMPTY", "FAILED");
    private static final int MAX_TEXT = 8000;
    private static final int MAX_NAMED = 5;

    private AuthenticityRules() {}

    static List<CheckResult> judge(PackageInspection in) {
        return List.of(
                fixity(in),
                length(in),
                schema(in, METADATA_FORMAT),
                range(in),
                plausible(in),
                characters(in),
                in.code().wellFormed()
                        ? pass(CODE_FORM, "code-formed", in.code().code())
                        : fail(CODE_FORM, "code-not-formed", in.code().code()),
                in.code().takenBy().isEmpty()
                        ? pass(
                                CODE_UNIQUE,
                                "code-unique",
                                in.code().code(),
                                in.evidence().id())
                        : fail(CODE_UNIQUE, "code-taken", some(in.code().takenBy())),
                notApplicable(RESERVED, "reserved"),
                attributes(in),
                relations(in),
                descriptions(in),
                structure(in),
                packageEqual(in));
    }

    static String some(List<?> things) {
        String text = String.join(
                "; ", things.stream().limit(MAX_NAMED).map(String::valueOf).toList());
        return things.size() > MAX_NAMED ? text + " … (" + things.size() + ")" : text;
    }

    private static CheckResult fixity(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        for (EvidenceObject object : in.objects()) {
            FileSeen seen = in.walked().outer().get(object.member());
            if (seen == null || !seen.sha256().equals(object.sha256())) {
                wrong.add(object.member());
            } else if (object.sm3() != null
                    && !seen.sm3().isEmpty()
                    && !seen.sm3().equals(object.sm3())) {
                wrong.add(object.member() + " (SM3)");
            }
        }
        int digests = 0;
        for (EvidenceFile file : in.files()) {
            FileSeen seen = in.walked().inner().get(file.name());
            digests += file.sha256() == null ? 0 : 1;
            digests += file.sm3() == null ? 0 : 1;
            if (seen == null
                    || (file.sha256() != null && !seen.sha256().equals(file.sha256()))
                    || (file.sm3() != null && !seen.sm3().equals(file.sm3()))) {
                wrong.add(file.name());
            }
        }
        if (!wrong.isEmpty()) {
            return fail(FIXITY, "digests-differ", wrong.size(), some(wrong));
        }
        List<Finding> problems = in.report().problems();
        if (in.report().verdict() == Verdict.INVALID) {
            return fail(FIXITY, "verifier-invalid", some(problems));
        }
        if (in.report().verdict() == Verdict.INDETERMINATE) {
            return manual(FIXITY, "verifier-indeterminate", some(problems));
        }
        return pass(
                FIXITY,
                "fixity",
                in.objects().size() + in.files().size(),
                in.objects().size() * 2 + digests,
                in.report().facts().tokens().size(),
                in.report().findings().size());
    }

    private static CheckResult length(PackageInspection in) {
        List<String> wrong = new ArrayList<>(faults(in, LENGTH));
        texts(in).forEach((name, text) -> {
            if (text.length() > MAX_TEXT) {
                wrong.add(name + ": " + text.length());
            }
        });
        in.code().metadata().forEach((name, text) -> {
            if (text.length() > 1000) {
                wrong.add(name + ": " + text.length());
            }
        });
        return wrong.isEmpty()
                ? pass(
                        METADATA_LENGTH,
                        "lengths",
                        texts(in).size() + in.code().metadata().size())
                : fail(METADATA_LENGTH, "lengths-wrong", some(wrong));
    }

    private static List<String> faults(PackageInspection in, Set<String> keywords) {
        return in.captureFaults().stream()
                .filter(fault -> keywords.contains(fault.keyword()))
                .map(SchemaFault::message)
                .toList();
    }

    /** Types and forms: all that is neither length nor range nor missing. */
    private static CheckResult schema(PackageInspection in, CheckItem item) {
        List<String> wrong = new ArrayList<>(in.captureFaults().stream()
                .filter(fault -> !LENGTH.contains(fault.keyword())
                        && !RANGE.contains(fault.keyword())
                        && !fault.keyword().equals("required"))
                .map(SchemaFault::message)
                .toList());
        for (EvidenceFile file : in.files()) {
            if ((file.sha256() != null && !PackageInspection.isDigest(file.sha256()))
                    || (file.sm3() != null && !PackageInspection.isDigest(file.sm3()))) {
                wrong.add(file.name());
            }
        }
        return wrong.isEmpty() ? pass(item, "schema") : fail(item, "schema-wrong", wrong.size(), some(wrong));
    }

    private static CheckResult range(PackageInspection in) {
        List<String> wrong = new ArrayList<>(faults(in, RANGE));
        if (!COMPLETENESS.contains(in.evidence().completeness())) {
            wrong.add(in.evidence().completeness());
        }
        if (in.files().stream().anyMatch(file -> file.sizeBytes() < 0)) {
            wrong.add("sizeBytes");
        }
        return wrong.isEmpty() ? pass(METADATA_RANGE, "range") : fail(METADATA_RANGE, "range-wrong", some(wrong));
    }

    private static CheckResult plausible(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        Instant from = in.evidence().capturedFrom();
        Instant to = in.evidence().capturedTo();
        Instant sealed = in.evidence().sealedAt();
        Instant archived = in.evidence().archivedAt();
        order(wrong, "capturedFrom ≤ capturedTo", from, to);
        if (sealed != null) {
            order(wrong, "capturedTo ≤ sealedAt", to, sealed);
            order(wrong, "sealedAt ≤ archivedAt", sealed, archived);
        }
        order(wrong, "archivedAt ≤ now", archived, in.now());
        Instant before = null;
        for (JsonNode step : in.capture().path("steps")) {
            try {
                Instant begun = Instant.parse(step.path("startedAt").asString(""));
                Instant ended = Instant.parse(step.path("endedAt").asString(""));
                order(wrong, "step " + step.path("no").asString("?"), begun, ended);
                if (before != null) {
                    order(wrong, "steps in order", before, begun);
                }
                before = begun;
            } catch (DateTimeException noTime) {
                wrong.add("step " + step.path("name").asString("?"));
            }
        }
        for (Confirmation confirmation : in.confirmations()) {
            if (!CERTIFICATE.matcher(confirmation.certNo()).matches()) {
                wrong.add("certNo");
            }
            order(wrong, "capturedTo ≤ confirmedAt", to, confirmation.confirmedAt());
        }
        return wrong.isEmpty()
                ? pass(VALUES_PLAUSIBLE, "plausible", from, to, Objects.requireNonNullElse(sealed, to), archived)
                : fail(VALUES_PLAUSIBLE, "not-plausible", some(List.copyOf(new LinkedHashSet<>(wrong))));
    }

    private static void order(List<String> wrong, String what, Instant first, Instant second) {
        if (first.minus(CLOCKS).isAfter(second)) {
            wrong.add(what + " (" + first + ", " + second + ")");
        }
    }

    private static Map<String, String> texts(PackageInspection in) {
        Map<String, String> texts = new LinkedHashMap<>();
        put(texts, "targetUrl", in.evidence().targetUrl());
        put(texts, "finalUrl", in.evidence().finalUrl());
        put(texts, "title", in.evidence().title());
        put(texts, "purpose", in.evidence().purpose());
        put(texts, "caseNo", in.evidence().caseNo());
        put(texts, "clueNo", in.evidence().clueNo());
        put(texts, "shop", in.evidence().shop());
        put(texts, "platform", in.evidence().platform());
        return texts;
    }

    private static void put(Map<String, String> texts, String name, @Nullable String text) {
        if (text != null) {
            texts.put(name, text);
        }
    }

    private static CheckResult characters(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        texts(in).forEach((name, text) -> {
            if (!isClean(text)) {
                wrong.add(name);
            }
        });
        characters(in.capture(), "capture.json", wrong);
        return wrong.isEmpty()
                ? pass(SPECIAL_CHARACTERS, "characters")
                : fail(SPECIAL_CHARACTERS, "characters-wrong", some(wrong));
    }

    private static void characters(JsonNode node, String path, List<String> wrong) {
        if (node.isString() && !isClean(node.asString())) {
            wrong.add(path);
        }
        node.properties().forEach(entry -> characters(entry.getValue(), path + "/" + entry.getKey(), wrong));
        if (node.isArray()) {
            int index = 0;
            for (JsonNode one : node) {
                characters(one, path + "/" + index++, wrong);
            }
        }
    }

    /** Line ends and tabs are text; other control characters, halves of pairs and non-characters are not. */
    static boolean isClean(String text) {
        return text.codePoints()
                .noneMatch(point -> (Character.isISOControl(point) && point != '\n' && point != '\r' && point != '\t')
                        || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                        || (point & 0xFFFE) == 0xFFFE);
    }

    private static CheckResult attributes(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        for (EvidenceFile file : in.files()) {
            FileSeen seen = in.walked().inner().get(file.name());
            if (seen == null || seen.sizeBytes() != file.sizeBytes()) {
                wrong.add(file.name() + ": size");
            }
        }
        in.walked().inner().values().forEach(file -> type(file, wrong));
        in.walked().outer().values().forEach(file -> type(file, wrong));
        for (JsonNode artefact : in.capture().path("artefacts")) {
            String path = artefact.path("path").asString("");
            FileSeen seen = in.walked().inner().get(path);
            if (seen != null
                    && (seen.sizeBytes() != artefact.path("sizeBytes").asLong(-1)
                            || !seen.sha256().equals(artefact.path("sha256").asString(""))
                            || !seen.sm3().equals(artefact.path("sm3").asString("")))) {
                wrong.add(path + ": capture.json");
            }
        }
        return wrong.isEmpty()
                ? pass(CONTENT_ATTRIBUTES, "attributes", in.walked().inner().size())
                : fail(CONTENT_ATTRIBUTES, "attributes-wrong", some(wrong));
    }

    /** Whether the first bytes are those of the format that the name says. */
    private static void type(FileSeen file, List<String> wrong) {
        FileType type = FileType.ofName(file.name()).orElse(null);
        if (type == null) {
            return; // 3-3 says so
        }
        if (!type.fits(file.head())) {
            wrong.add(file.name() + ": "
                    + FileType.foreign(file.head()).map(Enum::name).orElse("no " + type));
        }
    }

    private static CheckResult relations(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        Set<String> listed = new LinkedHashSet<>();
        for (EvidenceFile file : in.files()) {
            listed.add(file.name());
            if (!in.walked().inner().containsKey(file.name())) {
                wrong.add(file.name());
            }
        }
        for (String name : in.walked().inner().keySet()) {
            if (!listed.contains(name)) {
                wrong.add(name);
            }
        }
        for (EvidenceObject object : in.objects()) {
            if (!in.walked().outer().containsKey(object.member())) {
                wrong.add(object.member());
            }
        }
        Set<String> artefacts = new LinkedHashSet<>();
        for (JsonNode artefact : in.capture().path("artefacts")) {
            String path = artefact.path("path").asString("");
            artefacts.add(path);
            if (!in.walked().inner().containsKey(path)) {
                wrong.add(path);
            }
        }
        for (String name : in.walked().inner().keySet()) {
            boolean isArtefact = (name.startsWith("archive/") || name.startsWith("evidence/"))
                    && !name.equals("evidence/capture.json");
            if (isArtefact && !artefacts.contains(name)) {
                wrong.add(name + " (capture.json)");
            }
        }
        return wrong.isEmpty()
                ? pass(METADATA_TO_CONTENT, "relations", listed.size(), artefacts.size())
                : fail(METADATA_TO_CONTENT, "relations-wrong", some(List.copyOf(new LinkedHashSet<>(wrong))));
    }

    private static CheckResult descriptions(PackageInspection in) {
        List<String> missing = new ArrayList<>();
        List<String> outer = new ArrayList<>(AsicNames.COVERED);
        outer.add(AsicNames.MIMETYPE);
        outer.add(AsicNames.manifest(1));
        outer.add(AsicNames.signature(1));
        for (String name : outer) {
            if (!in.walked().outer().containsKey(name)) {
                missing.add(name);
            }
        }
        List<String> inner = List.of(
                WaczNames.WARC, WaczNames.INDEX, WaczNames.PAGES, WaczNames.DATAPACKAGE, "evidence/capture.json");
        for (String name : inner) {
            if (!in.walked().inner().containsKey(name)) {
                missing.add(AsicNames.WACZ + "!" + name);
            }
        }
        return missing.isEmpty()
                ? pass(DESCRIPTION_FILES, "descriptions", outer.size() + inner.size())
                : fail(DESCRIPTION_FILES, "descriptions-missing", some(missing));
    }

    private static CheckResult structure(PackageInspection in) {
        List<Finding> wrong = new ArrayList<>(in.walked().findings());
        wrong.addAll(in.problems("Z"));
        wrong.addAll(in.problemsOf("M05", "M07", "W01", "W08"));
        return wrong.isEmpty()
                ? pass(PACKAGE_STRUCTURE, "structure")
                : fail(PACKAGE_STRUCTURE, "structure-wrong", some(wrong));
    }

    private static CheckResult packageEqual(PackageInspection in) {
        String sender = in.evidence().packageSha256().hex();
        return in.walked().sha256().equals(sender)
                        && in.walked().sizeBytes() == in.evidence().packageBytes()
                ? pass(PACKAGE_EQUAL, "package-equal", sender)
                : fail(PACKAGE_EQUAL, "package-differs", sender, in.walked().sha256());
    }
}
