-- Searches of the evidence list that people keep under a name.
create table saved_search (
    id bigint generated always as identity primary key,
    account_id text not null,
    account_name text not null,
    name text not null check (char_length(name) between 1 and 60),
    -- conditions as the address of the list has them
    query text not null,
    shared boolean not null,
    saved_at timestamptz not null,
    unique (account_id, name)
);
create index saved_search_shared on saved_search (name) where shared;

grant select, insert, update, delete on saved_search to tiezheng_app;
