-- Objects that the archive itself makes and keeps in the store beside the packages (docs/records.md, "Kept objects"): what they are,
-- where they are, until when they are locked. The application may add, and lengthen a lock; it may change and remove nothing else.
create table kept_object (
    kind         text        not null check (kind in ('RECORD_BATCH', 'DISPOSAL_CERTIFICATE', 'REPORT', 'FILING_REPORT')),
    id           uuid        not null,
    sha256       text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes   bigint      not null check (size_bytes >= 0),
    key          text        not null,
    version_id   text        not null,
    retain_until timestamptz not null,
    kept_at      timestamptz not null,
    primary key (kind, id)
);
create index kept_object_version on kept_object (key, version_id);
create index kept_object_until on kept_object (retain_until);

grant select, insert, update (retain_until) on kept_object to tiezheng_app;
