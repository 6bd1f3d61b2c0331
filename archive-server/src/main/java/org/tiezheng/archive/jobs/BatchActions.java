package org.tiezheng.archive.jobs;

import java.util.List;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.jobs.JobRefused.Code;

/** What can be done to all jobs of a batch: to one after the other, each in its own transaction with its own audit event. */
final class BatchActions {
    private static final int AT_ONCE = 500;

    private final Jobs jobs;
    private final JobQueries queries;

    BatchActions(Jobs jobs, JobQueries queries) {
        this.jobs = jobs;
        this.queries = queries;
    }

    /** Cancels what is not finished; a server that dies halfway leaves the rest as it was. Returns how many jobs. */
    int cancel(JobQueries.Batch batch, Actor actor) {
        requireMine(batch, actor);
        return each(batch, List.of(JobState.READY, JobState.LEASED), job -> jobs.cancel(job.id(), actor, null));
    }

    /** Tries again what FAILED. Returns how many jobs. */
    int retryFailed(JobQueries.Batch batch, Actor actor) {
        requireMine(batch, actor);
        return each(batch, List.of(JobState.FAILED), job -> jobs.retry(job.id(), actor));
    }

    private interface Act {
        void on(Job job);
    }

    private int each(JobQueries.Batch batch, List<JobState> states, Act act) {
        int reached = 0;
        Long before = null;
        List<Job> some;
        do {
            some = queries.jobs(new JobQueries.Filter(states, null, batch.id(), null, null), before, AT_ONCE);
            for (Job job : some) {
                before = job.id();
                try {
                    act.on(job);
                    reached++;
                } catch (JobRefused meanwhile) {
                    if (meanwhile.code() != Code.WRONG_STATE) {
                        throw meanwhile;
                    }
                    // It ended, or was taken up again, between our look and our act.
                }
            }
        } while (some.size() == AT_ONCE);
        return reached;
    }

    private static void requireMine(JobQueries.Batch batch, Actor actor) {
        if (!batch.submittedBy().equals(actor.id())) {
            throw new JobRefused(Code.NOT_YOURS, batch.submittedName());
        }
    }
}
