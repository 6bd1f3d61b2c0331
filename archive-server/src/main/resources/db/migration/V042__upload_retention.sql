-- Until when the objects of an upload are locked: decided once, before the first put, so that a repeated one asks for the same.
alter table upload add column retain_until timestamptz;
