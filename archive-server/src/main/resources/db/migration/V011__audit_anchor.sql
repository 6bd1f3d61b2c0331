-- Time-stamps over heads of the audit log: rows up to there were as they are when the authority signed.
create table audit_anchor (
    seq       bigint      primary key references audit_event,
    -- of that row; what the token is over
    hash      text        not null,
    -- of the token
    at        timestamptz not null,
    authority text        not null,
    -- by the archive's own authority: convinces no outsider
    embedded  boolean     not null,
    -- RFC 3161, DER
    token     bytea       not null
);
create trigger audit_anchor_append_only before update or delete or truncate on audit_anchor
    for each statement execute function audit_event_is_append_only();
grant select, insert on audit_anchor to tiezheng_app;
