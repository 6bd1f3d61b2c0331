-- Every policy of witnesses that this log worked under, in order. The last one counts.
create table log_policy (
    id int generated always as identity primary key,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    -- witnesses and quorum, without addresses
    policy text not null,
    since timestamptz not null
);

-- Under which policy a note was enough, and a proof was made; 0: before policies were counted. A proof that is too little for
-- a stricter policy stays, and another is made beside it: of several of one package the one with the highest number counts.
alter table log_proof drop constraint log_proof_size_fkey;
alter table log_proof drop constraint log_proof_pkey;
alter table log_witnessed drop constraint log_witnessed_pkey;
alter table log_witnessed add column policy int not null default 0;
alter table log_witnessed add primary key (size, policy);
alter table log_proof add column policy int not null default 0;
alter table log_proof add primary key (evidence_id, policy);
alter table log_proof add foreign key (size, policy) references log_witnessed (size, policy);

-- The policy that "witnessed" and "proved" are counted under.
alter table log_state add column policy int not null default 0;

grant select, insert on log_policy to tiezheng_app;
grant update (policy) on log_state to tiezheng_app;
