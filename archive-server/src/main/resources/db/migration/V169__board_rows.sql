-- The lists behind the figures of the preservation board (docs/board.md): copies in the order of their due time, across the stores,
-- and packages of one retention class.
create index fixity_copy_list on fixity_copy (due_at, object_id, store_id);
create index fixity_copy_never on fixity_copy (due_at, object_id, store_id) where checked_at is null;
create index evidence_retention_of_class on evidence_retention (class_id, evidence_id);
-- The newest token of each authority.
create index record_batch_authority on record_batch (authority, stamped_at desc) where token is not null;
