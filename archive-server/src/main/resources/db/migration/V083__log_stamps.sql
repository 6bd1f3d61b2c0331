-- Checkpoints that time-stamp authorities stamped, every day and after each start; one row for each authority asked.
create table log_stamp (
    id bigint generated always as identity primary key,
    size bigint not null references log_checkpoint,
    -- the signed note as it stood; the token is over its SHA-256
    note text not null,
    authority text not null,
    embedded boolean not null,
    asked_at timestamptz not null,
    -- RFC 3161, DER; null if the authority did not answer
    token bytea,
    gen_time timestamptz,
    -- stable word; null if there is a token
    failure text,
    check ((token is null) = (failure is not null) and (token is null) = (gen_time is null))
);
create index log_stamp_authority on log_stamp (authority, id) where token is not null;

-- Keys of the log and certificates of authorities that the log's entries name as in use.
create table log_known (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('key', 'tsa')),
    -- verifier key, or name of the authority: not in the log
    name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    since timestamptz not null,
    gone timestamptz
);
create unique index log_known_once on log_known (kind, name, sha256) where gone is null;

grant select, insert on log_stamp, log_known to tiezheng_app;
grant update (gone) on log_known to tiezheng_app;

-- What came in in a period; the newest of one kind.
create index log_entry_assigned on log_entry (assigned_at);
