-- Filing (归档): fonds and the rules of their archival codes, volumes, what was filed under which code, the four-property
-- checks, and packages for other archives. See docs/filing.md.
--
-- What was filed is never unfiled: no row of volume, filed, check_run and check_result that is done can be changed or deleted by
-- the application, and a number of a series is given once.

create table fonds (
    no text primary key check (no ~ '^[A-Z0-9]{1,12}$'),
    made_at timestamptz not null,
    made_by text not null,
    made_by_name text not null
);

-- Every setting of a fonds ever in force; the newest is. Codes name the rule they were made by.
create table fonds_rule (
    id bigint generated always as identity primary key,
    fonds_no text not null references fonds,
    name text not null check (char_length(name) between 1 and 200),
    -- the body whose records these are (立档单位)
    unit text not null check (char_length(unit) between 1 and 200),
    item_pattern text not null check (char_length(item_pattern) between 1 and 200),
    volume_pattern text not null check (char_length(volume_pattern) between 1 and 200),
    -- code tables: [{"code":…,"name":…},…], the first is the default
    categories jsonb not null,
    organisations jsonb not null,
    made_at timestamptz not null,
    made_by text not null,
    made_by_name text not null
);
create index fonds_rule_of on fonds_rule (fonds_no, id desc);

-- The last number given in a series: all that is in front of the number in a code. Raised in the transaction that files, so a
-- number is neither skipped nor given twice.
create table code_series (
    series text primary key,
    fonds_no text not null references fonds,
    last_number integer not null check (last_number >= 0),
    -- numbers that came with packages of another archive: gaps below are that archive's
    imported boolean not null default false
);

create table volume (
    id uuid primary key,
    archival_code text not null unique,
    fonds_no text not null references fonds,
    rule_id bigint not null references fonds_rule,
    series text not null,
    volume_no integer not null check (volume_no > 0),
    case_no text not null,
    retention_class text not null,
    category text not null,
    organisation text not null,
    year smallint not null,
    title text not null,
    origin text not null check (origin in ('FILED', 'IMPORTED')),
    opened_at timestamptz not null,
    opened_by text not null,
    opened_by_name text not null,
    unique (series, volume_no)
);
create unique index volume_of_case on volume (fonds_no, case_no, retention_class);

