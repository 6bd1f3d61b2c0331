-- A check of the locks goes through the objects that the archive itself keeps, too: the last one it finished.
alter table lock_check add column kept_kind text;
alter table lock_check add column kept_id uuid;
grant update (kept_kind, kept_id) on lock_check to tiezheng_app;
