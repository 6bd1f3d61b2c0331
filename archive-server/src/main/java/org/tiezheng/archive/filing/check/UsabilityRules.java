package org.tiezheng.archive.filing.check;

import static org.tiezheng.archive.filing.check.AuthenticityRules.some;
import static org.tiezheng.archive.filing.check.CheckItem.CODECS;
import static org.tiezheng.archive.filing.check.CheckItem.CONTENT_FORMAT;
import static org.tiezheng.archive.filing.check.CheckItem.CONTENT_READABLE;
import static org.tiezheng.archive.filing.check.CheckItem.DATABASE_READABLE;
import static org.tiezheng.archive.filing.check.CheckItem.ENVIRONMENT;
import static org.tiezheng.archive.filing.check.CheckItem.METADATA_READABLE;
import static org.tiezheng.archive.filing.check.CheckItem.PACKAGE_OPEN;
import static org.tiezheng.archive.filing.check.CheckItem.VIEWERS;
import static org.tiezheng.archive.filing.check.CheckResult.fail;
import static org.tiezheng.archive.filing.check.CheckResult.manual;
import static org.tiezheng.archive.filing.check.CheckResult.notApplicable;
import static org.tiezheng.archive.filing.check.CheckResult.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tiezheng.evidence.Finding;

/** Items 3-1 to 3-8: can it be read, now and later (可用性). */
final class UsabilityRules {
    private static final Set<String> CODECS_ALLOWED = Set.of("h264", "hevc", "av1", "vp9", "mpeg4");

    private UsabilityRules() {}

    static List<CheckResult> judge(PackageInspection in) {
        return List.of(
                metadata(in),
                database(in),
                formats(in),
                readable(in),
                viewers(in),
                codecs(in),
                environment(in),
                open(in));
    }

    private static CheckResult metadata(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        if (in.capture().isEmpty()) {
            wrong.add("evidence/capture.json");
        }
        if (in.datapackage().isEmpty()) {
            wrong.add("datapackage.json");
        }
        in.opened().forEach((name, opened) -> {
            boolean isMetadata = name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".xml");
            if (isMetadata && opened.state() == ContentCheck.State.BROKEN) {
                wrong.add(name);
            }
        });
        in.problemsOf("M05").forEach(finding -> wrong.add(finding.subject()));
        return wrong.isEmpty()
                ? pass(METADATA_READABLE, "metadata-readable")
                : fail(METADATA_READABLE, "metadata-unreadable", some(wrong));
    }

    /** The rows were read; here they are compared with what the package itself says. */
    private static CheckResult database(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        String target = in.report().facts().targetUrl();
        if (target == null || !target.startsWith(cut(in.evidence().targetUrl()))) {
            wrong.add("targetUrl");
        }
        if (!in.evidence().id().toString().equals(in.report().facts().packageId())) {
            wrong.add("id");
        }
        var digest = in.report().facts().waczSha256();
        if (digest == null || !digest.equals(in.evidence().sha256())) {
            wrong.add("sha256");
        }
        var sm3 = in.report().facts().waczSm3();
        if (sm3 == null || !sm3.equals(in.evidence().sm3())) {
            wrong.add("sm3");
        }
        if (!String.valueOf(in.report().facts().completeness())
                .equals(in.evidence().completeness())) {
            wrong.add("completeness");
        }
        return wrong.isEmpty()
                ? pass(
                        DATABASE_READABLE,
                        "database",
                        in.objects().size() + in.files().size() + 1)
                : fail(DATABASE_READABLE, "database-differs", some(wrong));
    }

    /** Long addresses are cut in the catalogue, and what it cannot hold is replaced; the beginning has to agree. */
    private static String cut(String text) {
        int end = text.indexOf('\uFFFD');
        return end < 0 ? text : text.substring(0, end);
    }

    private static CheckResult formats(PackageInspection in) {
        Map<FileType, Integer> counts = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        in.walked().inner().keySet().forEach(name -> count(name, counts, wrong));
        in.walked().outer().keySet().forEach(name -> count(name, counts, wrong));
        return wrong.isEmpty()
                ? pass(CONTENT_FORMAT, "formats", counts)
                : fail(CONTENT_FORMAT, "formats-unknown", some(wrong));
    }

    private static void count(String name, Map<FileType, Integer> counts, List<String> wrong) {
        FileType.ofName(name).ifPresentOrElse(type -> counts.merge(type, 1, Integer::sum), () -> wrong.add(name));
    }

    private static CheckResult readable(PackageInspection in) {
        List<String> broken = new ArrayList<>();
        List<String> open = new ArrayList<>();
        in.opened().forEach((name, opened) -> {
            if (opened.state() == ContentCheck.State.BROKEN) {
                broken.add(name + ": " + opened.detail());
            } else if (opened.state() == ContentCheck.State.NOT_TRIED) {
                open.add(name + ": " + opened.detail());
            }
        });
        in.problemsOf("W06", "W07").forEach(finding -> broken.add(finding.subject()));
        if (!broken.isEmpty()) {
            return fail(CONTENT_READABLE, "unreadable", some(broken));
        }
        return open.isEmpty()
                ? pass(CONTENT_READABLE, "readable", in.opened().size())
                : manual(
                        CONTENT_READABLE, "not-opened", open.size(), in.opened().size(), some(open));
    }

    private static CheckResult viewers(PackageInspection in) {
        Set<String> viewers = new TreeSet<>();
        in.walked()
                .inner()
                .keySet()
                .forEach(name -> FileType.ofName(name).ifPresent(type -> viewers.add(type.viewer())));
        return viewers.isEmpty() ? manual(VIEWERS, "no-viewer") : pass(VIEWERS, "viewers", String.join(", ", viewers));
    }

    private static CheckResult codecs(PackageInspection in) {
        Set<String> used = new TreeSet<>();
        boolean undecided = false;
        boolean any = false;
        for (Map.Entry<String, ContentCheck.Opened> entry : in.opened().entrySet()) {
            if (entry.getKey().endsWith(".mp4")) {
                any = true;
                Ffprobe.Video video = entry.getValue().video();
                if (video == null) {
                    undecided = true;
                } else {
                    used.add(video.codec());
                }
            }
        }
        if (!any) {
            return notApplicable(CODECS, "no-video");
        }
        if (undecided) {
            return manual(CODECS, "video-not-decoded", "");
        }
        return CODECS_ALLOWED.containsAll(used)
                ? pass(CODECS, "codecs", String.join(", ", used))
                : fail(CODECS, "codecs-unknown", String.join(", ", used));
    }

    private static CheckResult environment(PackageInspection in) {
        boolean kept = !in.capture().path("environment").isEmpty()
                && !in.capture().path("tool").isEmpty();
        return kept
                ? pass(
                        ENVIRONMENT,
                        "environment",
                        in.capture().path("tool").path("name").asString("?"),
                        in.capture().path("tool").path("version").asString("?"))
                : fail(ENVIRONMENT, "environment-missing");
    }

    private static CheckResult open(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        in.opened().forEach((name, opened) -> {
            if (opened.encrypted()) {
                wrong.add(name);
            }
        });
        for (Finding finding : in.walked().findings()) {
            if (finding.code().name().equals("Z06")) {
                wrong.add(finding.subject());
            }
        }
        in.problemsOf("Z06").forEach(finding -> wrong.add(finding.subject()));
        return wrong.isEmpty() ? pass(PACKAGE_OPEN, "package-open") : fail(PACKAGE_OPEN, "package-closed", some(wrong));
    }
}
