-- The copy of the published log in an object store; one row for each store that ever had one.
create table log_mirror (
    -- place of the store, as it describes itself
    store text primary key,
    -- entries whose full tiles are there; a multiple of 256
    tiles bigint not null default 0 check (tiles >= 0 and tiles % 256 = 0),
    -- bundles whose partial tiles are deleted there, since the full ones are there
    pruned bigint not null default 0 check (pruned >= 0),
    -- the checkpoint that lies there: entries, SHA-256 of the note, when it was put
    size bigint,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    at timestamptz,
    -- why the last turn failed; null if it did not
    failure text,
    failed_at timestamptz
);
grant select, insert, update on log_mirror to tiezheng_app;
