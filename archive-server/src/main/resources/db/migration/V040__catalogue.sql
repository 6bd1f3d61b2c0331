-- The catalogue: what is archived, where its objects are, what was found out about it, and who has to do with it.
--
-- What the package says of itself never changes: the application may update only the columns named in the grants at the
-- end. Everything a person adds later (links, confirmations, reviews) is a row of its own, added and never rewritten; the
-- columns in evidence that repeat the latest of them are there for searching.

create table evidence (
    -- id of capture.json
    id uuid primary key,
    -- order of archiving; the cursor of every list
    number bigint generated always as identity unique,
    job_id bigint unique,
    -- of capture.wacz: the identity of the package
    sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
    sm3 text not null check (sm3 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint not null check (size_bytes > 0),
    -- of the whole <id>.asice as it arrived
    package_sha256 text not null check (package_sha256 ~ '^[0-9a-f]{64}$'),
    package_bytes bigint not null check (package_bytes > 0),
    target_url text not null,
    final_url text,
    title text,
    captured_from timestamptz not null,
    captured_to timestamptz not null,
    -- earliest time-stamp of the seal that was validated, else the earliest
    sealed_at timestamptz,
    archived_at timestamptz not null,
    completeness text not null,
    completeness_reasons text[] not null,
    -- at ingest and after every later verification on the server
    verdict text not null check (verdict in ('VALID', 'INDETERMINATE', 'INVALID')),
    verified_at timestamptz not null,
    -- a token or the signature leads to a root that the operator runs himself
    embedded_authority boolean not null,
    -- report of the verification at ingest, as the verifier prints it
    report jsonb not null,
    -- JOB: captured by a job of this server; UPLOAD: brought by a person; ORPHAN: a late result adopted by a person
    origin text not null check (origin in ('JOB', 'UPLOAD', 'ORPHAN')),
    -- made by a schedule or batch: to be looked at by a person before it may be used
    automatic boolean not null,
    reviewed_at timestamptz,
    -- accounts that had a part in the capture; none of them may review it
    officer_ids text[] not null,
    officer_names text[] not null,
    archived_by text not null,
    archived_by_name text not null,
    purpose text,
    retain_until timestamptz not null,
    clue_no text,
    case_no text,
    fact_to_prove text,
    shop text,
    platform text,
    -- when the second of two distinct officers confirmed
    confirmed_at timestamptz,
    -- grows with every change of this row: the ETag
    version bigint not null default 1,
    check (captured_to >= captured_from)
);
create index evidence_clue on evidence (clue_no, number) where clue_no is not null;
create index evidence_case on evidence (case_no, number) where case_no is not null;
create index evidence_captured on evidence (captured_from);
create index evidence_archived on evidence (archived_at);
create index evidence_verdict on evidence (verdict, number);
create index evidence_completeness on evidence (completeness, number);
create index evidence_officers on evidence using gin (officer_ids) with (fastupdate = off);
create index evidence_unconfirmed on evidence (number) where confirmed_at is null;
create index evidence_unreviewed on evidence (number) where automatic and reviewed_at is null;
create index evidence_target on evidence using hash (target_url);

-- One row per member of the container, in its order; <id>.asice is put together from them.
create table evidence_object (
    evidence_id uuid not null references evidence,
    position smallint not null,
    member text not null,
    sha256 text not null,
    -- where the package lists one
    sm3 text,
    size_bytes bigint not null,
    -- of the zip header, 0 to 4294967295
    crc32 bigint not null,
    key text not null,
    version_id text not null,
    primary key (evidence_id, position),
    unique (evidence_id, member)
);
create index evidence_object_version on evidence_object (key, version_id);

-- Files inside capture.wacz, where they are in it, and their digests as datapackage.json lists them (verified at ingest).
create table evidence_file (
    evidence_id uuid not null references evidence,
    position smallint not null,
    name text not null,
    -- first byte of the content, from the start of capture.wacz
    data_offset bigint not null,
    size_bytes bigint not null,
    sha256 text,
    sm3 text,
    primary key (evidence_id, position),
    unique (evidence_id, name)
);

-- What is searched: words holds every pair of neighbouring Chinese characters, every other word whole, and the same for
-- links with a prefix of their own (see SearchWords). body is the normalised text those came from, to look again.
create table evidence_text (
    number bigint primary key references evidence (number),
    body text not null,
    -- the text had more words than an index entry can hold
    cut boolean not null,
    words tsvector not null
);
create index evidence_text_words on evidence_text using gin (words) with (fastupdate = off);

-- Every link ever made; the newest of a kind is the one in force, value null lifts it.
create table evidence_link (
    id bigint generated always as identity primary key,
    evidence_id uuid not null references evidence,
    kind text not null check (kind in ('CLUE', 'CASE', 'FACT', 'SHOP', 'PLATFORM')),
    value text,
    reason text,
    linked_at timestamptz not null,
    linked_by text not null,
    linked_by_name text not null
);
create index evidence_link_of on evidence_link (evidence_id, id);

create table confirmation (
    evidence_id uuid not null references evidence,
    account_id text not null,
    name text not null,
    unit text not null,
    cert_no text not null,
    cert_valid_from date not null,
    cert_valid_to date not null,
    method text not null check (method in ('OWN_SESSION', 'ON_THE_SPOT')),
    confirmed_at timestamptz not null,
    primary key (evidence_id, account_id),
    -- one certificate is one person
    unique (evidence_id, cert_no)
);
create index confirmation_by on confirmation (account_id, confirmed_at);

create table automatic_review (
    evidence_id uuid not null references evidence,
    id bigint generated always as identity primary key,
    account_id text not null,
    name text not null,
    note text not null,
    reviewed_at timestamptz not null
);
create index automatic_review_of on automatic_review (evidence_id, id);

create table verification (
    id uuid primary key,
    evidence_id uuid not null references evidence,
    state text not null check (state in ('RUNNING', 'DONE', 'CANCELLED', 'FAILED')),
    requested_by text not null,
    requested_by_name text not null,
    options text[] not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    bytes_total bigint not null,
    verdict text check (verdict in ('VALID', 'INDETERMINATE', 'INVALID')),
    -- as the verifier prints it
    report jsonb,
    failure text,
    check ((state = 'DONE') = (verdict is not null))
);
create index verification_of on verification (evidence_id, started_at);
create index verification_running on verification (started_at) where state = 'RUNNING';

create table verification_check (
    verification_id uuid not null references verification,
    position int not null,
    code text not null,
    verdict text not null,
    subject text not null,
    details jsonb not null,
    primary key (verification_id, position)
);

-- Leaves for the transparency log, in the transaction that archives. The log takes them in the order of id.
create table log_queue (
    id bigint generated always as identity primary key,
    leaf text not null,
    evidence_id uuid not null,
    queued_at timestamptz not null
);

grant select, insert on evidence, evidence_object, evidence_file, evidence_text, evidence_link, confirmation,
    automatic_review, verification, verification_check, log_queue to tiezheng_app;
grant update (clue_no, case_no, fact_to_prove, shop, platform, confirmed_at, reviewed_at, verdict, verified_at,
    retain_until, version) on evidence to tiezheng_app;
grant update (body, cut, words) on evidence_text to tiezheng_app;
grant update (state, finished_at, verdict, report, failure) on verification to tiezheng_app;
