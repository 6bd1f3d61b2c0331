-- Object stores (docs/storage.md): which were ever used, what their WORM self-tests found, and who let evidence into a store
-- that failed. Objects themselves are in evidence_object.

-- A store that was used once and is not there now is a disk that is not mounted, not a reason to begin an empty one.
create table store_seen (
    id         text        not null,
    location   text        not null,
    kind       text        not null check (kind in ('FOLDER', 'S3')),
    first_seen timestamptz not null,
    primary key (id, location)
);
grant select, insert on store_seen to tiezheng_app;

-- One row for each run of a self-test, for ever: the archive's own honesty can be checked later.
create table worm_test (
    number       bigint generated always as identity primary key,
    store_id     text        not null,
    location     text        not null,
    at           timestamptz not null,
    verdict      text        not null check (verdict in ('WORM', 'NOT_WORM', 'UNKNOWN')),
    probes       jsonb       not null,
    capabilities jsonb
);
create index worm_test_store on worm_test (store_id, location, number desc);
grant select, insert on worm_test to tiezheng_app;

-- An administrator lets evidence into a store that is not proved, and says why. Ends when it is withdrawn.
create table store_override (
    number         bigint generated always as identity primary key,
    store_id       text        not null,
    location       text        not null,
    at             timestamptz not null,
    actor_id       text        not null,
    actor_name     text        not null,
    reason         text        not null check (length(trim(reason)) >= 10),
    withdrawn_at   timestamptz,
    withdrawn_by   text
);
create unique index store_override_one on store_override (store_id, location) where withdrawn_at is null;
grant select, insert, update (withdrawn_at, withdrawn_by) on store_override to tiezheng_app;
