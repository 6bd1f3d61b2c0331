-- Which version of the custodian is the copy of an object, as the store said when the copy was made (stores.CustodianVersions). Rows are
-- added before the object is in the catalogue, or later if the custodian was away; never changed. What was destroyed and archived anew has
-- several; the newest counts.
create table custodian_version (
    store_id    text        not null,
    key         text        not null,
    version_id  text        not null,
    recorded_at timestamptz not null,
    primary key (store_id, key, version_id)
);
create function custodian_version_of(in_store text, of_key text) returns text stable language sql as $$
    select version_id from custodian_version where store_id = in_store and key = of_key order by recorded_at desc limit 1
$$;
grant select, insert on custodian_version to tiezheng_app;

create function custodian_version_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'versions of the custodian are append-only';
end
$$;
create trigger custodian_version_append_only before update or delete or truncate on custodian_version
    for each statement execute function custodian_version_is_append_only();

-- A copy that came late: its row of the calendar is there already.
create function custodian_version_names_copy() returns trigger language plpgsql as $$
begin
    update fixity_copy c set version_id = new.version_id from fixity_object o
        where o.key = new.key and c.object_id = o.id and c.store_id = new.store_id and c.version_id is null;
    return null;
end
$$;
create trigger custodian_version_names_copy after insert on custodian_version
    for each row execute function custodian_version_names_copy();

-- As before, and a copy that was made already has its version from the first moment.
create or replace function fixity_enrol(new_key text, new_version text, new_sha256 text, new_size bigint) returns void
language plpgsql as $$
declare
    new_id bigint;
begin
    insert into fixity_object (key, version_id, sha256, size_bytes) values (new_key, new_version, new_sha256, new_size)
        on conflict do nothing returning id into new_id;
    if new_id is null then
        -- Known already; its copies are gone if it was disposed of once.
        select id into new_id from fixity_object where key = new_key and version_id = new_version;
    end if;
    if not exists (select 1 from fixity_copy where object_id = new_id) then
        insert into fixity_copy (object_id, store_id, version_id, due_at)
            select new_id, s.id,
                case when s.is_primary then new_version
                    else custodian_version_of(s.id, new_key) end,
                now() + random() * p.period
            from fixity_store s cross join fixity_pace p where s.retired_at is null
            on conflict do nothing;
    end if;
end
$$;
