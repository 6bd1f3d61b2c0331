package org.tiezheng.archive.filing.check;

import static org.tiezheng.archive.filing.check.AuthenticityRules.some;
import static org.tiezheng.archive.filing.check.CheckItem.ATTACHMENTS_COMPLETE;
import static org.tiezheng.archive.filing.check.CheckItem.CONTENT_COMPLETE;
import static org.tiezheng.archive.filing.check.CheckItem.MANIFEST_CONTENT;
import static org.tiezheng.archive.filing.check.CheckItem.MANIFEST_METADATA;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_COMPLETE;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_REQUIRED;
import static org.tiezheng.archive.filing.check.CheckItem.NUMBERS_CONSECUTIVE;
import static org.tiezheng.archive.filing.check.CheckItem.PROCESS_COMPLETE;
import static org.tiezheng.archive.filing.check.CheckItem.SCOPE;
import static org.tiezheng.archive.filing.check.CheckItem.TOTAL_BYTES;
import static org.tiezheng.archive.filing.check.CheckItem.TOTAL_ITEMS;
import static org.tiezheng.archive.filing.check.CheckResult.fail;
import static org.tiezheng.archive.filing.check.CheckResult.manual;
import static org.tiezheng.archive.filing.check.CheckResult.notApplicable;
import static org.tiezheng.archive.filing.check.CheckResult.pass;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.catalogue.Confirmations.Confirmation;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.filing.check.PackageWalk.FileSeen;
import org.tiezheng.evidence.Finding;
import tools.jackson.databind.JsonNode;

/** Items 2-1 to 2-11: is all of it there (完整性 as completeness). */
final class CompletenessRules {
    private static final int OFFICERS = 2;
    /** A video starts and ends a little after and before the steps around it say. */
    private static final Duration VIDEO_TOLERANCE = Duration.ofSeconds(3);

    private CompletenessRules() {}

    static List<CheckResult> judge(PackageInspection in) {
        return List.of(
                items(in),
                bytes(in),
                metadata(in),
                required(in),
                process(in),
                numbers(in),
                content(in),
                attachments(in),
                manual(SCOPE, "scope"),
                manifest(in, MANIFEST_METADATA, "M02", "M06", "M08", "W01", "W04", "W13"),
                manifest(in, MANIFEST_CONTENT, "M01", "M02", "M03", "W02", "W03"));
    }

    private static CheckResult items(PackageInspection in) {
        int objects = in.objects().size();
        int members = in.walked().outer().size();
        int rows = in.files().size();
        int files = in.walked().inner().size();
        return objects == members && rows == files
                ? pass(TOTAL_ITEMS, "items", members, files)
                : fail(TOTAL_ITEMS, "items-differ", objects, members, rows, files);
    }

    private static CheckResult bytes(PackageInspection in) {
        long listed = in.objects().stream().mapToLong(EvidenceObject::sizeBytes).sum();
        long seen = in.walked().outer().values().stream()
                .mapToLong(FileSeen::sizeBytes)
                .sum();
        long listedInside =
                in.files().stream().mapToLong(EvidenceFile::sizeBytes).sum();
        long seenInside = in.walked().inner().values().stream()
                .mapToLong(FileSeen::sizeBytes)
                .sum();
        return listed == seen && listedInside == seenInside
                ? pass(TOTAL_BYTES, "bytes", seen, seenInside)
                : fail(TOTAL_BYTES, "bytes-differ", listed, seen, listedInside, seenInside);
    }

    private static CheckResult metadata(PackageInspection in) {
        List<String> missing = in.code().metadata().entrySet().stream()
                .filter(element -> element.getValue().isBlank())
                .map(Map.Entry::getKey)
                .toList();
        return missing.isEmpty()
                ? pass(METADATA_COMPLETE, "elements", in.code().metadata().size())
                : fail(METADATA_COMPLETE, "elements-missing", some(missing));
    }

    private static CheckResult required(PackageInspection in) {
        List<String> missing = new ArrayList<>();
        for (SchemaFault fault : in.captureFaults()) {
            if (fault.keyword().equals("required") || fault.keyword().equals("json")) {
                missing.add(fault.message());
            }
        }
        Set<String> accounts = new HashSet<>();
        Set<String> certificates = new HashSet<>();
        for (Confirmation confirmation : in.confirmations()) {
            accounts.add(confirmation.accountId());
            certificates.add(confirmation.certNo());
        }
        if (accounts.size() < OFFICERS || certificates.size() < OFFICERS) {
            missing.add("officers: " + accounts.size());
        }
        return missing.isEmpty()
                ? pass(METADATA_REQUIRED, "required", accounts.size())
                : fail(METADATA_REQUIRED, "required-missing", missing.size(), some(missing));
    }

    /** Every state change has its event with actor and time; the events are whole and hang in the chain. */
    private static CheckResult process(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        int archived = 0;
        int links = 0;
        for (AuditEntry entry : in.events()) {
            AuditEvent event = entry.event();
            if (!entry.isIntact()) {
                wrong.add("event " + entry.seq());
            }
            if (event.actor().id().isBlank() || event.actor().name().isBlank()) {
                wrong.add("event " + entry.seq() + ": actor");
            }
            boolean done = event.result() == AuditEvent.Result.OK;
            archived += done && event.action().equals("evidence.archived") ? 1 : 0;
            links += done && event.action().equals("evidence.link") ? 1 : 0;
        }
        in.chainBreaks().forEach(seq -> wrong.add("before event " + seq));
        if (archived != 1) {
            wrong.add("evidence.archived: " + archived);
        }
        for (Confirmation confirmation : in.confirmations()) {
            if (!has(in.events(), "evidence.confirm", confirmation.accountId())) {
                wrong.add("evidence.confirm: " + confirmation.name());
            }
        }
        long reviews = in.events().stream()
                .filter(entry -> entry.event().action().equals("evidence.review")
                        && entry.event().result() == AuditEvent.Result.OK)
                .count();
        if (reviews != in.reviews().size()) {
            wrong.add("evidence.review: " + reviews + "/" + in.reviews().size());
        }
        if (links != in.laterLinks()) {
            wrong.add("evidence.link: " + links + "/" + in.laterLinks());
        }
        if (in.evidence().awaitsReview()) {
            wrong.add("automatic_review");
        }
        if (!in.isLogged()) {
            wrong.add("log");
        }
        return wrong.isEmpty()
                ? pass(PROCESS_COMPLETE, "process", in.events().size())
                : fail(PROCESS_COMPLETE, "process-gap", some(wrong));
    }

