-- Fixity: every object in every store is read again, hashed and compared, on a schedule (docs/fixity.md).
--
-- An object is what the catalogue names: a key and a version of the primary store. A copy is that object in one store. Rows are
-- added by triggers in the transaction that adds the object to the catalogue, so nothing can be archived and never be checked.

-- Stores that are checked; the server writes them when it starts.
create table fixity_store (
    id         text        primary key,
    -- the store whose versions the catalogue names
    is_primary boolean     not null,
    added_at   timestamptz not null,
    -- no longer configured: its copies are kept in the tables and not read
    retired_at timestamptz
);

-- One row: how fast, and whether at all. Servers look here every few seconds.
create table fixity_pace (
    only_row         boolean  primary key default true check (only_row),
    -- every copy is read once in this time
    period           interval not null default '90 days' check (period > '0'),
    -- of each server; null: as configured
    bytes_per_second bigint   check (bytes_per_second > 0),
    paused_at        timestamptz,
    paused_by        text,
    paused_by_name   text,
    pause_reason     text,
    check ((paused_at is null) = (paused_by is null))
);
insert into fixity_pace default values;

-- Servers at work. What a server claimed is free again when it has not been seen for a minute.
create table fixity_worker (
    id         uuid        primary key,
    node       text        not null,
    started_at timestamptz not null,
    seen_at    timestamptz not null
);

create table fixity_object (
    id          bigint      generated always as identity primary key,
    key         text        not null,
    -- in the primary store, as the catalogue has it
    version_id  text        not null,
    sha256      text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes  bigint      not null check (size_bytes >= 0),
    enrolled_at timestamptz not null default now(),
    unique (key, version_id)
);
create index fixity_object_sha256 on fixity_object (sha256);

