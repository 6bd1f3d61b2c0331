-- Several servers on one database: each says which verifications are its own and that it is alive. What a server was running when
-- it ended is failed by itself at its next start, or by another one when it has been silent for a minute.

alter table verification
    -- the server's data folder, see ArchiveFolder.nodeId; '' for rows from before
    add column node text not null default '',
    add column heard_at timestamptz,
    -- as of heard_at
    add column bytes_read bigint not null default 0;

grant update (heard_at, bytes_read) on verification to tiezheng_app;
