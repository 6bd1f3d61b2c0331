package org.tiezheng.evidence.record;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.Imprint;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * What the evidence records of many packages have in common, so that one object keeps them all: the tokens of their chains, and of
 * each package the hash of its group in each chain's tree. Paths are left out: {@link #evidenceRecord} finds them again.
 *
 * <pre>
 * tiezheng-record-batch 1
 * id 5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01
 * parent -                                            SHA-256 of the object this one renews
 * chain 2.16.840.1.101.3.4.2.1                        digest algorithm of the tree
 * token MIIG…                                         DER, Base64; further ones renew the one before
 * members 2
 * + 0b3c…-…-… 9f2a…                                   group hash in each chain
 * - 77e1…-…-… 03bd…                                   in the tree, but its record is in another object
 * </pre>
 *
 * <p>One object has one text: what parses is written with equal bytes. A renewal makes a new object; a package that cannot be
 * renewed stays with the older one, and stands in the new one with {@code -}, because the tree needs its hash. Nothing here is
 * believed: {@link EvidenceRecordChecks} judges the records that come out. Source: docs/records.md, "Batch object".
 *
 * <p>Immutable; safe for use by several threads. The trees are built when a record is first asked for.
 */
public final class RecordBatch {
    public static final int MAX_BYTES = 256 << 20;
    public static final int MAX_MEMBERS = 250_000;

