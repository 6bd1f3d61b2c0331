package org.tiezheng.archive.records;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.storage.ObjectVersion;

/** The rows of batches, their packages, and their progress. No transactions of its own. */
final class RecordTable {
    private static final int IDS_AT_ONCE = 1000;
    private static final String OPEN = "('READING', 'CHOSEN', 'STAMPED')";

    private final JdbcClient jdbc;

    RecordTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A member of a package's group. */
    record GroupObject(String member, String sha256, long sizeBytes, ObjectVersion version) {}

    // --- what is waiting

    /** Takes packages out of the queue, the oldest first. Packages that were disposed of meanwhile leave it without a record. */
    List<UUID> takeWaiting(int most) {
        List<UUID> taken = jdbc.sql("""
                        delete from record_queue where evidence_id in (
                            select evidence_id from record_queue order by queued_at, evidence_id limit :most
                            for update skip locked)
                        returning evidence_id""").param("most", most).query(UUID.class).list();
        List<UUID> kept = new ArrayList<>(taken.size());
        for (List<UUID> some : parts(taken)) {
            kept.addAll(jdbc.sql("select id from evidence where id in (:ids) and disposed_at is null")
                    .param("ids", some)
                    .query(UUID.class)
                    .list());
        }
        return kept;
    }

    long waiting() {
        return jdbc.sql("select count(*) from record_queue").query(Long.class).single();
    }

    @Nullable
    Instant oldestWaiting() {
        return jdbc.sql("select min(queued_at) from record_queue")
                .query((row, n) -> Optional.ofNullable(instant(row, "min")))
                .single()
                .orElse(null);
    }

    /** For each package the objects of its group, in the order of the container. */
    Map<UUID, List<GroupObject>> groups(List<UUID> ids) {
        Map<UUID, List<GroupObject>> groups = new LinkedHashMap<>();
        for (List<UUID> some : parts(ids)) {
            jdbc.sql("""
                            select evidence_id, member, sha256, size_bytes, key, version_id from evidence_object
                            where evidence_id in (:ids) order by evidence_id, position""").param("ids", some).query(row -> {
                String member = row.getString("member");
                if (AsicNames.isInRecordGroup(member)) {
                    groups.computeIfAbsent(row.getObject("evidence_id", UUID.class), id -> new ArrayList<>())
                            .add(new GroupObject(
                                    member,
                                    row.getString("sha256"),
                                    row.getLong("size_bytes"),
                                    new ObjectVersion(row.getString("key"), row.getString("version_id"))));
                }
            });
        }
        return groups;
    }

    /** The latest end of a lock among these packages. */
    Optional<Instant> latestLock(List<UUID> ids) {
        Instant latest = null;
        for (List<UUID> some : parts(ids)) {
            Instant one = jdbc.sql("select max(retain_until) as until from evidence where id in (:ids)")
                    .param("ids", some)
                    .query((row, n) -> Optional.ofNullable(instant(row, "until")))
                    .single()
                    .orElse(null);
            latest = latest == null || one != null && one.isAfter(latest) ? one : latest;
        }
        return Optional.ofNullable(latest);
    }

    private static <T> List<List<T>> parts(List<T> all) {
        List<List<T>> parts = new ArrayList<>();
        for (int i = 0; i < all.size(); i += IDS_AT_ONCE) {
            parts.add(all.subList(i, Math.min(all.size(), i + IDS_AT_ONCE)));
        }
        return parts;
    }

    // --- batches

