-- Entries are read again and compared with what was published, in turns. One row.
create table log_reread (
    only_row boolean primary key default true check (only_row),
    -- position to go on from
    next bigint not null default 0 check (next >= 0),
    -- how often the end was reached, and when last
    rounds bigint not null default 0,
    round_at timestamptz,
    -- what contradicts what was published; stays until it is right again
    finding text,
    found_at timestamptz
);
insert into log_reread default values;
grant select, update on log_reread to tiezheng_app;
