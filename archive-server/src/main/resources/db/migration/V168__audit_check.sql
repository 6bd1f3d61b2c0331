-- Verifications of the audit chain: what was read, when, and what was found (docs/board.md). A look at the board shows the last ones;
-- none is ever changed.
create table audit_check (
    id          bigint      generated always as identity primary key,
    -- FULL: from the first row; NEW: from the row up to which the last intact check had read
    kind        text        not null check (kind in ('FULL', 'NEW')),
    -- the server that read, and who asked it to; system:... for the schedule
    node        text        not null,
    asked_by    text        not null,
    asked_name  text        not null,
    begun_at    timestamptz not null,
    ended_at    timestamptz not null check (ended_at >= begun_at),
    from_seq    bigint      not null check (from_seq > 0),
    rows        bigint      not null check (rows >= 0),
    -- the last row read; 0 and zeros of an empty log
    head_seq    bigint      not null,
    head_hash   text        not null check (head_hash ~ '^[0-9a-f]{64}$'),
    -- heads known from elsewhere (time-stamps, the server's notes, earlier checks) that had to be in the chain
    noted       int         not null,
    -- what is wrong: [{"seq":…,"kind":…,"detail":…},…], at most 100; empty: nothing
    breaks      jsonb       not null,
    -- there were more
    truncated   boolean     not null,
    -- why the log could not be read to its end: then nothing is known
    failure     text
);
create index audit_check_kind on audit_check (kind, id desc);
create trigger audit_check_append_only before update or delete or truncate on audit_check
    for each statement execute function audit_event_is_append_only();
grant select, insert on audit_check to tiezheng_app;
