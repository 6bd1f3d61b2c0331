-- Null: what was said of the case has not reached all of its evidence yet; worked on in the background.
alter table retention_case add column applied_at timestamptz;
create index retention_case_work on retention_case (id) where applied_at is null;
grant update (applied_at) on retention_case to tiezheng_app;
