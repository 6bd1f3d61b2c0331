package org.tiezheng.evidence.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.SignedCms;

/** Reads a {@link RecordBatch}; every line must be exactly as it would be written. Not for several threads. */
final class RecordBatchParser {
    /** A token in Base64, and some words. */
    private static final int MAX_LINE = SignedCms.MAX_BYTES / 3 * 4 + 100;

    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,6}");
    private static final int MAX_CHAIN_TOKENS = 128;

    private final byte[] text;
    private int at;
    private int number;

    RecordBatchParser(byte[] text) {
        this.text = text;
    }

    RecordBatch parse() throws MalformedRecordBatchException {
        if (text.length > RecordBatch.MAX_BYTES) {
            throw new MalformedRecordBatchException("larger than " + RecordBatch.MAX_BYTES + " bytes");
        }
        require(next().equals(RecordBatch.magic()), "expected \"" + RecordBatch.magic() + "\"");
        UUID id = uuid(after("id ", next()));
        String parentText = after("parent ", next());
        require(parentText.equals("-") || Digest.isTextForm(parentText), "not a SHA-256 or -");
        Digest parent = parentText.equals("-") ? null : Digest.sha256(parentText);
        String line = next();
        List<RecordBatch.Chain> chains = new ArrayList<>();
        while (line.startsWith("chain ")) {
            String oid = line.substring("chain ".length());
            TreeHash hash = TreeHash.of(oid).orElse(null);
            if (hash == null) {
                throw wrong("unknown digest algorithm");
            }
            List<TimestampToken> tokens = new ArrayList<>();
            line = next();
            while (line.startsWith("token ")) {
                require(tokens.size() < MAX_CHAIN_TOKENS, "too many tokens");
                tokens.add(token(line.substring("token ".length())));
                line = next();
            }
            require(!tokens.isEmpty(), "expected a token");
            require(chains.size() < RecordBatch.maxChains(), "too many chains");
            chains.add(new RecordBatch.Chain(hash, tokens));
        }
        require(!chains.isEmpty(), "expected a chain");
        return members(id, parent, chains, line);
    }

    private RecordBatch members(UUID id, @Nullable Digest parent, List<RecordBatch.Chain> chains, String line)
            throws MalformedRecordBatchException {
        String count = after("members ", line);
        require(
                COUNT.matcher(count).matches() && Integer.parseInt(count) <= RecordBatch.MAX_MEMBERS,
                "not a number of members");
        int members = Integer.parseInt(count);
        // No more room than lines can be there: a number costs a sender nothing.
        int room = Math.min(members, text.length / 40);
        List<UUID> ids = new ArrayList<>(room);
        List<List<byte[]>> groups = new ArrayList<>(room);
        boolean[] here = new boolean[room];
        for (int i = 0; i < members; i++) {
            String[] words = next().split(" ", -1);
            require(words.length == 2 + chains.size(), "not a member of " + chains.size() + " chains");
            require(words[0].equals("+") || words[0].equals("-"), "expected + or -");
            UUID member = uuid(words[1]);
            require(i == 0 || RecordBatch.isBefore(ids.get(i - 1), member), "members are not in ascending order");
            List<byte[]> own = groups(words, chains);
            require(words[0].equals("-") || own.size() == chains.size(), "a member here that is not in every tree");
            here[i] = words[0].equals("+");
            ids.add(member);
            groups.add(own);
        }
        require(at == text.length, "more after the last member");
        // A chain nobody is in would have no tree.
        require(groups.stream().anyMatch(own -> own.size() == chains.size()), "nobody is in the last chain");
        return RecordBatch.of(id, parent, chains, ids, here, groups);
    }

    private List<byte[]> groups(String[] words, List<RecordBatch.Chain> chains) throws MalformedRecordBatchException {
        List<byte[]> own = new ArrayList<>(chains.size());
        for (int c = 0; c < chains.size(); c++) {
            String word = words[2 + c];
            if (word.equals("-")) {
                require(c > 0, "a member without a group");
                continue;
            }
            require(own.size() == c, "a group after a chain it is not in");
            require(
                    word.length() == 2 * chains.get(c).hash().sizeBytes() && isLowerHex(word),
                    "not a digest of its chain's algorithm");
            own.add(HexFormat.of().parseHex(word));
        }
        return List.copyOf(own);
    }

    private static boolean isLowerHex(String word) {
        return word.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    private TimestampToken token(String base64) throws MalformedRecordBatchException {
        try {
            byte[] der = Base64.getDecoder().decode(base64);
            require(Base64.getEncoder().encodeToString(der).equals(base64), "not the one Base64 text");
            TimestampToken token = TimestampToken.parse(der);
            require(Arrays.equals(token.inDer().der(), der), "a token that is not DER");
            return token;
        } catch (MalformedTokenException | IllegalArgumentException | IllegalStateException e) {
            throw new MalformedRecordBatchException("line " + number + ": not a token", e);
        }
    }

    private UUID uuid(String word) throws MalformedRecordBatchException {
        require(UUID_TEXT.matcher(word).matches(), "not a UUID in lower case");
        return UUID.fromString(word);
    }

    private String after(String word, String line) throws MalformedRecordBatchException {
        require(line.startsWith(word), "expected \"" + word.trim() + "\"");
        return line.substring(word.length());
    }

    private String next() throws MalformedRecordBatchException {
        number++;
        int end = at;
        while (end < text.length && text[end] != '\n') {
            if (text[end] < ' ' || text[end] > '~' || end - at > MAX_LINE) {
                throw wrong("not a line of printable ASCII");
            }
            end++;
        }
        if (end == text.length) {
            throw wrong("ends too early");
        }
        String line = new String(text, at, end - at, StandardCharsets.US_ASCII);
        at = end + 1;
        return line;
    }

    private void require(boolean right, String what) throws MalformedRecordBatchException {
        if (!right) {
            throw wrong(what);
        }
    }

    private MalformedRecordBatchException wrong(String what) {
        return new MalformedRecordBatchException("line " + number + ": " + what);
    }
}
