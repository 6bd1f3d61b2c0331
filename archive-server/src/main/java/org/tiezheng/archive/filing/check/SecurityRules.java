package org.tiezheng.archive.filing.check;

import static org.tiezheng.archive.filing.check.AuthenticityRules.some;
import static org.tiezheng.archive.filing.check.CheckItem.EXTRA_FILES;
import static org.tiezheng.archive.filing.check.CheckItem.MEDIUM_APPEARANCE;
import static org.tiezheng.archive.filing.check.CheckItem.MEDIUM_DISC;
import static org.tiezheng.archive.filing.check.CheckItem.MEDIUM_SPEED;
import static org.tiezheng.archive.filing.check.CheckItem.PROCESS_SAFE;
import static org.tiezheng.archive.filing.check.CheckItem.SCANNER;
import static org.tiezheng.archive.filing.check.CheckItem.VIRUS;
import static org.tiezheng.archive.filing.check.CheckResult.fail;
import static org.tiezheng.archive.filing.check.CheckResult.manual;
import static org.tiezheng.archive.filing.check.CheckResult.notApplicable;
import static org.tiezheng.archive.filing.check.CheckResult.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.filing.check.PackageInspection.ScannerState;
import org.tiezheng.archive.filing.check.PackageWalk.FileSeen;
import org.tiezheng.evidence.Finding;

/** Items 4-1 to 4-7: is it safe to keep, and was it safe on its way (安全性). */
final class SecurityRules {
    private SecurityRules() {}

    static List<CheckResult> judge(PackageInspection in) {
        return List.of(
                scanner(in),
                virus(in),
                extraFiles(in),
                notApplicable(MEDIUM_SPEED, "no-medium"),
                notApplicable(MEDIUM_APPEARANCE, "no-medium"),
                notApplicable(MEDIUM_DISC, "no-medium"),
                processSafe(in));
    }

    private static CheckResult scanner(PackageInspection in) {
        ScannerState scanner = in.scanner();
        if (scanner == null) {
            return manual(SCANNER, "no-scanner");
        }
        return scanner.version() == null
                ? manual(SCANNER, "scanner-away", String.valueOf(scanner.failure()))
                : pass(SCANNER, "scanner", scanner.version());
    }

    /** Never PASS for a file that was not scanned. */
    private static CheckResult virus(PackageInspection in) {
        ScannerState scanner = in.scanner();
        List<String> found = new ArrayList<>();
        List<String> open = new ArrayList<>();
        int clean = 0;
        List<FileSeen> files = new ArrayList<>(in.walked().inner().values());
        in.walked().outer().values().stream()
                .filter(file -> !file.sm3().isEmpty())
                .forEach(files::add);
        for (FileSeen file : files) {
            Clamd.Answer answer = file.scan();
            if (answer == null) {
                open.add(file.name());
            } else if (answer.kind() == Clamd.Answer.Kind.FOUND) {
                found.add(file.name() + ": " + answer.text());
            } else if (answer.kind() == Clamd.Answer.Kind.ERROR) {
                open.add(file.name() + ": " + answer.text());
            } else {
                clean++;
            }
        }
        if (!found.isEmpty()) {
            return fail(VIRUS, "virus-found", found.size(), files.size(), some(found));
        }
        if (scanner == null || scanner.version() == null) {
            return manual(VIRUS, "not-scanned", clean, files.size());
        }
        return open.isEmpty()
                ? pass(VIRUS, "no-virus", clean, scanner.version())
                : manual(VIRUS, "partly-scanned", clean, files.size(), some(open));
    }

    private static CheckResult extraFiles(PackageInspection in) {
        List<String> extra = new ArrayList<>();
        for (Finding finding : in.problemsOf("M01", "M07", "W03", "Z02", "Z04")) {
            extra.add(finding.subject());
        }
        Set<String> rows =
                in.objects().stream().map(object -> object.member()).collect(java.util.stream.Collectors.toSet());
        in.walked().outer().keySet().stream()
                .filter(name -> !rows.contains(name))
                .forEach(extra::add);
        return extra.isEmpty()
                ? pass(EXTRA_FILES, "no-extra-files", in.walked().outer().size())
                : fail(EXTRA_FILES, "extra-files", some(extra));
    }

    private static CheckResult processSafe(PackageInspection in) {
        List<String> wrong = new ArrayList<>();
        for (AuditEntry entry : in.events()) {
            AuditEvent event = entry.event();
            boolean done = event.result() == AuditEvent.Result.OK;
            boolean administrator = event.actor().role().contains("SYSTEM_ADMINISTRATOR");
            boolean nobody = event.actor().id().equals("anonymous");
            if (done && (administrator || nobody)) {
                wrong.add(event.action() + " (" + entry.seq() + ")");
            }
        }
        long refused = in.events().stream()
                .filter(entry -> entry.event().result() == AuditEvent.Result.REFUSED)
                .count();
        return wrong.isEmpty()
                ? pass(PROCESS_SAFE, "process-safe", in.events().size(), refused)
                : fail(PROCESS_SAFE, "process-unsafe", some(wrong));
    }
}
