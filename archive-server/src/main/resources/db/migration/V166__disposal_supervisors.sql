-- Who oversees a disposal (监销人), by account and not only by name: names are not unique, and they change. In the order of
-- supervisors; '' for a person without an account here, null in rows from before this.
alter table disposal add column supervisor_ids text[] check (cardinality(supervisor_ids) = 2);
