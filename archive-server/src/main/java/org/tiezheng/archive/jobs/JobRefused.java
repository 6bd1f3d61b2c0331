package org.tiezheng.archive.jobs;

/** Something that was asked for a job, and must not be done. Nothing has been changed. */
public final class JobRefused extends RuntimeException {
    /** What is wrong; part of the API and of the texts ({@code jobs.refused.CODE}). */
    public enum Code {
        /** An address that cannot be captured. */
        ADDRESS(422),
        /** No address at all. */
        NO_ADDRESS(422),
        /** More addresses than one batch may have. */
        TOO_MANY(413),
        /** A text is too long or has control characters. */
        TEXT(422),
        /** An option is out of its range. */
        OPTION(422),
        /** Whoever submits is no officer. */
        NOT_AN_OFFICER(403),
        /** The officer's certificate is not in force today. */
        CERTIFICATE(422),
        /** No second officer is named, or there is no such officer. */
        SECOND_OFFICER(422),
        /** One person twice. */
        SAME_OFFICER(422),
        /** The same idempotency key was used with another body. */
        KEY_REUSED(409),
        KEY_INVALID(422),
        NO_SUCH_JOB(404),
        NO_SUCH_BATCH(404),
        NO_SUCH_SCHEDULE(404),
        NO_SUCH_AGENT(404),
        /** Another's job. */
        NOT_YOURS(403),
        /** What was asked does not fit the state the job is in by now. */
        WRONG_STATE(409),
        /** The entity tag is not that of the present version. */
        CHANGED_MEANWHILE(412),
        CRON(422),
        SCHEDULE_END(422),
        QUERY(400);

        private final int status;

        Code(int status) {
            this.status = status;
        }

        /** HTTP status. */
        public int status() {
            return status;
        }
    }

    private final Code code;
    private final String detail;

    /** @param detail the field, address or state that is meant; goes into the message shown to the user */
    public JobRefused(Code code, String detail) {
        super(code + ": " + detail);
        this.code = code;
        this.detail = detail;
    }

    public Code code() {
        return code;
    }

    public String detail() {
        return detail;
    }
}
