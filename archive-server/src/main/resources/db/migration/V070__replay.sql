-- Tokens of the replay origin. Short-lived: nothing refers to them, and rows that have expired are removed when the next is made.
create table replay_token (
    token_sha256 char(64)    primary key,
    evidence_id  uuid        not null,
    account      text        not null,
    embedder     text        not null,
    expires_at   timestamptz not null
);
create index replay_token_expires_at on replay_token (expires_at);
grant select, insert, delete on replay_token to tiezheng_app;
