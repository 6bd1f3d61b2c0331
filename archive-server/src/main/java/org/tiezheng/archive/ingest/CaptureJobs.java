package org.tiezheng.archive.ingest;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.tiezheng.archive.jobs.Job;
import org.tiezheng.archive.jobs.Jobs;
import org.tiezheng.archive.jobs.RecordedOfficer;

/** What ingest needs of the jobs. */
final class CaptureJobs {
    /** A job whose package failed verification: capturing again is a person's decision. */
    static final String QUARANTINED = "QUARANTINED";

    private final Jobs jobs;

    CaptureJobs(Jobs jobs) {
        this.jobs = jobs;
    }

    /** What the job says of its result, if {@code epoch} is its lease now. */
    Optional<UploadContext> holder(long jobId, long epoch) {
        return jobs.holder(jobId, epoch).map(CaptureJobs::context);
    }

    /** What the job says of its result, whoever has it. */
    Optional<UploadContext> find(long jobId) {
        return jobs.find(jobId).map(CaptureJobs::context);
    }

    /** In the transaction that archives; false if the lease is another's. */
    boolean archived(long jobId, long epoch, UUID evidenceId) {
        return jobs.archived(jobId, epoch, evidenceId);
    }

    void extend(long jobId, long epoch) {
        boolean unused = jobs.extend(jobId, epoch);
    }

    void quarantined(long jobId, long epoch, String reason) {
        boolean unused = jobs.fail(jobId, epoch, QUARANTINED, reason, false);
    }

    private static UploadContext context(Job job) {
        List<RecordedOfficer> officers = job.officers();
        return new UploadContext(
                job.context().clueNo(),
                job.context().caseNo(),
                job.context().purpose(),
                job.context().factToProve(),
                job.context().shop(),
                job.context().platform(),
                officers.stream().map(RecordedOfficer::accountId).toList(),
                officers.stream().map(RecordedOfficer::name).toList(),
                job.batchId() != null);
    }
}
