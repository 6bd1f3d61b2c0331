-- Who may use the archive: accounts, roles, officers, second factors, sessions of the screens, API tokens.
-- Owner: package identity. Every change below is written in one transaction with its audit event.

create table account (
    id                       uuid primary key,
    -- lower case, so that nobody signs in as "Admin" beside "admin"
    username                 text        not null unique check (username ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    display_name             text        not null check (length(display_name) between 1 and 100),
    state                    text        not null check (state in ('ACTIVE', 'DISABLED')),
    -- "{id}hash" as Spring's DelegatingPasswordEncoder writes it; null: signs in through the identity provider only
    password_hash            text,
    password_changed_at      timestamptz,
    -- set with a one-time password: nothing but choosing a new one is allowed, and only until then
    one_time_until           timestamptz,
    language                 text check (language in ('zh-CN', 'en')),
    -- refusals in a row since the last success, and the end of the wait they earned
    failed_sign_ins          integer     not null default 0 check (failed_sign_ins >= 0),
    locked_until             timestamptz,
    -- the pair an OpenID provider knows this person by
    oidc_issuer              text,
    oidc_subject             text,
    created_at               timestamptz not null,
    last_sign_in_at          timestamptz,
    unique (oidc_issuer, oidc_subject),
    check ((oidc_issuer is null) = (oidc_subject is null))
);

create table account_role (
    account_id uuid not null references account,
    role       text not null check (role in ('INSPECTOR', 'SECOND_OFFICER', 'LEGAL_REVIEWER', 'RESPONSIBLE_LEADER',
                                             'ARCHIVIST', 'AUDITOR', 'SYSTEM_ADMINISTRATOR')),
    primary key (account_id, role)
);

-- An account that belongs to an officer with a law-enforcement certificate. Both days are in force.
create table officer (
    account_id     uuid primary key references account,
    unit           text not null check (length(unit) between 1 and 200),
    certificate_no text not null unique check (certificate_no ~ '^[^[:space:][:cntrl:]]{1,64}$'),
    valid_from     date not null,
    valid_to       date not null,
    check (valid_from <= valid_to)
);

-- The shared secret of a one-time code generator (RFC 6238), sealed with the key in <data>/archive/secrets.
create table second_factor (
    account_id    uuid primary key references account,
    sealed_secret bytea       not null,
    -- null until the first right code: an unconfirmed one guards nothing
    confirmed_at  timestamptz,
    -- last time step whose code was used: a code works once
    last_step     bigint      not null default 0,
    created_at    timestamptz not null
);

create table recovery_code (
    account_id uuid  not null references account,
    code_hash  bytea not null check (length(code_hash) = 32),
    used_at    timestamptz,
    primary key (account_id, code_hash)
);

create table api_token (
    id           uuid primary key,
    account_id   uuid        not null references account,
    name         text        not null check (length(name) between 1 and 100),
    -- SHA-256 of the token: 256 random bits need no slow hash, and the database never holds what opens the door
    token_hash   bytea       not null unique check (length(token_hash) = 32),
    scopes       text[]      not null check (cardinality(scopes) between 1 and 20),
    created_at   timestamptz not null,
    created_by   text        not null,
    expires_at   timestamptz not null,
    -- to the minute: written at most once in that time
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index api_token_of_account on api_token (account_id, created_at);

-- A signed-in browser. The row decides: a request whose row has ended is signed out, on every node.
create table web_session (
    id           uuid primary key,
    account_id   uuid        not null references account,
    started_at   timestamptz not null,
    last_seen_at timestamptz not null,
    client_ip    text,
    user_agent   text check (length(user_agent) <= 300),
    ended_at     timestamptz,
    end_reason   text check (end_reason in ('SIGNED_OUT', 'SIGNED_OUT_ELSEWHERE', 'ACCOUNT_CHANGED', 'EXPIRED')),
    check ((ended_at is null) = (end_reason is null))
);
create index web_session_of_account on web_session (account_id, started_at);
create index web_session_open on web_session (last_seen_at) where ended_at is null;

grant select, insert, update on account, officer, second_factor, api_token, web_session to tiezheng_app;
grant select, insert, delete on account_role to tiezheng_app;
grant select, insert, update, delete on recovery_code to tiezheng_app;
grant delete on officer, second_factor, web_session to tiezheng_app;
