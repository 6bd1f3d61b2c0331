-- Every checkpoint that was signed, with the log's signature alone.
create table log_checkpoint (
    size bigint primary key check (size >= 0),
    note text not null,
    signed_at timestamptz not null
);
create index log_checkpoint_signed on log_checkpoint (signed_at);
insert into log_checkpoint (size, note, signed_at)
    select signed, checkpoint, coalesce(signed_at, now()) from log_state where checkpoint <> '';

-- What witnesses put under one of them.
create table log_cosignature (
    size bigint not null references log_checkpoint,
    -- verifier key of the witness
    witness text not null,
    -- signature line, with its newline
    line text not null,
    -- by the clock of the witness
    cosigned_at timestamptz not null,
    received_at timestamptz not null,
    primary key (size, witness)
);
create index log_cosignature_of on log_cosignature (witness, size);

-- The first time enough witnesses had cosigned: this note stands in proofs and never changes.
create table log_witnessed (
    size bigint primary key references log_checkpoint,
    note text not null,
    at timestamptz not null
);

-- Proof of each package, fixed once. The entry is in log_entry, the checkpoint in log_witnessed; hashes are 32 bytes each.
create table log_proof (
    evidence_id uuid primary key,
    pos bigint not null references log_entry,
    size bigint not null references log_witnessed,
    hashes bytea not null,
    fixed_at timestamptz not null
);
create index log_proof_pos on log_proof (pos);

-- How it stands with each witness that is or was asked; changes.
create table log_witness (
    -- verifier key
    vkey text primary key,
    -- size it cosigned last, as far as we know
    size bigint not null default 0,
    -- when it last answered with its cosignature, by its clock and by ours
    cosigned_at timestamptz,
    answered_at timestamptz,
    asked_at timestamptz,
    -- stable word; null if the last time went well
    failure text,
    failed_at timestamptz,
    -- in a row
    failures int not null default 0
);

alter table log_state
    -- entries under the largest checkpoint that enough witnesses cosigned
    add column witnessed bigint not null default 0,
    -- entries whose proofs are fixed
    add column proved bigint not null default 0,
    -- the checkpoint that all witnesses are asked about, so that their cosignatures meet
    add column target bigint,
    add column target_at timestamptz;

grant select, insert on log_checkpoint, log_cosignature, log_witnessed, log_proof to tiezheng_app;
grant select, insert, update on log_witness to tiezheng_app;
grant update (witnessed, proved, target, target_at) on log_state to tiezheng_app;
