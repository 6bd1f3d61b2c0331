package org.tiezheng.archive.fixity;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.storage.ForeignObject;
import org.tiezheng.storage.ListedVersion;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.VersionedStore;

/**
 * Lists the stores, one 256th of the keys at a time and then whatever has another name, for what the catalogue does not know: objects
 * nobody archived, other versions under our keys, delete markers, files that are no objects. What the listing lacks is read at once, out of turn: only reading by version id may say that it is missing.
 *
 * <p>A listing that is broken off is done again from its beginning.
 */
final class Listings {
    private static final Logger LOG = LoggerFactory.getLogger(Listings.class);
    private static final int BATCH = 500;
    /** More versions in one part than this, and what is missing is left to be found by reading. */
    private static final int MOST_REMEMBERED = 500_000;
    /** Younger versions may belong to something that is not in the catalogue yet. */
    private static final Duration GRACE = Duration.ofHours(1);

    private static final Duration RETRY = Duration.ofMinutes(10);

    /** How many extra versions one part may note; somebody who floods a store is not to flood the database. */
    private static final int MOST_NOTED = 1000;

    /** What the server itself keeps outside content addresses: objects of the self-test, and the log's public files, which the log compares. */
    private static final List<String> OURS = List.of("self-test/", "log/");

    private static final int MOST_NAME = 1000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final CheckedStores stores;
    private final Clock clock;
    private final Duration every;

    /** An extra version, or a delete marker. */
    record Extra(
            long id,
            String store,
            String key,
            String versionId,
            long sizeBytes,
            boolean deleteMarker,
            boolean covers,
            Instant firstSeen,
            Instant lastSeen) {}

