-- The transparency log. Entries keep the position they were given for ever; tiles are derived from this table alone.
create table log_entry (
    pos bigint primary key check (pos >= 0),
    leaf text not null check (octet_length(leaf) <= 65535),
    -- The package it is of; null for other kinds of entries.
    evidence_id uuid,
    assigned_at timestamptz not null
);
create index log_entry_evidence on log_entry (evidence_id) where evidence_id is not null;

-- One row. Each number runs behind the one before it: assigned, integrated into tiles, signed, published.
create table log_state (
    only_row boolean primary key default true check (only_row),
    assigned bigint not null default 0,
    integrated bigint not null default 0 check (integrated <= assigned),
    signed bigint not null default 0 check (signed <= integrated),
    -- The signed note over the first "signed" entries; empty before the first.
    checkpoint text not null default '',
    signed_at timestamptz
);
insert into log_state default values;

grant select, insert on log_entry to tiezheng_app;
grant select on log_state to tiezheng_app;
grant update (assigned, integrated, signed, checkpoint, signed_at) on log_state to tiezheng_app;
-- A leaf is moved out of the queue, in one statement, into the log.
grant delete on log_queue to tiezheng_app;
