package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.jobs.JobRefused.Code;

/**
 * The rule that a capture has two distinct officers, each with a certificate in force on the day.
 *
 * <p>Source: 市场监督管理行政处罚程序规定, article 22; 行政处罚法, articles 42 and 55.
 */
final class TwoOfficers {
    private final OfficerRegister register;
    private final Clock clock;

    TwoOfficers(OfficerRegister register, Clock clock) {
        this.register = register;
        this.clock = clock;
    }

    /**
     * Both, the one who submits first.
     *
     * @throws JobRefused if there is no second one, it is the same person, or a certificate is not in force now
     */
    List<RecordedOfficer> require(String submitter, @Nullable String second) {
        Instant now = clock.instant();
        OfficerRegister.Entry first =
                register.find(submitter).orElseThrow(() -> new JobRefused(Code.NOT_AN_OFFICER, submitter));
        requireInForce(first, now);
        if (second == null || second.isBlank()) {
            throw new JobRefused(Code.SECOND_OFFICER, "");
        }
        OfficerRegister.Entry other =
                register.find(second.strip()).orElseThrow(() -> new JobRefused(Code.SECOND_OFFICER, second));
        // One person may hold two accounts; the certificate is the person.
        if (other.officer().accountId().equals(first.officer().accountId())
                || other.officer().certNo().equals(first.officer().certNo())) {
            throw new JobRefused(Code.SAME_OFFICER, other.officer().name());
        }
        requireInForce(other, now);
        return List.of(first.officer(), other.officer());
    }

    private static void requireInForce(OfficerRegister.Entry entry, Instant now) {
        if (!entry.inForceAt(now)) {
            throw new JobRefused(Code.CERTIFICATE, entry.officer().name());
        }
    }
}
