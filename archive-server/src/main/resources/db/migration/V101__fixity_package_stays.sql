-- The rows of a package go on being compared when rows of its members are deleted: unless it was disposed of, that is what the comparison is
-- to find.
create or replace function fixity_end_member() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from evidence_object where key = old.key and version_id = old.version_id)
        and not exists (select 1 from kept_object where key = old.key and version_id = old.version_id) then
        delete from fixity_copy c using fixity_object o
            where o.id = c.object_id and o.key = old.key and o.version_id = old.version_id;
    end if;
    return null;
end
$$;