    private static final int MAX_CHAINS = 32;
    private static final int MAX_TOKENS = 128;
    private static final String MAGIC = "tiezheng-record-batch 1";
    /** The order of their text forms, which {@link UUID#compareTo} is not. */
    private static final Comparator<UUID> BY_TEXT = (a, b) -> {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    private final UUID id;
    private final @Nullable Digest parent;
    private final List<Chain> chains;
    private final List<Line> lines;
    private final Tree[] trees;

    /** Tokens of a chain, the oldest first: over the tree's root, then each over the one before it. */
    public record Chain(TreeHash hash, List<TimestampToken> tokens) {
        public Chain {
            tokens = List.copyOf(tokens);
            if (tokens.isEmpty() || tokens.size() > MAX_TOKENS) {
                throw new IllegalArgumentException(tokens.size() + " tokens in a chain");
            }
        }

        TimestampToken last() {
            return tokens.get(tokens.size() - 1);
        }
    }

    /**
     * A package in the trees.
     *
     * @param here whether its record is made from this object
     * @param groups group hash for each chain it is in, from the first on
     */
    private record Line(UUID id, boolean here, List<byte[]> groups) {}

    /** A chain's tree, and where in it the packages are. */
    private record Tree(MerkleBatch merkle, int[] indexOfLine) {}

    private RecordBatch(UUID id, @Nullable Digest parent, List<Chain> chains, List<Line> lines) {
        this.id = id;
        this.parent = parent;
        this.chains = List.copyOf(chains);
        this.lines = lines;
        this.trees = new Tree[chains.size()];
    }

    /**
     * The first object of a batch.
     *
     * @param groups hash of each package's group under {@code hash}, see {@link #groupHash}
     * @param token over {@link #root} of {@code groups}
     */
    public static RecordBatch first(UUID id, TreeHash hash, Map<UUID, byte[]> groups, TimestampToken token) {
        requireMembers(groups.size());
        List<Line> lines = new ArrayList<>(groups.size());
        groups.forEach((member, group) -> lines.add(new Line(member, true, List.of(group.clone()))));
        lines.sort(Comparator.comparing(Line::id, BY_TEXT));
        return new RecordBatch(id, null, List.of(new Chain(hash, List.of(token.inDer()))), lines);
    }

    private static void requireMembers(int count) {
        if (count < 1 || count > MAX_MEMBERS) {
            throw new IllegalArgumentException(count + " members, not 1 to " + MAX_MEMBERS);
        }
    }

    /** Root of the tree over the groups of {@link #first}, or of a new chain: what the token must be over. */
    public static Imprint root(TreeHash hash, Collection<byte[]> groups) {
        return new Imprint(hash.oid(), merkle(hash, new ArrayList<>(groups)).root());
    }

    /** Hash of a data group: of its digests in ascending order; the one digest itself if it is alone. */
    public static byte[] groupHash(TreeHash hash, List<byte[]> digests) {
        return hash.node(digests);
    }

    /** This object as a renewal takes it up: its last token with the CRLs of that moment inside. */
    public RecordBatch withLastToken(TimestampToken sameStatement) {
        Chain last = chains.get(chains.size() - 1);
        if (!last.last().serial().equals(sameStatement.serial())
                || !Arrays.equals(last.last().imprint(), sameStatement.imprint())
                || !last.last().genTime().equals(sameStatement.genTime())) {
            throw new IllegalArgumentException("another statement than " + last.last());
        }
        List<TimestampToken> tokens = new ArrayList<>(last.tokens());
        tokens.set(tokens.size() - 1, sameStatement.inDer());
        return new RecordBatch(id, parent, withLast(new Chain(last.hash(), tokens)), lines);
    }

    private List<Chain> withLast(Chain chain) {
        List<Chain> changed = new ArrayList<>(chains);
        changed.set(changed.size() - 1, chain);
        return changed;
    }

    /** What the token of a time-stamp renewal must be over: the last token's bytes, under the algorithm of its chain. */
    public Imprint renewalImprint() {
        Chain last = chains.get(chains.size() - 1);
        return new Imprint(last.hash().oid(), last.hash().of(last.last().der()));
    }

    /**
     * Time-stamp renewal.
     *
     * @param renewed SHA-256 of the object that is renewed, as it is kept
     * @param here packages whose records are made from the new object
     * @param token over {@link #renewalImprint}
     */
    public RecordBatch withRenewedToken(UUID newId, Digest renewed, Set<UUID> here, TimestampToken token) {
        Chain last = chains.get(chains.size() - 1);
        List<TimestampToken> tokens = new ArrayList<>(last.tokens());
        tokens.add(token.inDer());
        List<Line> kept = lines.stream()
                .map(line -> new Line(line.id(), line.here() && here.contains(line.id()), line.groups()))
                .toList();
        return new RecordBatch(newId, renewed, withLast(new Chain(last.hash(), tokens)), kept);
    }

    /**
     * Hash-tree renewal.
     *
     * @param renewed SHA-256 of the object that is renewed, as it is kept
     * @param groups of the packages that go into the new chain, see {@link #renewedGroup}; the others stay behind
     * @param token over {@link #root} of {@code groups}
     */
    public RecordBatch withNewChain(
            UUID newId, Digest renewed, TreeHash hash, Map<UUID, byte[]> groups, TimestampToken token) {
        requireMembers(groups.size());
        List<Line> kept = new ArrayList<>(lines.size());
        int taken = 0;
        for (Line line : lines) {
            byte[] group = line.here() ? groups.get(line.id()) : null;
            if (group == null) {
                kept.add(new Line(line.id(), false, line.groups()));
            } else {
                List<byte[]> all = new ArrayList<>(line.groups());
                all.add(group.clone());
                kept.add(new Line(line.id(), true, List.copyOf(all)));
                taken++;
            }
        }
        if (taken != groups.size()) {
            throw new IllegalArgumentException("packages that are not here");
        }
        List<Chain> longer = new ArrayList<>(chains);
        longer.add(new Chain(hash, List.of(token.inDer())));
        return new RecordBatch(newId, renewed, longer, kept);
    }

    /**
     * @throws MalformedRecordBatchException if {@code text} is not exactly one batch object within the limits; never an
     *     unchecked exception
     */
    public static RecordBatch parse(byte[] text) throws MalformedRecordBatchException {
        return new RecordBatchParser(text).parse();
    }

    /** For the parser, which has checked the parts one by one. */
    static RecordBatch of(
            UUID id,
            @Nullable Digest parent,
            List<Chain> chains,
            List<UUID> ids,
            boolean[] here,
            List<List<byte[]>> groups) {
        List<Line> lines = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            lines.add(new Line(ids.get(i), here[i], groups.get(i)));
        }
        return new RecordBatch(id, parent, chains, lines);
    }

