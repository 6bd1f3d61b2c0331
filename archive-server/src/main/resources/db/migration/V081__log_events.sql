-- Entries of the log that are not packages. kind is the word in the line; "package" for the line of a package.
alter table log_queue alter column evidence_id drop not null;
alter table log_queue add column kind text not null default 'package';
alter table log_entry add column kind text not null default 'package';
-- The package an event is about; null where it is about something else.
comment on column log_entry.evidence_id is 'package the entry is of or about';
create index log_entry_kind on log_entry (kind, pos) where kind <> 'package';