    private static boolean has(List<AuditEntry> events, String action, String actor) {
        return events.stream()
                .map(AuditEntry::event)
                .anyMatch(event -> event.action().equals(action)
                        && event.result() == AuditEvent.Result.OK
                        && event.actor().id().equals(actor));
    }

    private static CheckResult numbers(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        int number = 0;
        for (JsonNode step : in.capture().path("steps")) {
            number++;
            if (step.path("no").asInt(-1) != number) {
                wrong.add("steps: " + number);
                break;
            }
        }
        if (!in.code().gaps().isEmpty() && !in.code().importedSeries()) {
            wrong.add("件号: " + some(in.code().gaps()));
        }
        if (!wrong.isEmpty()) {
            return fail(NUMBERS_CONSECUTIVE, "numbers-gap", some(wrong));
        }
        return in.code().gaps().isEmpty()
                ? pass(NUMBERS_CONSECUTIVE, "numbers", number)
                : manual(NUMBERS_CONSECUTIVE, "numbers-imported", some(in.code().gaps()));
    }

    private static CheckResult content(PackageInspection in) {
        List<String> missing = new ArrayList<>();
        for (JsonNode resource : in.datapackage().path("resources")) {
            String path = resource.path("path").asString("");
            if (!in.walked().inner().containsKey(path)) {
                missing.add(path);
            }
        }
        if (in.datapackage().path("resources").isEmpty()) {
            missing.add("datapackage.json");
        }
        in.opened().forEach((name, opened) -> {
            if (opened.state() == ContentCheck.State.BROKEN) {
                missing.add(name + ": " + opened.detail());
            }
        });
        return missing.isEmpty()
                ? pass(
                        CONTENT_COMPLETE,
                        "content",
                        in.datapackage().path("resources").size())
                : fail(CONTENT_COMPLETE, "content-missing", some(missing));
    }

    /** The screen video, where there is one, covers what the steps around it say. */
    private static CheckResult attachments(PackageInspection in) {
        Optional<Map.Entry<String, ContentCheck.Opened>> video = in.opened().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(".mp4"))
                .findFirst();
        if (video.isEmpty()) {
            return notApplicable(ATTACHMENTS_COMPLETE, "no-video");
        }
        Ffprobe.Video decoded = video.get().getValue().video();
        if (video.get().getValue().state() == ContentCheck.State.BROKEN) {
            return fail(
                    ATTACHMENTS_COMPLETE, "video-broken", video.get().getValue().detail());
        }
        if (decoded == null || decoded.seconds() < 0) {
            return manual(
                    ATTACHMENTS_COMPLETE,
                    "video-not-decoded",
                    video.get().getValue().detail());
        }
        Optional<Duration> recorded = recorded(in);
        if (recorded.isEmpty()) {
            return manual(ATTACHMENTS_COMPLETE, "video-no-steps", decoded.seconds());
        }
        long limit = in.capture().path("request").path("videoSeconds").asLong(0);
        Duration expected =
                limit > 0 && recorded.get().getSeconds() > limit ? Duration.ofSeconds(limit) : recorded.get();
        Duration length = Duration.ofMillis((long) (decoded.seconds() * 1000));
        return length.plus(VIDEO_TOLERANCE).compareTo(expected) >= 0
                ? pass(ATTACHMENTS_COMPLETE, "video", length.toSeconds(), expected.toSeconds(), decoded.frames())
                : fail(ATTACHMENTS_COMPLETE, "video-short", length.toSeconds(), expected.toSeconds());
    }

    private static Optional<Duration> recorded(PackageInspection in) {
        Instant from = null;
        Instant to = null;
        for (JsonNode step : in.capture().path("steps")) {
            try {
                if (step.path("name").asString("").equals("video-start")) {
                    from = Instant.parse(step.path("endedAt").asString(""));
                }
                if (step.path("name").asString("").equals("video-stop")) {
                    to = Instant.parse(step.path("startedAt").asString(""));
                }
            } catch (DateTimeException noTime) {
                return Optional.empty();
            }
        }
        return from == null || to == null ? Optional.empty() : Optional.of(Duration.between(from, to));
    }

    private static CheckResult manifest(PackageInspection in, CheckItem item, String... codes) {
        List<Finding> wrong = in.problemsOf(codes);
        int listed = in.datapackage().path("resources").size();
        // The list of files lists all but itself and its own digest.
        int actual = (int) in.walked().inner().keySet().stream()
                .filter(name -> !name.equals("datapackage.json") && !name.equals("datapackage-digest.json"))
                .count();
        if (!wrong.isEmpty()) {
            return fail(item, "manifest-wrong", some(wrong));
        }
        return listed == actual ? pass(item, "manifest", listed) : fail(item, "manifest-count", listed, actual);
    }
}
