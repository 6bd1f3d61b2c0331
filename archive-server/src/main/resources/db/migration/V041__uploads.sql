-- Packages on their way into the archive. See the comment of class Ingest for the states and what a crash leaves.

create table upload (
    id uuid primary key,
    state text not null check (state in ('RECEIVING', 'VERIFYING', 'STORING', 'ARCHIVED', 'QUARANTINED', 'ORPHANED', 'REJECTED',
        'DISCARDED')),
    -- AGENT: result of a job; PERSON: brought by an account; ADOPTION: an orphan that a person lets in
    source text not null check (source in ('AGENT', 'PERSON', 'ADOPTION')),
    job_id bigint,
    job_epoch bigint,
    file_name text not null,
    size_bytes bigint not null check (size_bytes > 0),
    -- of the whole file, as announced
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    -- bytes that are on disk for good
    offset_bytes bigint not null default 0 check (offset_bytes between 0 and size_bytes),
    account_id text not null,
    account_name text not null,
    account_role text not null,
    -- what a person says about a package that no job stands behind: links, officers
    context jsonb not null,
    verdict text,
    report jsonb,
    -- id of capture.json and digest of capture.wacz, once they could be read
    package_id text,
    wacz_sha256 text,
    evidence_id uuid,
    -- stable word: why it is in quarantine, an orphan, or rejected
    reason_code text,
    reason text,
    -- retries of VERIFYING and STORING that failed by a fault of ours (disk, store, database)
    attempts int not null default 0,
    failure text,
    retry_at timestamptz,
    -- who ended it by hand, and why
    decided_by text,
    decided_by_name text,
    decision text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    check (source <> 'AGENT' or (job_id is not null and job_epoch is not null)),
    check ((state = 'ARCHIVED') = (evidence_id is not null))
) with (fillfactor = 70);
create index upload_open on upload (changed_at) where state in ('RECEIVING', 'VERIFYING', 'STORING');
create index upload_same on upload (sha256, size_bytes);
create index upload_kept on upload (state, created_at, id) where state in ('QUARANTINED', 'ORPHANED');

-- Objects put for a package that is not in the catalogue yet: what the next start looks at.
create table upload_object (
    upload_id uuid not null references upload,
    position smallint not null,
    member text not null,
    sha256 text not null,
    size_bytes bigint not null,
    crc32 bigint not null,
    key text not null,
    version_id text not null,
    primary key (upload_id, position)
);
create index upload_object_version on upload_object (key, version_id);

grant select, insert, update on upload to tiezheng_app;
grant select, insert, delete on upload_object to tiezheng_app;
