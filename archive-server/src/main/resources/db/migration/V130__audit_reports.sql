-- Retention and fixity audit reports (docs/report.md): who ordered which, how far it is, what came of it, and the findings, which
-- live on from report to report. The report itself is a kept object of kind REPORT under the same id.

-- Never restarted and never given twice; a report that was cancelled leaves a gap.
create sequence audit_report_number;

create table audit_report (
    id                uuid        primary key,
    number            bigint      not null unique default nextval('audit_report_number'),
    state             text        not null check (state in ('WAITING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    language          text        not null check (language in ('zh-CN', 'en')),
    -- the period is from <= t < to; to is also the moment the totals are of
    period_from       timestamptz not null,
    period_to         timestamptz not null check (period_to > period_from),
    -- {"store":…,"case":…,"fonds":…,"unit":…,"class":…}, absent: everything
    scope             jsonb       not null,
    -- packages to be read again for this report, and what chose them
    sample            int         not null check (sample between 0 and 1000),
    seed              text        not null check (seed ~ '^[0-9a-f]{32}$'),
    requested_by      text        not null,
    requested_by_name text        not null,
    requested_at      timestamptz not null,
    -- the server at work; a report whose lease has ended is begun anew by any server
    worker            uuid,
    lease_until       timestamptz,
    attempts          int         not null default 0,
    step              text,
    steps_done        int         not null default 0,
    steps_total       int         not null default 0,
    finished_at       timestamptz,
    failure           text,
    -- what the next report of the same scope compares itself with
    previous_id       uuid        references audit_report,
    totals            jsonb,
    findings          int,
    findings_high     int,
    pages             int,
    pdf_sha256        text,
    json_sha256       text,
    -- of the kept object: the container with report, data, tables, signature and time-stamps
    sha256            text,
    size_bytes        bigint,
    stamped_at        timestamptz,
    check ((state = 'RUNNING') = (worker is not null)),
    check ((state in ('DONE', 'FAILED', 'CANCELLED')) = (finished_at is not null)),
    check ((state = 'DONE') = (sha256 is not null))
) with (fillfactor = 70);
create index audit_report_open on audit_report (number) where state in ('WAITING', 'RUNNING');
create index audit_report_done on audit_report (scope, period_to desc) where state = 'DONE';

-- Something a report found wrong, from the report that saw it first until a person closes it. A report that sees it again repeats
-- it; one that sees what was closed begins a new row.
create table audit_finding (
    id             bigint      generated always as identity primary key,
    code           text        not null check (code ~ '^[a-z][a-z0-9-]*$'),
    -- what it is about: a store, a package, a scope; part of what makes it the same finding again
    subject        text        not null,
    severity       text        not null check (severity in ('HIGH', 'MEDIUM', 'LOW')),
    section        smallint    not null check (section between 1 and 15),
    -- what stands in the sentence, as of the last report that saw it
    arguments      jsonb       not null,
    owner_role     text        not null,
    due_on         date        not null,
    first_report   uuid        not null references audit_report,
    first_seen_at  timestamptz not null,
    last_report    uuid        not null references audit_report,
    last_seen_at   timestamptz not null,
    closed_at      timestamptz,
    closed_by      text,
    closed_by_name text,
    closing_note   text,
    check ((closed_at is null) = (closed_by is null))
);
create unique index audit_finding_open on audit_finding (code, subject) where closed_at is null;
create index audit_finding_closed on audit_finding (closed_at) where closed_at is not null;

grant usage on sequence audit_report_number to tiezheng_app;
grant select, insert on audit_report, audit_finding to tiezheng_app;
grant update (state, worker, lease_until, attempts, step, steps_done, steps_total, finished_at, failure, previous_id, totals,
    findings, findings_high, pages, pdf_sha256, json_sha256, sha256, size_bytes, stamped_at) on audit_report to tiezheng_app;
grant update (severity, arguments, last_report, last_seen_at, closed_at, closed_by, closed_by_name, closing_note) on audit_finding
    to tiezheng_app;