    void insert(
            UUID id,
            Batch.Kind kind,
            UUID chain,
            @Nullable UUID parent,
            Batch.State state,
            TreeHash hash,
            int members,
            Instant retainUntil,
            String by,
            String byName,
            Instant now) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", id);
        row.put("kind", kind.name());
        row.put("chain", chain);
        row.put("parent", parent);
        row.put("state", state.name());
        row.put("hash", hash.name());
        row.put("members", members);
        row.put("until", utc(retainUntil));
        row.put("by", by);
        row.put("byName", byName);
        row.put("now", utc(now));
        jdbc.sql("""
                        insert into record_batch (id, kind, chain_id, parent, state, hash, members, retain_until, requested_by,
                            requested_by_name, created_at)
                        values (:id, :kind, :chain, :parent::uuid, :state, :hash, :members, :until, :by, :byName, :now)""").params(row).update();
    }

    void insertMembers(UUID chain, Map<UUID, byte[]> groups) {
        List<Map.Entry<UUID, byte[]>> all = new ArrayList<>(groups.entrySet());
        for (List<Map.Entry<UUID, byte[]>> some : parts(all)) {
            jdbc.sql("""
                            insert into record_member (chain_id, evidence_id, group_hash)
                            select :chain, * from unnest(:ids::uuid[], :groups::bytea[])""")
                    .param("chain", chain)
                    .param("ids", some.stream().map(Map.Entry::getKey).toArray(UUID[]::new))
                    .param("groups", some.stream().map(Map.Entry::getValue).toArray(byte[][]::new))
                    .update();
        }
    }

    /** The packages of a chain's tree with their group hashes. */
    Map<UUID, byte[]> members(UUID chain) {
        Map<UUID, byte[]> members = new LinkedHashMap<>();
        jdbc.sql("select evidence_id, group_hash from record_member where chain_id = :chain order by evidence_id")
                .param("chain", chain)
                .query(row -> {
                    members.put(row.getObject(1, UUID.class), row.getBytes(2));
                });
        return members;
    }

    /** Packages whose record is made from the chain, without those that were disposed of. */
    List<UUID> current(UUID chain) {
        return jdbc.sql("""
                        select c.evidence_id from record_current c join evidence e on e.id = c.evidence_id
                        where c.chain_id = :chain and e.disposed_at is null order by c.evidence_id""").param("chain", chain).query(UUID.class).list();
    }

    /** As {@link #current}, with those that were disposed of. */
    List<UUID> inChain(UUID chain) {
        return jdbc.sql("select evidence_id from record_current where chain_id = :chain order by evidence_id")
                .param("chain", chain)
                .query(UUID.class)
                .list();
    }

    Optional<Batch> find(UUID id) {
        return jdbc.sql("select * from record_batch where id = :id")
                .param("id", id)
                .query(RecordTable::batch)
                .optional();
    }

    /** Batches that are not at their end, the oldest first, and whose time for the next try has come. */
    List<Batch> open(Instant now) {
        return jdbc.sql("select * from record_batch where state in " + OPEN
                        + " and (retry_at is null or retry_at <= :now) order by created_at, id")
                .param("now", utc(now))
                .query(RecordTable::batch)
                .list();
    }

    boolean isFirstOpen() {
        return jdbc.sql("select exists (select 1 from record_batch where kind = 'FIRST' and state in " + OPEN + ")")
                .query(Boolean.class)
                .single();
    }

    boolean isRenewalOpen(UUID parent) {
        return jdbc.sql("select exists (select 1 from record_batch where parent = :parent and state in " + OPEN + ")")
                .param("parent", parent)
                .query(Boolean.class)
                .single();
    }

    /** The newest batch of a chain; empty if its first one is not done. */
    Optional<Batch> head(UUID chain) {
        return jdbc.sql("""
                        select * from record_batch where chain_id = :chain and state = 'DONE'
                        order by done_at desc, created_at desc limit 1""").param("chain", chain).query(RecordTable::batch).optional();
    }

    Optional<UUID> chainOf(UUID evidence) {
        return jdbc.sql("select chain_id from record_current where evidence_id = :id")
                .param("id", evidence)
                .query(UUID.class)
                .optional();
    }

    /** Newest batches first. */
    List<Batch> list(@Nullable Instant before, @Nullable UUID beforeId, int most) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("before", before == null ? null : utc(before));
        row.put("id", beforeId);
        row.put("most", most);
        return jdbc.sql("""
                        select * from record_batch
                        where :before::timestamptz is null or (created_at, id) < (:before::timestamptz, :id::uuid)
                        order by created_at desc, id desc limit :most""").params(row).query(RecordTable::batch).list();
    }

    /** Live batches whose token ends before {@code end}, the first to end first. */
    List<Batch> ending(Instant end, Instant now, int most) {
        return jdbc.sql("""
                        select * from record_batch b
                        where live and (certificates_end < :end or algorithms_end < :end)
                            and (renew_after is null or renew_after <= :now)
                            and not exists (select 1 from record_batch r where r.parent = b.id and r.state in ('READING', 'CHOSEN', 'STAMPED'))
                        order by least(certificates_end, coalesce(algorithms_end, 'infinity')), created_at limit :most""")
                .param("end", utc(end))
                .param("now", utc(now))
                .param("most", most)
                .query(RecordTable::batch)
                .list();
    }

    /** Live batches after {@code after}, in the order of ids, for walks. */
    List<Batch> live(@Nullable UUID after, int most) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("after", after);
        row.put("most", most);
        return jdbc.sql("""
                        select * from record_batch where live and (:after::uuid is null or id > :after::uuid)
                        order by id limit :most""").params(row).query(RecordTable::batch).list();
    }

    byte[] token(UUID batch) {
        return jdbc.sql("select token from record_batch where id = :id")
                .param("id", batch)
                .query((row, n) -> row.getBytes(1))
                .single();
    }

    byte @Nullable [] previousToken(UUID batch) {
        return jdbc.sql("select previous_token from record_batch where id = :id")
                .param("id", batch)
                .query((row, n) -> Optional.ofNullable(row.getBytes(1)))
                .single()
                .orElse(null);
    }

    /** From READING to CHOSEN: all is read, the tree is known. */
    boolean markRead(UUID batch, int members, byte[] previousToken, boolean crls) {
        return jdbc.sql("""
                                update record_batch set state = 'CHOSEN', members = :members, previous_token = :previous,
                                    crls = :crls, attempts = 0, failure = null, retry_at = null
                                where id = :id and state = 'READING'""")
                        .param("id", batch)
                        .param("members", members)
                        .param("previous", previousToken)
                        .param("crls", crls)
                        .update()
                > 0;
    }

    /** From CHOSEN to STAMPED. */
    boolean markStamped(UUID batch, Stamp stamp, byte @Nullable [] previousToken, @Nullable Boolean crls) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", batch);
        row.put("previous", previousToken);
        row.put("crls", crls);
        row.put("token", stamp.token().der());
        row.put("authority", stamp.authority());
        row.put("embedded", stamp.embedded());
        row.put("at", utc(stamp.token().genTime()));
        row.put("certificates", utc(stamp.life().certificates()));
        row.put(
                "algorithms",
                algorithmsEnd(stamp.life().algorithms(), stamp.token().genTime()));
        return jdbc.sql("""
                                update record_batch set state = 'STAMPED', token = :token,
                                    previous_token = coalesce(:previous::bytea, previous_token),
                                    crls = coalesce(:crls::boolean, crls), authority = :authority, embedded = :embedded,
                                    stamped_at = :at, certificates_end = :certificates,
                                    algorithms_end = :algorithms::timestamptz, attempts = 0, failure = null, retry_at = null
                                where id = :id and state = 'CHOSEN'""").params(row).update() > 0;
    }

    private static @Nullable OffsetDateTime algorithmsEnd(Instant end, Instant genTime) {
        if (end.equals(Instant.MAX)) {
            return null;
        }
        return utc(end.equals(Instant.MIN) ? genTime : end);
    }

    void setAlgorithmsEnd(UUID batch, Instant end, Instant genTime) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", batch);
        row.put("end", algorithmsEnd(end, genTime));
        jdbc.sql("update record_batch set algorithms_end = :end::timestamptz where id = :id")
                .params(row)
                .update();
    }

    /** From STAMPED to DONE. */
    boolean markDone(UUID batch, Instant now) {
        return jdbc.sql("""
                                update record_batch set state = 'DONE', live = true, done_at = :now, attempts = 0,
                                    failure = null, retry_at = null
                                where id = :id and state = 'STAMPED'""").param("id", batch).param("now", utc(now)).update() > 0;
    }

    /** Any open batch to its end without a result. */
    boolean markEnded(UUID batch, Batch.State end, String why) {
        return jdbc.sql(
                                "update record_batch set state = :end, failure = :why, retry_at = null where id = :id and state in "
                                        + OPEN)
                        .param("id", batch)
                        .param("end", end.name())
                        .param("why", why)
                        .update()
                > 0;
    }

    void markFailedAttempt(UUID batch, String why, Instant retryAt) {
        jdbc.sql("update record_batch set attempts = attempts + 1, failure = :why, retry_at = :at where id = :id")
                .param("id", batch)
                .param("why", why)
                .param("at", utc(retryAt))
                .update();
    }

    void setNotLive(UUID batch) {
        jdbc.sql("update record_batch set live = false where id = :id")
                .param("id", batch)
                .update();
    }

    void setRenewAfter(UUID batch, Instant at) {
        jdbc.sql("update record_batch set renew_after = :at where id = :id")
                .param("id", batch)
                .param("at", utc(at))
                .update();
    }

    boolean requestCancel(UUID batch) {
        return jdbc.sql("update record_batch set cancel = true, retry_at = null"
                                + " where id = :id and kind <> 'FIRST' and state in ('READING', 'CHOSEN')")
                        .param("id", batch)
                        .update()
                > 0;
    }

    boolean isCancelRequested(UUID batch) {
        return jdbc.sql("select cancel from record_batch where id = :id")
                .param("id", batch)
                .query(Boolean.class)
                .single();
    }

    /** The packages of a new chain have their record from it now. */
    void moveTo(UUID chain) {
        jdbc.sql("""
                        insert into record_current (evidence_id, chain_id)
                        select evidence_id, chain_id from record_member where chain_id = :chain
                        on conflict (evidence_id) do update set chain_id = excluded.chain_id""").param("chain", chain).update();
    }

    /** Live batches whose object is not locked as long as the packages that need it. */
    Map<UUID, Instant> lockedTooShort() {
        Map<UUID, Instant> found = new LinkedHashMap<>();
        jdbc.sql("""
                        select b.id, max(e.retain_until) as until from record_batch b
                            join record_current c on c.chain_id = b.chain_id join evidence e on e.id = c.evidence_id
                        where b.live and e.disposed_at is null
                        group by b.id, b.retain_until having max(e.retain_until) > b.retain_until""").query(row -> {
            found.put(
                    row.getObject("id", UUID.class),
                    row.getObject("until", OffsetDateTime.class).toInstant());
        });
        return found;
    }

    void setRetainUntil(UUID batch, Instant until) {
        jdbc.sql("update record_batch set retain_until = :until where id = :id")
                .param("id", batch)
                .param("until", utc(until))
                .update();
    }

    // --- reading again

    /** What became of a package that was read again. */
    enum Outcome {
        READ,
        BAD,
        /** Disposed of since the renewal began. */
        GONE
    }

    /** Packages of the chain that this renewal has not read yet. */
    List<UUID> unread(UUID batch, UUID chain, int most) {
        return jdbc.sql("""
                        select c.evidence_id from record_current c
                        where c.chain_id = :chain and not exists (
                            select 1 from record_reading r where r.batch_id = :batch and r.evidence_id = c.evidence_id)
                        order by c.evidence_id limit :most""")
                .param("chain", chain)
                .param("batch", batch)
                .param("most", most)
                .query(UUID.class)
                .list();
    }

    void insertReading(UUID batch, UUID evidence, Outcome outcome, long bytes, @Nullable String reason, Instant now) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("batch", batch);
        row.put("evidence", evidence);
        row.put("outcome", outcome.name());
        row.put("bytes", bytes);
        row.put("reason", reason);
        row.put("now", utc(now));
        jdbc.sql("""
                        insert into record_reading (batch_id, evidence_id, outcome, bytes, reason, read_at)
                        values (:batch, :evidence, :outcome, :bytes, :reason, :now)
                        on conflict (batch_id, evidence_id) do nothing""").params(row).update();
    }

    void insertDigest(UUID evidence, TreeHash hash, String member, byte[] digest) {
        jdbc.sql("""
                        insert into record_digest (evidence_id, hash, member, digest)
                        values (:evidence, :hash, :member, :digest) on conflict do nothing""")
                .param("evidence", evidence)
                .param("hash", hash.name())
                .param("member", member)
                .param("digest", digest)
                .update();
    }

    /** Digests by member; empty if the package was never read under this algorithm. */
    Map<String, byte[]> digests(UUID evidence, TreeHash hash) {
        Map<String, byte[]> found = new HashMap<>();
        jdbc.sql("select member, digest from record_digest where evidence_id = :evidence and hash = :hash")
                .param("evidence", evidence)
                .param("hash", hash.name())
                .query(row -> {
                    found.put(row.getString(1), row.getBytes(2));
                });
        return found;
    }

    List<UUID> read(UUID batch) {
        return jdbc.sql("""
                        select evidence_id from record_reading where batch_id = :batch and outcome = 'READ'
                        order by evidence_id""").param("batch", batch).query(UUID.class).list();
    }

    /**
     * How far a renewal has come.
     *
     * @param bad packages with an object that is missing or not the recorded one
     * @param bytes read
     */
    record Progress(long read, long bad, long gone, long bytes) {}

    Progress progress(UUID batch) {
        return jdbc.sql("""
                        select count(*) filter (where outcome = 'READ') as read, count(*) filter (where outcome = 'BAD') as bad,
                            count(*) filter (where outcome = 'GONE') as gone, coalesce(sum(bytes), 0) as bytes
                        from record_reading where batch_id = :batch""")
                .param("batch", batch)
                .query((row, n) -> new Progress(
                        row.getLong("read"), row.getLong("bad"), row.getLong("gone"), row.getLong("bytes")))
                .single();
    }

    /** A package that could not be renewed, and why. */
    record Bad(UUID evidenceId, String reason, Instant at) {}

    List<Bad> bad(UUID batch, int most) {
        return jdbc.sql("""
                        select evidence_id, reason, read_at from record_reading where batch_id = :batch and outcome = 'BAD'
                        order by evidence_id limit :most""")
                .param("batch", batch)
                .param("most", most)
                .query((row, n) -> new Bad(
                        row.getObject("evidence_id", UUID.class),
                        String.valueOf(row.getString("reason")),
                        row.getObject("read_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    // --- the one row

    /** What is due when. */
    record Due(Instant nextBatchAt, Instant nextCheckAt, String policy, String failure) {}

    Due due() {
        return jdbc.sql("select * from record_state")
                .query((row, n) -> new Due(
                        at(row, "next_batch_at"),
                        at(row, "next_check_at"),
                        row.getString("policy"),
                        row.getString("failure")))
                .single();
    }

    private static Instant at(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at.equals(OffsetDateTime.MIN) ? Instant.EPOCH : at.toInstant();
    }

    boolean lease(String worker, Instant now, Instant until) {
        return jdbc.sql("""
                                update record_state set worker = :worker, lease_until = :until
                                where worker = :worker or lease_until < :now""")
                        .param("worker", worker)
                        .param("now", utc(now))
                        .param("until", utc(until))
                        .update()
                > 0;
    }

    void endLease(String worker) {
        jdbc.sql("update record_state set lease_until = '-infinity' where worker = :worker")
                .param("worker", worker)
                .update();
    }

    void setNextBatch(Instant at) {
        jdbc.sql("update record_state set next_batch_at = :at")
                .param("at", utc(at))
                .update();
    }

    void setNextCheck(Instant at, String policy, String failure) {
        jdbc.sql("update record_state set next_check_at = :at, policy = :policy, failure = :failure")
                .param("at", utc(at))
                .param("policy", policy)
                .param("failure", failure)
                .update();
    }

    /** What waits for its time need not wait any more. */
    void dueNow(Instant now) {
        jdbc.sql("update record_state set next_batch_at = least(next_batch_at, :now),"
                        + " next_check_at = least(next_check_at, :now)")
                .param("now", utc(now))
                .update();
        jdbc.sql("update record_batch set retry_at = null where retry_at is not null and state in " + OPEN)
                .update();
    }

    // --- rows to records

    static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    private static Batch batch(ResultSet row, int number) throws SQLException {
        boolean crls = row.getBoolean("crls");
        boolean noCrls = row.wasNull();
        return new Batch(
                row.getObject("id", UUID.class),
                Batch.Kind.valueOf(row.getString("kind")),
                row.getObject("chain_id", UUID.class),
                row.getObject("parent", UUID.class),
                Batch.State.valueOf(row.getString("state")),
                TreeHash.valueOf(row.getString("hash")),
                row.getInt("members"),
                row.getString("authority"),
                row.getBoolean("embedded"),
                instant(row, "stamped_at"),
                instant(row, "certificates_end"),
                instant(row, "algorithms_end"),
                noCrls ? null : Boolean.valueOf(crls),
                row.getObject("retain_until", OffsetDateTime.class).toInstant(),
                row.getBoolean("live"),
                row.getInt("attempts"),
                row.getString("failure"),
                instant(row, "retry_at"),
                row.getBoolean("cancel"),
                row.getString("requested_by_name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row, "done_at"));
    }
}
