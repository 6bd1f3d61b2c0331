-- The account that the tokens of capture agents belong to: no person's, so that no agent stops when a person leaves.
-- It has no password, no roles, and nobody can sign in with it.
insert into account (id, username, display_name, state, created_at)
values ('00000000-0000-0000-0000-000000000001', 'capture-agents', '取证机', 'ACTIVE', now())
on conflict (username) do nothing;