    Listings(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            CheckedStores stores,
            Clock clock,
            Duration every) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.stores = stores;
        this.clock = clock;
        this.every = every;
    }

    private record Part(String store, String prefix) {
        boolean isOutside() {
            return prefix.equals(CheckedStores.OUTSIDE);
        }

        String where() {
            return isOutside() ? "outside the content addresses" : "below " + prefix;
        }
    }

    /** Lists one part that is due; false if none is. */
    boolean turn(UUID worker) {
        Optional<Part> claimed = jdbc.sql("""
                        update fixity_listing l set claimed_by = :worker from (select store_id, prefix from fixity_listing
                                where due_at <= :now and claimed_by is null and store_id = any(:stores)
                                    and not exists (select 1 from fixity_pace where paused_at is not null)
                                order by due_at limit 1 for update skip locked) as free
                            where l.store_id = free.store_id and l.prefix = free.prefix
                        returning l.store_id, l.prefix""")
                .param("worker", worker)
                .param("now", CopyTable.utc(clock.instant()))
                .param("stores", stores.ids().toArray(new String[0]))
                .query((row, number) -> new Part(row.getString(1), row.getString(2)))
                .optional();
        if (claimed.isEmpty()) {
            return false;
        }
        Part part = claimed.get();
        VersionedStore store = stores.find(part.store()).orElseThrow();
        Instant began = clock.instant();
        try {
            Seen seen = new Seen(part, began);
            store.requireThere();
            if (part.isOutside()) {
                store.listOutside(seen::add);
            } else {
                store.listVersions(part.prefix(), seen::add, seen::add);
            }
            seen.flush();
            end(part, began, seen);
        } catch (IOException e) {
            LOG.warn("listing {} of store {}: {}", part.prefix(), part.store(), e.getMessage());
            due(part, clock.instant().plus(RETRY));
        }
        return true;
    }

    private void due(Part part, Instant at) {
        int unused = jdbc.sql(
                        "update fixity_listing set claimed_by = null, due_at = :at where store_id = :store and prefix = :prefix")
                .param("at", CopyTable.utc(at))
                .param("store", part.store())
                .param("prefix", part.prefix())
                .update();
    }

    /** What one listing has seen so far. */
    private final class Seen {
        final Part part;
        final Instant began;
        final Set<ObjectVersion> versions = new HashSet<>();
        final List<ListedVersion> batch = new ArrayList<>();
        long count;
        long unknown;
        long noted;
        long isNew;

        Seen(Part part, Instant began) {
            this.part = part;
            this.began = began;
        }

        void add(ListedVersion version) {
            count++;
            if (versions.size() < MOST_REMEMBERED && !version.deleteMarker()) {
                versions.add(version.version());
            }
            batch.add(version);
            if (batch.size() == BATCH) {
                flush();
            }
        }

        void add(ForeignObject foreign) {
            count++;
            if (foreign.storedAt().isAfter(began.minus(GRACE))
                    || (!foreign.deleteMarker() && OURS.stream().anyMatch(foreign.name()::startsWith))) {
                return;
            }
            unknown++;
            if (noted < MOST_NOTED) {
                noted++;
                isNew += note(
                                part.store(),
                                printable(foreign.name()),
                                printable(foreign.versionId()),
                                foreign.sizeBytes(),
                                foreign.deleteMarker(),
                                false)
                        ? 1
                        : 0;
            }
        }

        void flush() {
            for (int index : unknown(part.store(), batch)) {
                ListedVersion version = batch.get(index - 1);
                if (version.storedAt().isAfter(began.minus(GRACE))) {
                    continue;
                }
                unknown++;
                if (noted < MOST_NOTED) {
                    noted++;
                    isNew += note(
                                    part.store(),
                                    version.version().key(),
                                    version.version().versionId(),
                                    version.sizeBytes(),
                                    version.deleteMarker(),
                                    version.latest())
                            ? 1
                            : 0;
                }
            }
            batch.clear();
        }
    }

    /** Positions, from 1, of those that no copy, damage, acknowledged find or upload under way accounts for. */
    private List<Integer> unknown(String store, List<ListedVersion> batch) {
        if (batch.isEmpty()) {
            return List.of();
        }
        String[] keys = new String[batch.size()];
        String[] versions = new String[batch.size()];
        Boolean[] markers = new Boolean[batch.size()];
        for (int i = 0; i < batch.size(); i++) {
            keys[i] = batch.get(i).version().key();
            versions[i] = batch.get(i).version().versionId();
            markers[i] = batch.get(i).deleteMarker();
        }
        // A copy that was never read has no version id yet: what is under its key is taken for it until then.
        return jdbc.sql("""
                        select l.position::int from unnest(:keys::text[], :versions::text[], :markers::boolean[])
                                with ordinality as l (key, version_id, marker, position)
                        where not exists (select 1 from fixity_object o join fixity_copy c on c.object_id = o.id
                                where o.key = l.key and c.store_id = :store
                                    and (c.version_id = l.version_id or (c.version_id is null and not l.marker)))
                            and not exists (select 1 from fixity_object o join fixity_damage d on d.object_id = o.id
                                where o.key = l.key and d.store_id = :store and d.version_id = l.version_id)
                            and not exists (select 1 from upload_object u join upload x on x.id = u.upload_id
                                where u.key = l.key and not l.marker and x.state in ('VERIFYING', 'STORING', 'ORPHANED'))
                        order by 1""")
                .param("keys", keys)
                .param("versions", versions)
                .param("markers", markers)
                .param("store", store)
                .query(Integer.class)
                .list();
    }

    /** @return whether it was not known before */
    private boolean note(
            String store, String key, String versionId, long sizeBytes, boolean deleteMarker, boolean latest) {
        return jdbc.sql("""
                        insert into fixity_extra (store_id, key, version_id, size_bytes, delete_marker, covers, first_seen, last_seen)
                        values (:store, :key, :version, :size, :marker,
                            :latest and exists (select 1 from fixity_object where key = :key), :now, :now)
                        on conflict (store_id, key, version_id) do update
                            set last_seen = excluded.last_seen, covers = excluded.covers, gone_at = null
                        returning (xmax = 0)""")
                .param("store", store)
                .param("key", key)
                .param("version", versionId)
                .param("size", sizeBytes)
                .param("marker", deleteMarker)
                .param("latest", latest)
                .param("now", CopyTable.utc(clock.instant()))
                .query(Boolean.class)
                .single();
    }

    /** A name as it can be shown and stored: what is invisible or reorders text is written as a number, and a very long one is cut. */
    static String printable(String name) {
        StringBuilder text = new StringBuilder();
        name.codePoints().limit(MOST_NAME).forEach(character -> {
            switch (Character.getType(character)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR -> text.append(String.format(Locale.ROOT, "\\u{%x}", character));
                default -> text.appendCodePoint(character);
            }
        });
        return text.toString();
    }

    private void end(Part part, Instant began, Seen seen) {
        int hastened = part.isOutside() || seen.versions.size() >= MOST_REMEMBERED ? 0 : hasten(part, seen.versions);
        transactions.executeWithoutResult(status -> {
            int gone = jdbc.sql("""
                            update fixity_extra set gone_at = :now where store_id = :store and last_seen < :began and gone_at is null
                                and case when :prefix = '' then key !~ '^sha256/[0-9a-f]{2}/' else starts_with(key, :prefix) end""")
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("store", part.store())
                    .param("prefix", part.prefix())
                    .param("began", CopyTable.utc(began))
                    .update();
            int ended = jdbc.sql("""
                            update fixity_listing set claimed_by = null, due_at = :due, checked_at = :now, versions = :versions,
                                unknown = :unknown where store_id = :store and prefix = :prefix""")
                    .param("due", CopyTable.utc(clock.instant().plus(every)))
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("versions", seen.count)
                    .param("unknown", seen.unknown)
                    .param("store", part.store())
                    .param("prefix", part.prefix())
                    .update();
            if (seen.isNew > 0) {
                audit.append(new AuditEvent(
                        Damages.SERVER,
                        "store.extra-objects",
                        "store",
                        part.store(),
                        null,
                        AuditEvent.Result.FAILED,
                        seen.isNew + " " + part.where() + " that the catalogue does not know",
                        null));
            }
        });
        if (hastened > 0) {
            LOG.warn(
                    "{} copies below {} are not listed in store {}; they are read now",
                    hastened,
                    part.prefix(),
                    part.store());
        }
    }

    /** Copies that the listing lacks are due now. */
    private int hasten(Part part, Set<ObjectVersion> seen) {
        List<Long> lacking = new ArrayList<>();
        jdbc.sql("""
                        select o.id, o.key, c.version_id from fixity_object o
                            join fixity_copy c on c.object_id = o.id and c.store_id = :store
                        where starts_with(o.key, :prefix) and c.version_id is not null and c.claimed_by is null
                            and c.outcome is distinct from 'MISSING'""")
                .param("store", part.store())
                .param("prefix", part.prefix())
                .query(row -> {
                    if (!seen.contains(new ObjectVersion(row.getString("key"), row.getString("version_id")))) {
                        lacking.add(row.getLong("id"));
                    }
                });
        if (lacking.isEmpty()) {
            return 0;
        }
        return jdbc.sql("""
                        update fixity_copy set due_at = least(due_at, :now)
                        where store_id = :store and object_id = any(:objects) and claimed_by is null""")
                .param("now", CopyTable.utc(clock.instant()))
                .param("store", part.store())
                .param("objects", lacking.toArray(new Long[0]))
                .update();
    }

    /** Extra versions nobody has looked at, those over our own keys first. */
    List<Extra> open(int most) {
        return jdbc.sql("""
                        select id, store_id, key, version_id, size_bytes, delete_marker, covers, first_seen, last_seen from fixity_extra
                        where acknowledged_at is null and gone_at is null order by covers desc, id limit :most""")
                .param("most", most)
                .query((row, number) -> new Extra(
                        row.getLong("id"),
                        row.getString("store_id"),
                        row.getString("key"),
                        row.getString("version_id"),
                        row.getLong("size_bytes"),
                        row.getBoolean("delete_marker"),
                        row.getBoolean("covers"),
                        Damages.time(row, "first_seen"),
                        Damages.time(row, "last_seen")))
                .list();
    }

    /** A person has looked at an extra version and says what it is; it is no alarm any more. False if it is not open. */
    boolean acknowledge(long id, String reason, Actor actor) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            Optional<String> key = jdbc.sql("""
                            update fixity_extra set acknowledged_at = :now, acknowledged_by = :by, acknowledged_by_name = :name,
                                acknowledged_reason = :reason
                            where id = :id and acknowledged_at is null returning store_id || ': ' || key || '@' || version_id""")
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("by", actor.id())
                    .param("name", actor.name())
                    .param("reason", reason)
                    .param("id", id)
                    .query(String.class)
                    .optional();
            key.ifPresent(what -> audit.append(new AuditEvent(
                    actor,
                    "store.extra-acknowledged",
                    "store",
                    what.substring(0, what.indexOf(':')),
                    null,
                    AuditEvent.Result.OK,
                    what + ": " + reason,
                    null)));
            return key.isPresent();
        }));
    }
}
