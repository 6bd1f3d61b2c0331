package org.tiezheng.verifier.vectors;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.record.EvidenceRecord;
import org.tiezheng.evidence.record.EvidenceRecordWriter;
import org.tiezheng.evidence.record.MerkleBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.Forge;
import org.tiezheng.evidence.time.TimestampToken;

/** Vectors with an evidence record: R01 to R08, attack A3, and what is right. */
final class RecordVectors {
    private static final Instant FIRST = Sample.SEALED.plus(Duration.ofHours(1));
    private static final Instant SECOND = Sample.SEALED.plus(Duration.ofHours(2));
    private static final Instant THIRD = Sample.SEALED.plus(Duration.ofHours(3));
    private static final TreeHash OLD = TreeHash.SHA256;
    private static final TreeHash NEW = TreeHash.SHA3_256;

    private final Sample sample;
    private final Forge forge;
    private final List<Vector> vectors = new ArrayList<>();

    RecordVectors(Sample sample, Forge forge) {
        this.sample = sample;
        this.forge = forge;
    }

    List<Vector> good() throws Exception {
        vectors.clear();
        EvidenceRecord first = first(r -> {});
        add("evidence-record", "With an evidence record, one of a batch of five.", "", first);
        add(
                "evidence-record-renewed",
                "Its token was renewed, then its hash tree under SHA3-256.",
                "",
                newChain(renewed(first), digests(NEW), THIRD));
        add(
                "evidence-record-carries-an-expired-token",
                "The certificate of the seal's token has expired since, but the record is older.",
                "",
                sealTokenThatExpires(),
                r -> {});
        return List.copyOf(vectors);
    }

    List<Vector> bad() throws Exception {
        vectors.clear();
        List<byte[]> group = digests(OLD);
        List<byte[]> lacking = group.subList(1, group.size());
        add("R01_a-file-left-out", "The record does not cover capture.wacz.", "R01 INVALID", first(lacking, r -> {}));
        MerkleBatch batch = batch(OLD, group);
        add(
                "R02_other-root",
                "The token is over the root of another tree.",
                "R02 INVALID",
                parse(EvidenceRecordWriter.first(batch, 0, token(OLD, new byte[32], FIRST, r -> {}))));
        EvidenceRecord first = first(r -> {});
        byte[] other = OLD.start().digest(new byte[] {1});
        add(
                "R03_renews-another-token",
                "The renewal covers a token of another record.",
                "R03 INVALID",
                parse(EvidenceRecordWriter.withRenewedToken(
                        first, List.of(List.of(other)), token(OLD, other, SECOND, r -> {}))));
        add(
                "R04_renewed-too-late",
                "The certificate of the first token had expired when it was renewed.",
                "R04 INVALID",
                renewed(first(r -> r.notAfter = FIRST.plusSeconds(60))));
        add(
                "R04_renewal-older-than-what-it-renews",
                "The renewal's time is before that of the first token.",
                "R04 INVALID",
                renewed(first(r -> {}), FIRST.minusSeconds(60)));
        List<byte[]> newGroup = digests(NEW);
        add(
                "R05_a-file-left-out",
                "The new chain does not cover capture.wacz.",
                "R05 INVALID",
                newChain(first, newGroup.subList(1, newGroup.size()), THIRD));
        MerkleBatch dataOnly = batch(NEW, newGroup);
        add(
                "R05_chains-not-covered",
                "The new chain covers the files, but not the chain before it.",
                "R05 INVALID, R07 INVALID",
                parse(EvidenceRecordWriter.withNewChain(
                        first, dataOnly, 0, token(NEW, dataOnly.root(), THIRD, r -> {}))));
        add("R06_extended-key-usage", "The token fails T04.", "R06 INVALID", first(r -> r.ekuCritical = false));
        List<byte[]> more = new ArrayList<>(group);
        more.add(other);
        add("R07_extra", "The record's group has one object more.", "R07 INVALID", first(more, r -> {}));
        Map<String, byte[]> files = files(sample.members);
        files.remove(AsicNames.VERIFY_TXT);
        add(
                "R07_manifest-lacks-a-file",
                "Manifest and record agree, but VERIFY.txt is in neither.",
                "R07 INVALID",
                sample.members,
                files,
                first(digests(OLD, files), r -> {}).der());
        add(
                "R08_not-a-record",
                "The file is no evidence record.",
                "R08 INVALID",
                sample.members,
                files(sample.members),
                new byte[] {1});
        attack();
        return List.copyOf(vectors);
    }

