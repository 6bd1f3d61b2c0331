package org.tiezheng.archive.jobs;

import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.jobs.JobRefused.Code;

/** Whose job it is: the two officers' named on it. Others may look, if their role lets them, and change nothing. */
final class JobAccess {
    private JobAccess() {}

    static boolean mayChange(Job job, Actor actor) {
        return job.submittedBy().equals(actor.id())
                || job.officers().stream()
                        .anyMatch(officer -> officer.accountId().equals(actor.id()));
    }

    /** @throws JobRefused if it is another's */
    static void requireMine(Job job, Actor actor) {
        if (!mayChange(job, actor)) {
            throw new JobRefused(Code.NOT_YOURS, job.submittedName());
        }
    }
}
