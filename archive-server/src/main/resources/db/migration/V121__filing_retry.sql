-- A task that failed by a fault of ours (disk, store, database) waits before it is tried again.
alter table filing_task add column retry_at timestamptz;
grant update (retry_at) on filing_task to tiezheng_app;