-- A run of the four-property check on one package.
create table check_run (
    id uuid primary key,
    evidence_id uuid not null references evidence,
    -- GD: on filing; CQ: while kept
    profile text not null check (profile in ('GD', 'CQ')),
    rule_version text not null,
    state text not null check (state in ('RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    -- worst result when the run was done; what persons say later is in check_answer
    outcome text check (outcome in ('PASS', 'WARN', 'BLOCK', 'OPEN')),
    operator text not null,
    operator_name text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    failure text,
    check ((state = 'DONE') = (outcome is not null))
);
create index check_run_of on check_run (evidence_id, started_at);
create index check_run_at on check_run (started_at);

create table check_result (
    run_id uuid not null references check_run,
    position smallint not null,
    code text not null,
    result text not null check (result in ('PASS', 'FAIL', 'NOT_APPLICABLE', 'MANUAL')),
    -- key of the sentence and what stands in it: the evidence for the result
    detail text not null,
    arguments jsonb not null,
    primary key (run_id, code)
);

-- What a person found out where no program can; the newest answer to an item is in force.
create table check_answer (
    id bigint generated always as identity primary key,
    run_id uuid not null references check_run,
    code text not null,
    result text not null check (result in ('PASS', 'FAIL', 'NOT_APPLICABLE')),
    note text not null check (char_length(note) between 1 and 1000),
    answered_at timestamptz not null,
    answered_by text not null,
    answered_by_name text not null
);
create index check_answer_of on check_answer (run_id, id);

create table filed (
    evidence_id uuid primary key references evidence,
    -- order of filing; the cursor of lists
    number bigint generated always as identity unique,
    archival_code text not null unique,
    fonds_no text not null references fonds,
    rule_id bigint not null references fonds_rule,
    series text not null,
    item_no integer not null check (item_no > 0),
    volume_id uuid references volume,
    category text not null,
    organisation text not null,
    year smallint not null,
    retention_class text not null,
    -- DA/T 46 elements that are texts, as they were on the day
    title text not null,
    responsible text not null,
    document_date date not null,
    document_type text not null,
    page_no text,
    origin text not null check (origin in ('FILED', 'IMPORTED')),
    -- null: imported, the report came with the package
    run_id uuid references check_run,
    -- why it was filed although items warned
    reason text,
    -- the report as a kept object
    report_id uuid,
    report_sha256 text,
    filed_at timestamptz not null,
    filed_by text not null,
    filed_by_name text not null,
    unique (series, item_no)
);
create index filed_volume on filed (volume_id, item_no) where volume_id is not null;
create index filed_at on filed (filed_at);
create index filed_fonds on filed (fonds_no, number);

-- Metadata that came with an imported package, as it came: of this evidence, byte for byte.
create table filed_document (
    evidence_id uuid not null references evidence,
    name text not null,
    content bytea not null check (octet_length(content) <= 33554432),
    primary key (evidence_id, name)
);

-- Work that takes long: filing, checks, packages for other archives, packages from them. A lease says which server is at it;
-- when that server dies the lease ends and another goes on where the rows say.
create table filing_task (
    id uuid primary key,
    kind text not null check (kind in ('FILE', 'CHECK', 'EXPORT', 'IMPORT')),
    state text not null check (state in ('WAITING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    -- for people: what was chosen
    title text not null,
    parameters jsonb not null,
    -- the one server whose disk has the bytes; null: any
    node text,
    done_count integer not null default 0,
    total_count integer not null,
    done_bytes bigint not null default 0,
    total_bytes bigint not null default 0,
    owner text,
    lease_until timestamptz,
    attempts integer not null default 0,
    cancelled_by text,
    cancelled_by_name text,
    failure text,
    requested_by text not null,
    requested_by_name text not null,
    requested_role text not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    check ((state = 'RUNNING') = (owner is not null)),
    check ((state = 'RUNNING') = (lease_until is not null))
) with (fillfactor = 70);
create index filing_task_open on filing_task (created_at) where state in ('WAITING', 'RUNNING');
create index filing_task_latest on filing_task (kind, created_at);

-- One package of a task.
create table filing_item (
    task_id uuid not null references filing_task,
    position integer not null,
    evidence_id uuid not null,
    -- FILE and CHECK: QUEUED, then FILED, BLOCKED, OPEN (a person has to answer or give a reason), REFUSED, CHECKED, FAILED
    -- EXPORT: QUEUED, READY; IMPORT: QUEUED, SENT, FILED, CONFLICT, PRESENT
    state text not null check (state in ('QUEUED', 'FILED', 'BLOCKED', 'OPEN', 'REFUSED', 'CHECKED', 'FAILED', 'READY', 'SENT',
        'CONFLICT', 'PRESENT', 'CANCELLED')),
    -- stable word, then more
    reason text,
    run_id uuid references check_run,
    upload_id uuid references upload,
    -- of <id>.asice in the package for another archive
    size_bytes bigint,
    sha256 text,
    sha512 text,
    crc32 bigint,
    -- EvidenceExport.Exported.tag when it was read: another one later means that proofs were added since
    tag text,
    primary key (task_id, position)
);
create index filing_item_of on filing_item (evidence_id);
create index filing_item_open on filing_item (task_id) where state = 'OPEN';
create index filing_item_upload on filing_item (upload_id) where upload_id is not null;

-- Everything but the packages in a package for another archive, so that its bytes are the same whenever they are fetched; and
-- what was read out of one that came.
create table filing_document (
    task_id uuid not null references filing_task,
    position integer not null,
    name text not null,
    content bytea not null,
    primary key (task_id, position),
    unique (task_id, name)
);

-- For lists and searches; the row of filed decides.
alter table evidence add column archival_code text;
create unique index evidence_archival_code on evidence (archival_code text_pattern_ops) where archival_code is not null;
create index evidence_to_file on evidence (number)
    where archival_code is null and confirmed_at is not null and not (automatic and reviewed_at is null);
grant update (archival_code) on evidence to tiezheng_app;

grant select, insert on fonds, fonds_rule, volume, check_run, check_result, check_answer, filed, filed_document, filing_task,
    filing_item, filing_document, code_series to tiezheng_app;
grant update (last_number, imported) on code_series to tiezheng_app;
grant update (state, outcome, finished_at, failure) on check_run to tiezheng_app;
grant update (state, node, done_count, total_count, done_bytes, total_bytes, owner, lease_until, attempts, cancelled_by,
    cancelled_by_name, failure, finished_at, parameters) on filing_task to tiezheng_app;
grant update (state, reason, run_id, upload_id, size_bytes, sha256, sha512, crc32, tag) on filing_item to tiezheng_app;
grant delete on filing_document to tiezheng_app;
-- A run that a crash left half-way is begun again from its first item.
grant delete on check_result to tiezheng_app;