    /** A3: a looker at the last chain alone believes that the package existed when the stranger's data did. */
    private void attack() throws Exception {
        List<byte[]> strange = new ArrayList<>();
        for (int i = 0; i < digests(OLD).size(); i++) {
            strange.add(OLD.start().digest(new byte[] {7, (byte) i}));
        }
        add(
                "A3_record-of-other-data",
                "An old record of other data, with a hash-tree renewal that names this package.",
                "R01 INVALID, R07 INVALID",
                newChain(first(strange, r -> {}), digests(NEW), THIRD));
    }

    // --- records

    private EvidenceRecord first(Consumer<Forge.Recipe> change) throws Exception {
        return first(digests(OLD), change);
    }

    private EvidenceRecord first(List<byte[]> group, Consumer<Forge.Recipe> change) throws Exception {
        MerkleBatch batch = batch(OLD, group);
        return parse(EvidenceRecordWriter.first(batch, 0, token(OLD, batch.root(), FIRST, change)));
    }

    private EvidenceRecord renewed(EvidenceRecord record) throws Exception {
        return renewed(record, SECOND);
    }

    private EvidenceRecord renewed(EvidenceRecord record, Instant at) throws Exception {
        byte[] leaf = EvidenceRecordWriter.renewalLeaf(record);
        return parse(EvidenceRecordWriter.withRenewedToken(record, List.of(), token(OLD, leaf, at, r -> {})));
    }

    private EvidenceRecord newChain(EvidenceRecord record, List<byte[]> group, Instant at) throws Exception {
        MerkleBatch batch = batch(NEW, EvidenceRecordWriter.renewalLeaves(record, NEW, group));
        return parse(EvidenceRecordWriter.withNewChain(record, batch, 0, token(NEW, batch.root(), at, r -> {})));
    }

    /** The group with four strangers. */
    private static MerkleBatch batch(TreeHash hash, List<byte[]> group) {
        List<List<byte[]>> groups = new ArrayList<>();
        groups.add(group);
        for (int i = 0; i < 4; i++) {
            groups.add(List.of(hash.start().digest(new byte[] {(byte) i})));
        }
        return new MerkleBatch(hash, groups);
    }

    private static EvidenceRecord parse(byte[] der) throws Exception {
        return EvidenceRecord.parse(der);
    }

    private TimestampToken token(TreeHash hash, byte[] imprint, Instant at, Consumer<Forge.Recipe> change)
            throws Exception {
        // Only the bytes count here: the recipe says what algorithm they are of.
        Digest bytes = Digest.ofBytes(Digest.Algorithm.SHA256, imprint);
        return TimestampToken.parse(forge.token(bytes, recipe -> {
            recipe.genTime = at;
            recipe.imprint = new ASN1ObjectIdentifier(hash.oid());
            recipe.crlThisUpdate = at.minus(Duration.ofDays(1));
            recipe.crlNextUpdate = at.plus(Duration.ofDays(6));
            change.accept(recipe);
            return recipe;
        }));
    }

    // --- packages

    private Map<String, byte[]> sealTokenThatExpires() throws Exception {
        Map<String, byte[]> members = new LinkedHashMap<>(sample.members);
        byte[] stamped = members.get(AsicNames.manifest(2));
        members.put(
                AsicNames.timestamp(2),
                token(
                                OLD,
                                OLD.start().digest(stamped),
                                Sample.SEALED.plusSeconds(60),
                                r -> r.notAfter = FIRST.plusSeconds(60))
                        .der());
        return members;
    }

    /** All files of the package but mimetype, which no manifest lists. */
    private static Map<String, byte[]> files(Map<String, byte[]> members) {
        Map<String, byte[]> files = new LinkedHashMap<>(members);
        files.remove(AsicNames.MIMETYPE);
        return files;
    }

    private List<byte[]> digests(TreeHash hash) {
        return digests(hash, files(sample.members));
    }

    private static List<byte[]> digests(TreeHash hash, Map<String, byte[]> files) {
        return files.values().stream()
                .map(content -> hash.start().digest(content))
                .toList();
    }

    private void add(String name, String why, String expect, EvidenceRecord record) throws Exception {
        add(name, why, expect, sample.members, files(sample.members), record.der());
    }

    private void add(String name, String why, String expect, Map<String, byte[]> members, Consumer<Forge.Recipe> change)
            throws Exception {
        Map<String, byte[]> files = files(members);
        add(
                name,
                why,
                expect,
                members,
                files,
                first(digests(OLD, files), change).der());
    }

    private void add(
            String name,
            String why,
            String expect,
            Map<String, byte[]> members,
            Map<String, byte[]> listed,
            byte[] record)
            throws Exception {
        byte[] manifest =
                AsicManifest.forEvidenceRecord(1, Sample.entries(listed)).toXml();
        vectors.add(Vector.of(
                name,
                why,
                expect,
                RawZip.of(members)
                        .add(AsicNames.evidenceRecordManifest(1), manifest)
                        .add(AsicNames.evidenceRecord(1), record)
                        .toBytes()));
    }
}
