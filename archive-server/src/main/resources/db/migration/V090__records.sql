-- Evidence records (docs/records.md): which packages wait for one, the batches they are made in, their renewals.
--
-- A batch is one object in the store (kept_object, kind RECORD_BATCH) and one row here for as long as the archive stands. A chain is
-- a tree of packages under one digest algorithm: made by a FIRST or TREE batch, carried on by TOKEN batches. The records of a
-- chain's packages are made from its newest batch.

-- Archived, and not chosen for a batch yet. A row comes with the package, in its transaction, whoever writes it.
create table record_queue (
    evidence_id uuid primary key references evidence,
    queued_at   timestamptz not null
);
create index record_queue_order on record_queue (queued_at, evidence_id);
insert into record_queue (evidence_id, queued_at) select id, archived_at from evidence;
create function record_queue_evidence() returns trigger language plpgsql as $$
begin
    insert into record_queue (evidence_id, queued_at) values (new.id, new.archived_at);
    return null;
end
$$;
create trigger evidence_waits_for_its_record after insert on evidence
    for each row execute function record_queue_evidence();

create table record_batch (
    id                uuid primary key,
    -- FIRST: of packages without a record; TOKEN: the token of a chain renewed; TREE: another digest algorithm, data read again
    kind              text not null check (kind in ('FIRST', 'TOKEN', 'TREE')),
    chain_id          uuid not null,
    parent            uuid references record_batch,
    -- see the comment of class RecordBatches for what a crash leaves in each of them
    state             text not null check (state in ('READING', 'CHOSEN', 'STAMPED', 'DONE', 'CANCELLED', 'FAILED')),
    hash              text not null,
    -- packages in its tree; while READING those to be read
    members           int  not null check (members > 0),
    -- DER. The token of the parent, with the CRLs of the moment, and the new one.
    previous_token    bytea,
    token             bytea,
    authority         text,
    embedded          boolean,
    stamped_at        timestamptz,
    -- when the first certificate of the token's path ends
    certificates_end  timestamptz,
    -- when the policy ends the first of its algorithms; null: no end known
    algorithms_end    timestamptz,
    -- whether CRLs of the moment of renewal could be had
    crls              boolean,
    retain_until      timestamptz not null,
    -- newest of its chain, and somebody's record is made from it
    live              boolean not null default false,
    -- no renewal is tried before
    renew_after       timestamptz,
    attempts          int not null default 0,
    failure           text,
    retry_at          timestamptz,
    cancel            boolean not null default false,
    requested_by      text not null,
    requested_by_name text not null,
    created_at        timestamptz not null,
    done_at           timestamptz,
    check ((kind = 'FIRST') = (parent is null)),
    check (state not in ('STAMPED', 'DONE') or token is not null),
    check ((state = 'DONE') = (done_at is not null))
);
create index record_batch_order on record_batch (created_at, id);
create index record_batch_open on record_batch (created_at) where state in ('READING', 'CHOSEN', 'STAMPED');
create index record_batch_live on record_batch (certificates_end) where live;
create index record_batch_done on record_batch (done_at) where state = 'DONE';
-- A batch is renewed once at a time, whichever server begins.
create unique index record_batch_one_renewal on record_batch (parent) where state in ('READING', 'CHOSEN', 'STAMPED');

-- The packages of a chain, with the hash of their group in its tree.
create table record_member (
    chain_id    uuid  not null references record_batch,
    evidence_id uuid  not null references evidence,
    group_hash  bytea not null,
    primary key (chain_id, evidence_id)
);

-- The chain that a package's record is made from.
create table record_current (
    evidence_id uuid primary key references evidence,
    chain_id    uuid not null references record_batch
);
create index record_current_chain on record_current (chain_id, evidence_id);

-- Progress of a hash-tree renewal: one row for each package that was read again.
create table record_reading (
    batch_id    uuid        not null references record_batch,
    evidence_id uuid        not null references evidence,
    outcome     text        not null check (outcome in ('READ', 'BAD', 'GONE')),
    bytes       bigint      not null,
    reason      text,
    read_at     timestamptz not null,
    primary key (batch_id, evidence_id)
);
create index record_reading_bad on record_reading (batch_id) where outcome = 'BAD';

-- What was found when it was read: digests under further algorithms, which a record of two chains needs.
create table record_digest (
    evidence_id uuid  not null references evidence,
    hash        text  not null,
    member      text  not null,
    digest      bytea not null,
    primary key (evidence_id, hash, member)
);

-- One row: which server works, and when what is due next.
create table record_state (
    only_row      boolean primary key default true check (only_row),
    worker        text,
    lease_until   timestamptz not null default '-infinity',
    next_batch_at timestamptz not null default '-infinity',
    next_check_at timestamptz not null default '-infinity',
    -- digest of the algorithm policy that algorithms_end was found with
    policy        text not null default '',
    -- why the last look for what is due failed; empty if it did not
    failure       text not null default ''
);
insert into record_state default values;

grant select, insert, delete on record_queue to tiezheng_app;
-- "for update" in the choice of a batch
grant update (queued_at) on record_queue to tiezheng_app;
grant select, insert on record_batch, record_member, record_current, record_reading, record_digest to tiezheng_app;
grant update (state, members, previous_token, token, authority, embedded, stamped_at, certificates_end, algorithms_end, crls,
    retain_until, live, renew_after, attempts, failure, retry_at, cancel, done_at) on record_batch to tiezheng_app;
grant update (chain_id) on record_current to tiezheng_app;
grant select, update on record_state to tiezheng_app;