    static boolean isBefore(UUID one, UUID other) {
        return BY_TEXT.compare(one, other) < 0;
    }

    /** The one text of this object, ASCII. */
    public byte[] toBytes() {
        HexFormat hex = HexFormat.of();
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024 + lines.size() * 110);
        StringBuilder line = new StringBuilder(MAGIC);
        line.append("\nid ").append(id).append("\nparent ").append(parent == null ? "-" : parent.hex());
        for (Chain chain : chains) {
            line.append("\nchain ").append(chain.hash().oid());
            for (TimestampToken token : chain.tokens()) {
                line.append("\ntoken ").append(Base64.getEncoder().encodeToString(token.der()));
            }
        }
        line.append("\nmembers ").append(lines.size()).append('\n');
        for (Line member : lines) {
            line.append(member.here() ? "+ " : "- ").append(member.id());
            for (byte[] group : member.groups()) {
                line.append(' ').append(hex.formatHex(group));
            }
            for (int i = member.groups().size(); i < chains.size(); i++) {
                line.append(" -");
            }
            line.append('\n');
            byte[] bytes = line.toString().getBytes(StandardCharsets.US_ASCII);
            out.write(bytes, 0, bytes.length);
            line.setLength(0);
        }
        return out.toByteArray();
    }

    public UUID id() {
        return id;
    }

    /** SHA-256 of the object that this one renews; empty for the first of a batch. */
    public Optional<Digest> parent() {
        return Optional.ofNullable(parent);
    }

    /** At least one. */
    public List<Chain> chains() {
        return chains;
    }

    /** The newest token: what a renewal must cover in time. */
    public TimestampToken lastToken() {
        return chains.get(chains.size() - 1).last();
    }

    /** Algorithm of the newest tree. */
    public TreeHash lastHash() {
        return chains.get(chains.size() - 1).hash();
    }

    /** Packages whose records are made from this object, ascending. */
    public List<UUID> members() {
        return lines.stream().filter(Line::here).map(Line::id).toList();
    }

    /** Hash of a package's group in chain {@code chain}, from 0; empty if it is not in that tree. */
    public Optional<byte[]> group(UUID member, int chain) {
        int at = find(member);
        return at < 0 || lines.get(at).groups().size() <= chain
                ? Optional.empty()
                : Optional.of(lines.get(at).groups().get(chain).clone());
    }

    private int find(UUID member) {
        int low = 0;
        int high = lines.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = BY_TEXT.compare(lines.get(middle).id(), member);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** Digests of a package's group under an algorithm; empty if they are not known. */
    @FunctionalInterface
    public interface Digests {
        Optional<List<byte[]>> of(TreeHash hash);
    }

    /**
     * The evidence record of a package, RFC 4998, DER.
     *
     * @param digests of the package's group under the algorithm of each chain
     * @throws GroupMismatchException if they are not known, or not what the trees were made of
     * @throws IllegalArgumentException if the package's record is not made from this object
     */
    public byte[] evidenceRecord(UUID member, Digests digests) throws GroupMismatchException {
        int at = find(member);
        if (at < 0 || !lines.get(at).here()) {
            throw new IllegalArgumentException("no record of " + member + " in batch " + id);
        }
        EvidenceRecord record = null;
        byte[] der = new byte[0];
        for (int c = 0; c < chains.size(); c++) {
            Chain chain = chains.get(c);
            List<byte[]> leaves = digests(member, chain.hash(), digests);
            if (record != null) {
                leaves = EvidenceRecordWriter.renewalLeaves(record, chain.hash(), leaves);
            }
            if (!MessageDigest.isEqual(
                    chain.hash().node(leaves), lines.get(at).groups().get(c))) {
                throw new GroupMismatchException("the files of " + member + " are not those of batch " + id);
            }
            Tree tree = tree(c);
            List<List<byte[]>> path = new ArrayList<>(tree.merkle().reducedHashtree(tree.indexOfLine()[at]));
            path.set(0, leaves.stream().sorted(Arrays::compareUnsigned).toList());
            TimestampToken first = chain.tokens().get(0);
            der = record == null
                    ? EvidenceRecordWriter.first(chain.hash(), path, first)
                    : EvidenceRecordWriter.withNewChain(record, chain.hash(), path, first);
            for (TimestampToken renewal :
                    chain.tokens().subList(1, chain.tokens().size())) {
                der = EvidenceRecordWriter.withRenewedToken(parsed(der), List.of(), renewal);
            }
            record = c + 1 < chains.size() ? parsed(der) : null;
        }
        return der;
    }

    /** Hash of a package's group for a new chain under {@code next}: over its data and its record so far. */
    public byte[] renewedGroup(UUID member, TreeHash next, Digests digests) throws GroupMismatchException {
        EvidenceRecord record = parsed(evidenceRecord(member, digests));
        return next.node(EvidenceRecordWriter.renewalLeaves(record, next, digests(member, next, digests)));
    }

    private static List<byte[]> digests(UUID member, TreeHash hash, Digests digests) throws GroupMismatchException {
        List<byte[]> found = digests.of(hash)
                .orElseThrow(() -> new GroupMismatchException("no digests of " + member + " under " + hash));
        if (found.isEmpty() || found.stream().anyMatch(digest -> digest.length != hash.sizeBytes())) {
            throw new GroupMismatchException("no digests of " + member + " under " + hash);
        }
        return found;
    }

    private static EvidenceRecord parsed(byte[] der) {
        try {
            return EvidenceRecord.parse(der);
        } catch (MalformedEvidenceRecordException e) {
            throw new IllegalStateException("a record of our own", e);
        }
    }

    /** What is wrong with it in itself: tokens that are not over the tree, or not over the token before. Empty if nothing. */
    public List<String> faults() {
        List<String> faults = new ArrayList<>();
        for (int c = 0; c < chains.size(); c++) {
            Chain chain = chains.get(c);
            byte[] expected = tree(c).merkle().root();
            for (int t = 0; t < chain.tokens().size(); t++) {
                TimestampToken token = chain.tokens().get(t);
                if (!token.imprintAlgorithm().equals(chain.hash().oid())
                        || !MessageDigest.isEqual(token.imprint(), expected)) {
                    faults.add("chain " + (c + 1) + ", token " + (t + 1) + ": is over something else");
                }
                expected = chain.hash().of(token.der());
            }
        }
        return faults;
    }

    private Tree tree(int chain) {
        synchronized (trees) {
            Tree known = trees[chain];
            if (known == null) {
                List<byte[]> nodes = new ArrayList<>();
                int[] indexOfLine = new int[lines.size()];
                Arrays.fill(indexOfLine, -1);
                for (int i = 0; i < lines.size(); i++) {
                    List<byte[]> groups = lines.get(i).groups();
                    if (groups.size() > chain) {
                        indexOfLine[i] = nodes.size();
                        nodes.add(groups.get(chain));
                    }
                }
                known = new Tree(merkle(chains.get(chain).hash(), nodes), indexOfLine);
                trees[chain] = known;
            }
            return known;
        }
    }

    private static MerkleBatch merkle(TreeHash hash, List<byte[]> nodes) {
        return new MerkleBatch(
                hash, nodes.stream().map(Collections::singletonList).toList());
    }

    @Override
    public String toString() {
        return "record batch " + id + ", " + lines.size() + " in its trees, " + chains.size() + " chains";
    }

    static int maxChains() {
        return MAX_CHAINS;
    }

    static String magic() {
        return MAGIC;
    }
}
