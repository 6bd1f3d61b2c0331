-- Registers of the catalogue (docs/audit.md, "The register"): who asked for which, how far it is, what came of it. The register itself is
-- a kept object of kind REGISTER under the same id. Rows are never removed.
create table register (
    id                uuid        primary key,
    number            bigint      generated always as identity unique,
    state             text        not null check (state in ('WAITING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    requested_by      text        not null,
    requested_by_name text        not null,
    requested_at      timestamptz not null,
    -- the server at work; one whose lease has ended is begun anew by any server
    worker            uuid,
    lease_until       timestamptz,
    attempts          int         not null default 0,
    -- rows written so far, and how many there were when it began
    rows_done         bigint      not null default 0,
    rows_total        bigint      not null default 0,
    finished_at       timestamptz,
    failure           text,
    -- of the moment it is of: entries of the log, last event of the audit chain and its hash
    entries           bigint,
    events            bigint,
    event_hash        text,
    sha256            text,
    size_bytes        bigint,
    check ((state = 'RUNNING') = (worker is not null)),
    check ((state in ('DONE', 'FAILED', 'CANCELLED')) = (finished_at is not null)),
    check ((state = 'DONE') = (sha256 is not null))
);
create index register_open on register (number) where state in ('WAITING', 'RUNNING');
create index register_done on register (events) where state = 'DONE';
grant select, insert on register to tiezheng_app;
grant update (state, worker, lease_until, attempts, rows_done, rows_total, finished_at, failure, entries, events, event_hash, sha256,
    size_bytes) on register to tiezheng_app;

alter table kept_object drop constraint kept_object_kind_check;
alter table kept_object add constraint kept_object_kind_check
    check (kind in ('RECORD_BATCH', 'DISPOSAL_CERTIFICATE', 'REPORT', 'FILING_REPORT', 'REGISTER'));
