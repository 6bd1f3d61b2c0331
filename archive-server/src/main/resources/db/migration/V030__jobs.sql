-- Capture jobs: who asked for what, which agent has it, what came of it.
--
-- A job lives in exactly one of two tables: job while something is still to be done, job_history when nothing is. The
-- change of table is one transaction. job stays small, since every lease reads and rewrites it: dead rows in front of a
-- queue's index are what makes a queue slow, hence the autovacuum settings.

create sequence job_id;

create table batch (
    id bigint generated always as identity primary key,
    name text not null,
    submitted_by text not null,
    submitted_name text not null,
    submitted_at timestamptz not null,
    schedule_id bigint,
    -- of the list as submitted: the addresses, in order, one per line
    list_sha256 text not null,
    total int not null check (total > 0)
);
create index batch_by_submitter on batch (submitted_by, id);

create table job (
    id bigint primary key default nextval('job_id'),
    state text not null check (state in ('READY', 'LEASED')),
    priority smallint not null check (priority between 1 and 9),
    -- not leased before; later than now after a failure
    run_at timestamptz not null,
    -- lower case, with the port if it is not the scheme's: what politeness counts
    host text not null,
    url text not null,
    -- SHA-256 of the address without its fragment: the same page again
    page_key text not null,
    options jsonb not null,
    context jsonb not null,
    -- two officers as they were when the job was submitted
    officers jsonb not null,
    batch_id bigint references batch,
    submitted_by text not null,
    submitted_name text not null,
    submitted_at timestamptz not null,
    attempts int not null default 0,
    lease_owner text,
    lease_until timestamptz,
    -- fencing token: grows with every lease, never goes back, also not when a job is retried by hand
    lease_epoch bigint not null default 0,
    first_leased_at timestamptz,
    cancel_by text,
    cancel_reason text,
    -- of the last attempt that failed
    failure_code text,
    failure_message text,
    changed_at timestamptz not null,
    check ((state = 'LEASED') = (lease_owner is not null)),
    check ((state = 'LEASED') = (lease_until is not null))
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 200,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
-- lease_until is in no index, so a heartbeat is a heap-only update.
create index job_ready on job (host, priority, id) where state = 'READY';
create index job_leased_by on job (lease_owner, id) where state = 'LEASED';
create index job_leased_host on job (host) where state = 'LEASED';
create index job_of_batch on job (batch_id) where batch_id is not null;
create index job_of_submitter on job (submitted_by, id);
create index job_page on job using hash (page_key);

create table job_history (
    id bigint primary key,
    state text not null check (state in ('DONE', 'FAILED', 'CANCELLED')),
    priority smallint not null,
    host text not null,
    url text not null,
    page_key text not null,
    options jsonb not null,
    context jsonb not null,
    officers jsonb not null,
    batch_id bigint references batch,
    submitted_by text not null,
    submitted_name text not null,
    submitted_at timestamptz not null,
    attempts int not null,
    lease_owner text,
    lease_epoch bigint not null,
    first_leased_at timestamptz,
    cancel_by text,
    cancel_reason text,
    failure_code text,
    failure_message text,
    evidence_id uuid,
    changed_at timestamptz not null,
    check ((state = 'DONE') = (evidence_id is not null)),
    check (state <> 'FAILED' or failure_code is not null)
) with (autovacuum_vacuum_scale_factor = 0.02);
create index job_history_of_batch on job_history (batch_id) where batch_id is not null;
create index job_history_of_submitter on job_history (submitted_by, id);
create index job_history_state on job_history (state, id);
create index job_history_page on job_history using hash (page_key);

-- Hosts with jobs that wait. A lease takes a host first and then that host's best job, so that neither a batch of 10,000
-- addresses of one shop nor a million jobs make it slower. Only a hint: the lease looks into job, and repairs the row.
create table host_queue (
    host text primary key,
    -- the smallest among the waiting jobs, or smaller
    head_priority smallint not null,
    -- politeness: no other start before
    start_at timestamptz not null,
    -- no lease before: start_at, or the earliest run_at of the waiting jobs
    next_at timestamptz not null
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 200,
    autovacuum_vacuum_cost_delay = 0
);
create index host_queue_next on host_queue (head_priority, next_at, host);

-- Exceptions to the default politeness. interval_millis is the least time between two starts.
create table host_limit (
    host text primary key,
    concurrent int not null check (concurrent between 0 and 1000),
    interval_millis int not null check (interval_millis between 0 and 86400000),
    version bigint not null default 1,
    changed_by text not null,
    changed_at timestamptz not null
);

-- Steps of every attempt, kept: the epoch tells the attempts apart. At most 64 per attempt.
create table job_step (
    job_id bigint not null,
    epoch bigint not null,
    position smallint not null,
    name text not null,
    millis bigint not null,
    outcome text not null,
    primary key (job_id, epoch, position)
);

-- What the browser is shown while a job runs. Lost in a crash of the database, and written anew by the next heartbeat.
create unlogged table job_live (
    job_id bigint primary key,
    epoch bigint not null,
    -- grows with every change: the id of the event that the browser has seen last
    version bigint not null,
    step text,
    bytes bigint not null,
    elapsed_millis bigint not null,
    thumbnail bytea check (octet_length(thumbnail) <= 200000),
    thumbnail_version bigint,
    at timestamptz not null
);
create sequence job_live_version;

create table agent (
    name text primary key,
    account text not null,
    version text not null,
    slots int not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    -- finishes what it has, gets nothing new
    paused boolean not null default false,
    row_version bigint not null default 1
) with (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);

create table schedule (
    id bigint generated always as identity primary key,
    name text not null,
    owner text not null,
    -- as it was when the schedule was made; certificates are checked again at every run
    owner_name text not null,
    second_officer text not null,
    urls jsonb not null,
    options jsonb not null,
    context jsonb not null,
    priority smallint not null check (priority between 1 and 9),
    -- second minute hour day month weekday, in Asia/Shanghai
    cron text not null,
    ends_at timestamptz not null,
    state text not null check (state in ('ACTIVE', 'PAUSED', 'ENDED')),
    pause_reason text,
    next_at timestamptz,
    last_at timestamptz,
    last_batch_id bigint references batch,
    created_at timestamptz not null,
    version bigint not null default 1,
    check ((state = 'ACTIVE') = (next_at is not null))
);
create index schedule_due on schedule (next_at) where state = 'ACTIVE';
alter table batch add foreign key (schedule_id) references schedule;

-- A repeated submit is answered with what the first one made.
create table job_submission (
    account text not null,
    key text not null,
    body_sha256 text not null,
    job_id bigint,
    batch_id bigint,
    at timestamptz not null,
    primary key (account, key)
);
create index job_submission_at on job_submission (at);

create view job_any as
select id, state, priority, run_at, host, url, page_key, options, context, officers, batch_id, submitted_by, submitted_name,
    submitted_at, attempts, lease_owner, lease_until, lease_epoch, first_leased_at, cancel_by, cancel_reason, failure_code,
    failure_message, null::uuid as evidence_id, changed_at
from job
union all
select id, state, priority, null, host, url, page_key, options, context, officers, batch_id, submitted_by, submitted_name,
    submitted_at, attempts, lease_owner, null, lease_epoch, first_leased_at, cancel_by, cancel_reason, failure_code,
    failure_message, evidence_id, changed_at
from job_history;

grant select, insert, update, delete on job, job_history, host_queue, host_limit, job_step, job_live, agent, schedule,
    batch, job_submission to tiezheng_app;
grant select on job_any to tiezheng_app;
grant usage on sequence job_id, job_live_version to tiezheng_app;
