-- The audit log: who did what to which object, when, with what result (docs/operations.md, "Audit log").
-- hash covers the row and the hash before it; org.tiezheng.archive.audit.AuditEntry has the exact form.
create table audit_event (
    seq           bigint      primary key check (seq > 0),
    at            timestamptz not null,
    actor_id      text        not null,
    actor_name    text        not null,
    actor_role    text        not null,
    cert_no       text,
    client_ip     text,
    session_id    text,
    action        text        not null,
    object_type   text        not null,
    object_id     text        not null,
    object_digest text,
    result        text        not null check (result in ('OK', 'REFUSED', 'FAILED')),
    reason        text,
    approval_ref  text,
    prev_hash     text        not null check (prev_hash ~ '^[0-9a-f]{64}$'),
    hash          text        not null unique check (hash ~ '^[0-9a-f]{64}$')
);

create index audit_event_object on audit_event (object_type, object_id, seq);
create index audit_event_actor on audit_event (actor_id, seq);
create index audit_event_action on audit_event (action, seq);
create index audit_event_at on audit_event (at);

-- The application may read and add. The trigger also stops a slip of the owner's; it does not stop a superuser, whom the
-- chain finds instead.
create function audit_event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end
$$;
create trigger audit_event_append_only before update or delete or truncate on audit_event
    for each statement execute function audit_event_is_append_only();

grant select, insert on audit_event to tiezheng_app;