create table fixity_copy (
    object_id  bigint      not null references fixity_object,
    store_id   text        not null references fixity_store,
    -- in this store; null until the first check has found it there
    version_id text,
    -- moves on by whole periods, so that copies which were read late do not gather on one day
    due_at     timestamptz not null,
    claimed_by uuid,
    -- of the last check; null: never checked
    outcome    text,
    remarks    text[]      not null default '{}',
    checked_at timestamptz,
    primary key (object_id, store_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
create index fixity_copy_due on fixity_copy (store_id, due_at) where claimed_by is null;
create index fixity_copy_claimed on fixity_copy (claimed_by) where claimed_by is not null;
create index fixity_copy_checked on fixity_copy (store_id, checked_at);
create index fixity_copy_not_good on fixity_copy (store_id, outcome) where outcome <> 'GOOD' or remarks <> '{}';

-- One row for every check of a copy, for ever.
create table fixity_result (
    id           bigint      generated always as identity primary key,
    object_id    bigint      not null,
    store_id     text        not null,
    -- null: none was found
    version_id   text,
    -- the run a person began; null: the schedule, or a check in the course of a repair
    run_id       uuid,
    at           timestamptz not null,
    outcome      text        not null check (outcome in ('GOOD', 'CHANGED', 'TRUNCATED', 'SWAPPED', 'MISSING', 'UNREADABLE',
        'NO_ANSWER', 'AWAITED')),
    remarks      text[]      not null,
    bytes_read   bigint      not null,
    -- where they are not the expected ones
    found_sha256 text,
    found_bytes  bigint,
    detail       text,
    node         text        not null
);
create index fixity_result_object on fixity_result (object_id, id);
create index fixity_result_run on fixity_result (run_id, id) where run_id is not null;
create index fixity_result_not_good on fixity_result (id) where outcome <> 'GOOD' or remarks <> '{}';

-- What was done on one day in Beijing, for figures and reports.
create table fixity_day (
    day      date   not null,
    store_id text   not null,
    origin   text   not null check (origin in ('SCHEDULE', 'RUN')),
    outcome  text   not null,
    objects  bigint not null,
    bytes    bigint not null,
    primary key (day, store_id, origin, outcome)
);

-- Runs that a person began on a selection.
create table fixity_run (
    id                uuid        primary key,
    state             text        not null check (state in ('PREPARING', 'RUNNING', 'PAUSED', 'DONE', 'CANCELLED', 'FAILED')),
    -- {"kind":"PACKAGE","evidence":"…"}, {"kind":"SEARCH",…}, {"kind":"STORE","store":"…"}, {"kind":"ALL"}
    selection         jsonb       not null,
    -- of the selection, 0 to 1: an object is taken if the first 32 bits of SHA-256(seed ":" sha256) are below it
    sample            numeric     not null check (sample > 0 and sample <= 1),
    seed              text        not null,
    requested_by      text        not null,
    requested_by_name text        not null,
    started_at        timestamptz not null,
    finished_at       timestamptz,
    -- how far PREPARING has come; a restart goes on there
    prepared_to       bigint      not null default 0,
    claimed_by        uuid,
    -- selected, before the sample was taken
    selected          bigint      not null default 0,
    objects           bigint      not null default 0,
    bytes             bigint      not null default 0,
    done              bigint      not null default 0,
    done_bytes        bigint      not null default 0,
    good              bigint      not null default 0,
    bad               bigint      not null default 0,
    unknown           bigint      not null default 0,
    failure           text,
    check ((finished_at is null) = (state in ('PREPARING', 'RUNNING', 'PAUSED')))
) with (fillfactor = 70);
create index fixity_run_open on fixity_run (started_at) where finished_at is null;
create index fixity_run_at on fixity_run (started_at);

-- What a run has still to do; a row goes when its copy has been checked.
create table fixity_item (
    run_id     uuid   not null references fixity_run,
    object_id  bigint not null,
    store_id   text   not null,
    claimed_by uuid,
    primary key (run_id, object_id, store_id)
);
create index fixity_item_free on fixity_item (store_id, run_id, object_id) where claimed_by is null;
create index fixity_item_claimed on fixity_item (claimed_by) where claimed_by is not null;

-- Listings of the stores, one 256th of the keys at a time, for what the catalogue does not know.
create table fixity_listing (
    store_id   text        not null references fixity_store,
    prefix     text        not null,
    due_at     timestamptz not null,
    claimed_by uuid,
    checked_at timestamptz,
    versions   bigint      not null default 0,
    unknown    bigint      not null default 0,
    primary key (store_id, prefix)
);

-- Versions and delete markers that a listing saw and the catalogue does not know.
create table fixity_extra (
    id              bigint      generated always as identity primary key,
    store_id        text        not null,
    key             text        not null,
    version_id      text        not null,
    size_bytes      bigint      not null,
    delete_marker   boolean     not null,
    -- what a reader who names no version would get instead of an object of ours
    covers          boolean     not null,
    first_seen      timestamptz not null,
    last_seen       timestamptz not null,
    gone_at         timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    acknowledged_by_name text,
    acknowledged_reason  text,
    unique (store_id, key, version_id)
);
create index fixity_extra_open on fixity_extra (id) where acknowledged_at is null and gone_at is null;

-- Packages whose rows in the catalogue are compared with what was logged and what the package says of itself.
create table fixity_package (
    evidence_id uuid        primary key references evidence,
    due_at      timestamptz not null,
    claimed_by  uuid,
    -- SAME, DIFFERS, UNKNOWN; null: never compared
    outcome     text,
    checked_at  timestamptz
) with (fillfactor = 80);
create index fixity_package_due on fixity_package (due_at) where claimed_by is null;
create index fixity_package_claimed on fixity_package (claimed_by) where claimed_by is not null;
create index fixity_package_checked on fixity_package (checked_at);

create table fixity_package_result (
    id          bigint      generated always as identity primary key,
    evidence_id uuid        not null,
    at          timestamptz not null,
    outcome     text        not null check (outcome in ('SAME', 'DIFFERS', 'UNKNOWN')),
    -- what was compared with: LOG_LEAF, LOG_OBJECTS, MANIFEST
    compared    text[]      not null,
    differences text[]      not null,
    node        text        not null
);
create index fixity_package_result_of on fixity_package_result (evidence_id, id);

-- Something wrong with a copy, or with the rows of a package, from its finding to its end.
create table fixity_damage (
    id              uuid        primary key,
    kind            text        not null check (kind in ('COPY', 'CATALOGUE')),
    object_id       bigint      references fixity_object,
    store_id        text,
    -- the version that was found bad; it stays in the store
    version_id      text,
    evidence_id     uuid,
    outcome         text        not null,
    remarks         text[]      not null,
    found_sha256    text,
    found_bytes     bigint,
    detail          text,
    found_at        timestamptz not null,
    -- the last check that saw it
    seen_at         timestamptz not null,
    -- the store whose copy was read whole and good after this one was found bad; null: none
    good_store      text,
    good_at         timestamptz,
    state           text        not null check (state in ('OPEN', 'REPAIRED', 'GONE', 'DISMISSED')),
    closed_at       timestamptz,
    closed_by       text,
    closed_by_name  text,
    closing_reason  text,
    check ((kind = 'COPY') = (object_id is not null and store_id is not null)),
    check ((kind = 'CATALOGUE') = (evidence_id is not null)),
    check ((state = 'OPEN') = (closed_at is null))
);
create unique index fixity_damage_copy on fixity_damage (object_id, store_id) where state = 'OPEN' and kind = 'COPY';
create unique index fixity_damage_catalogue on fixity_damage (evidence_id) where state = 'OPEN' and kind = 'CATALOGUE';
create index fixity_damage_of on fixity_damage (object_id);
create index fixity_damage_at on fixity_damage (found_at);

-- A repair: proposed by one person, decided by another, done by the server.
create table fixity_repair (
    id               uuid        primary key,
    damage_id        uuid        not null references fixity_damage,
    -- OBSOLETE: what was damaged was closed otherwise before it came to it
    state            text        not null check (state in ('PROPOSED', 'REJECTED', 'APPROVED', 'DONE', 'OBSOLETE')),
    proposed_by      text        not null,
    proposed_by_name text        not null,
    proposed_at      timestamptz not null,
    reason           text        not null,
    decided_by       text,
    decided_by_name  text,
    decided_at       timestamptz,
    decision_reason  text,
    -- where the good bytes came from, and the version that now holds them
    source_store     text,
    new_version_id   text,
    claimed_by       uuid,
    attempts         int         not null default 0,
    failure          text,
    retry_at         timestamptz,
    done_at          timestamptz,
    check (decided_by is null or decided_by <> proposed_by),
    check (state = 'OBSOLETE' or (state = 'PROPOSED') = (decided_by is null)),
    check ((state = 'DONE') = (done_at is not null))
);
create unique index fixity_repair_one on fixity_repair (damage_id) where state in ('PROPOSED', 'APPROVED');
create index fixity_repair_open on fixity_repair (proposed_at) where state in ('PROPOSED', 'APPROVED');
create index fixity_repair_of on fixity_repair (damage_id, proposed_at);

-- ---- what is in the catalogue is enrolled ------------------------------------------------------------------------------

-- Adds an object and a copy in each store, first due at a random moment of the coming period.
create function fixity_enrol(new_key text, new_version text, new_sha256 text, new_size bigint) returns void
language plpgsql as $$
declare
    new_id bigint;
begin
    insert into fixity_object (key, version_id, sha256, size_bytes) values (new_key, new_version, new_sha256, new_size)
        on conflict do nothing returning id into new_id;
    if new_id is null then
        -- Known already; its copies are gone if it was disposed of once.
        select id into new_id from fixity_object where key = new_key and version_id = new_version;
    end if;
    if not exists (select 1 from fixity_copy where object_id = new_id) then
        insert into fixity_copy (object_id, store_id, version_id, due_at)
            select new_id, s.id, case when s.is_primary then new_version end, now() + random() * p.period
            from fixity_store s cross join fixity_pace p where s.retired_at is null
            on conflict do nothing;
    end if;
end
$$;

create function fixity_enrol_member() returns trigger language plpgsql as $$
begin
    perform fixity_enrol(new.key, new.version_id, new.sha256, new.size_bytes);
    return null;
end
$$;
create trigger fixity_enrol_member after insert on evidence_object for each row execute function fixity_enrol_member();

create function fixity_enrol_package() returns trigger language plpgsql as $$
begin
    insert into fixity_package (evidence_id, due_at)
        select new.id, now() + random() * period from fixity_pace on conflict do nothing;
    return null;
end
$$;
create trigger fixity_enrol_package after insert on evidence for each row execute function fixity_enrol_package();

create trigger fixity_enrol_kept after insert on kept_object for each row execute function fixity_enrol_member();

-- What is lawfully disposed of leaves the catalogue and is checked no more; results and damages of it stay.
create function fixity_end_member() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from evidence_object where key = old.key and version_id = old.version_id)
        and not exists (select 1 from kept_object where key = old.key and version_id = old.version_id) then
        delete from fixity_copy c using fixity_object o
            where o.id = c.object_id and o.key = old.key and o.version_id = old.version_id;
    end if;
    delete from fixity_package where evidence_id = old.evidence_id;
    return null;
end
$$;
create trigger fixity_end_member after delete on evidence_object for each row execute function fixity_end_member();

-- What was archived before this file ran. Copies follow when the server registers its stores.
insert into fixity_object (key, version_id, sha256, size_bytes)
    select distinct on (key, version_id) key, version_id, sha256, size_bytes
        from (select key, version_id, sha256, size_bytes from evidence_object
            union all select key, version_id, sha256, size_bytes from kept_object) as catalogued
        order by key, version_id;
insert into fixity_package (evidence_id, due_at) select id, now() + random() * interval '90 days' from evidence;

-- ---- rights --------------------------------------------------------------------------------------------------------------

create function fixity_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'results of fixity checks are append-only';
end
$$;
create trigger fixity_result_append_only before update or delete or truncate on fixity_result
    for each statement execute function fixity_is_append_only();
create trigger fixity_package_result_append_only before update or delete or truncate on fixity_package_result
    for each statement execute function fixity_is_append_only();

grant select, insert on fixity_result, fixity_package_result, fixity_object, fixity_damage, fixity_repair, fixity_extra,
    fixity_run, fixity_copy, fixity_listing, fixity_package, fixity_store to tiezheng_app;
grant select, update on fixity_pace to tiezheng_app;
grant select, insert, update, delete on fixity_worker, fixity_item to tiezheng_app;
-- Objects that were lawfully disposed of are checked no more.
grant delete on fixity_copy to tiezheng_app;
grant select, insert, update on fixity_day to tiezheng_app;
grant update (retired_at) on fixity_store to tiezheng_app;
grant update (version_id) on fixity_object to tiezheng_app;
grant update (version_id, due_at, claimed_by, outcome, remarks, checked_at) on fixity_copy to tiezheng_app;
grant update (state, finished_at, prepared_to, claimed_by, selected, objects, bytes, done, done_bytes, good, bad, unknown,
    failure) on fixity_run to tiezheng_app;
grant update (due_at, claimed_by, checked_at, versions, unknown) on fixity_listing to tiezheng_app;
grant update (last_seen, gone_at, covers, acknowledged_at, acknowledged_by, acknowledged_by_name, acknowledged_reason) on
    fixity_extra to tiezheng_app;
grant update (due_at, claimed_by, outcome, checked_at) on fixity_package to tiezheng_app;
grant update (seen_at, good_store, good_at, state, closed_at, closed_by, closed_by_name, closing_reason) on fixity_damage
    to tiezheng_app;
grant update (state, decided_by, decided_by_name, decided_at, decision_reason, source_store, new_version_id, claimed_by,
    attempts, failure, retry_at, done_at) on fixity_repair to tiezheng_app;

-- A repaired copy of the primary store is a new version, and the catalogue names it. That is the only change of a member there is, and
-- the application cannot make it but here: for a repair that one person proposed and another approved, from the version that was found
-- bad to the one that was put for it.
create function fixity_name_version(repair uuid) returns boolean
language plpgsql security definer set search_path = public as $$
declare
    r record;
begin
    select p.new_version_id, o.key, o.version_id into r
        from fixity_repair p join fixity_damage d on d.id = p.damage_id join fixity_object o on o.id = d.object_id
            join fixity_store s on s.id = d.store_id
        where p.id = repair and p.state = 'APPROVED' and p.new_version_id is not null and p.decided_by <> p.proposed_by
            and d.state = 'OPEN' and s.is_primary;
    if not found then
        return false;
    end if;
    update evidence_object set version_id = r.new_version_id where key = r.key and version_id = r.version_id;
    update kept_object set version_id = r.new_version_id where key = r.key and version_id = r.version_id;
    return true;
end
$$;
revoke all on function fixity_name_version(uuid) from public;
grant execute on function fixity_name_version(uuid) to tiezheng_app;
