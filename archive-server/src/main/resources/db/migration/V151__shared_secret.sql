-- Which secrets the servers on this database must have in common: a fingerprint, never the secret itself. A server that has another
-- one does not start, rather than making what the others cannot read.

create table shared_secret (
    name text primary key,
    -- SHA-256 of name, a zero byte and the secret
    fingerprint text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
    first_used_at timestamptz not null default now()
);

grant select, insert on shared_secret to tiezheng_app;
