package org.tiezheng.evidence.log;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.zip.MemberNames;

/**
 * An entry of the log that is not a package: one line of JSON, keys in this order, absent ones left out.
 *
 * <pre>
 * {"v":1,"kind":"discard","id":"5f0e8a3c-…","sha256":"…","size":4711,"t":"2026-11-21T08:01:00Z"}
 * {"v":1,"kind":"objects","id":"5f0e8a3c-…","until":"2036-11-21T08:01:00Z",
 *  "members":[{"name":"mimetype","sha256":"…","size":31},…],"t":"2026-11-21T08:01:00Z"}          (one line)
 * {"v":1,"kind":"objects","id":"5f0e8a3c-…","until":"2036-11-21T08:01:00Z","part":2,"parts":3,"members":[…],"t":"…"}
 * </pre>
 *
 * <p>An entry has at most 64 KiB. The objects of a package that do not fit into one stand in several, in order, each with the same
 * {@code until} and {@code t}: {@link #objectsOf}.
 *
 * <p>No address and no personal data: the log is public. What a digest is of says {@link Kind}. Source: docs/log.md,
 * "Entries".
 *
 * @param sha256 of what the kind says; null where it has none
 * @param sizeBytes of the object whose digest that is; null if the digest is not one of an object
 * @param until end of the lock, to the second, UTC; null where the kind has none
 * @param part which part of {@link Kind#OBJECTS} this is; null if it is the whole, as for all other kinds
 * @param members of {@link Kind#OBJECTS}, in the container's order; else empty
 * @param time of the event, to the second, UTC
 */
public record LogEvent(
        Kind kind,
        UUID id,
        @Nullable Digest sha256,
        @Nullable Long sizeBytes,
        @Nullable Instant until,
        @Nullable Part part,
        List<Member> members,
        Instant time)
        implements LogEntry {
    private static final Instant YEAR_10000 =
            Instant.parse("9999-12-31T23:59:59Z").plusSeconds(1);
    /** Sizes have at most 18 digits, so that every reader's 64-bit number holds them. */
    private static final long MAX_SIZE = 999_999_999_999_999_999L;
    /** What naming a part takes at most. */
    private static final int PART_BYTES = ",\"part\":9999,\"parts\":9999".length();

    /** What happened; the word in the line is the name in lower case. */
    public enum Kind {
        /**
         * All objects of a package, with the end of their lock; {@code id} is the package. Follows the package's own entry; in
         * several parts if they are too many for one.
         */
        OBJECTS(false, false, Presence.REQUIRED),
        /** A capture ended without a package; {@code id} is the attempt, the digest that of its audit event. */
        FAILURE(true, false, Presence.ABSENT),
        /** A file in quarantine, or an orphan, was discarded; {@code id} is the upload, the digest that of the file. */
        DISCARD(true, true, Presence.ABSENT),
        /** A package is locked longer; {@code id} is the package, the digest that of the audit event. */
        RETENTION(true, false, Presence.REQUIRED),
        /** A legal hold was put on; {@code id} is the package, the digest that of the audit event. */
        HOLD(true, false, Presence.ABSENT),
        /** A legal hold was lifted; as {@link #HOLD}. */
        RELEASE(true, false, Presence.ABSENT),
        /** A package was destroyed; {@code id} is the package, the digest that of the certificate, which is kept. */
        DISPOSAL(true, true, Presence.OPTIONAL),
        /** A copy was made good; {@code id} is the package or kept object, the digest that of the object. */
        REPAIR(true, true, Presence.OPTIONAL),
        /** A batch of evidence records; {@code id} is the batch, the digest that of the batch object. */
        RECORDS(true, true, Presence.REQUIRED),
        /** A renewed batch; as {@link #RECORDS}. */
        RENEWAL(true, true, Presence.REQUIRED),
        /** A report of the archive on itself; {@code id} is the report, the digest that of the report object. */
        REPORT(true, true, Presence.REQUIRED),
        /** The log's key is used from here; {@code id} is random, the digest that of the verifier key's line. */
        KEY(true, false, Presence.ABSENT),
        /**
         * A time-stamp authority came into use or went out of it; {@code id} is random, the digest that of its certificate. Each
         * certificate's first entry brings it in, the second takes it out, and so on.
         */
        TSA(true, false, Presence.ABSENT),
        /**
         * A package is about to be destroyed, by a list that two persons approved; {@code id} is the package, the digest that of the
         * list. From here on its objects may be gone; {@link #DISPOSAL} ends it.
         */
        DELETION(true, false, Presence.ABSENT),
        /** The register of the catalogue as it was at a time; {@code id} is the register, the digest that of its object. */
        REGISTER(true, true, Presence.REQUIRED);

        private enum Presence {
            REQUIRED,
            OPTIONAL,
            ABSENT
        }

        private final boolean hasDigest;
        private final boolean isOfObject;
        private final Presence until;

        Kind(boolean hasDigest, boolean isOfObject, Presence until) {
            this.hasDigest = hasDigest;
            this.isOfObject = isOfObject;
            this.until = until;
        }

        /** The word in the line. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether the digest is that of an object, whose size is said too. */
        public boolean isOfObject() {
            return isOfObject;
        }

        static Optional<Kind> ofWord(String word) {
            return Arrays.stream(values()).filter(k -> k.word().equals(word)).findFirst();
        }
    }

    /**
     * One of the entries that name the objects of one package together.
     *
     * @param number from 1
     * @param of how many, 2 to {@value #MOST}
     */
    public record Part(int number, int of) {
        /** A million members with the longest names. */
        public static final int MOST = 9_999;

        /** @throws IllegalArgumentException if there is no such part */
        public Part {
            if (of < 2 || of > MOST || number < 1 || number > of) {
                throw new IllegalArgumentException("part " + number + " of " + of);
            }
        }
    }

    /** A member of a package, as the object that holds it. */
    public record Member(String name, Digest sha256, long sizeBytes) {
        /** @throws IllegalArgumentException if the name is none of a member, or the digest is no SHA-256 */
        public Member {
            if (!MemberNames.isLegal(name)) {
                throw new IllegalArgumentException("illegal member name " + MemberNames.printable(name));
            }
            requireSha256(sha256);
            requireSize(sizeBytes);
        }
    }

    /** @throws IllegalArgumentException if something is missing, is there that the kind has not, or the line gets too long */
    public LogEvent {
        members = List.copyOf(members);
        time = toSecond(time);
        until = until == null ? null : toSecond(until);
        if ((sha256 != null) != kind.hasDigest || (sizeBytes != null) != kind.isOfObject) {
            throw new IllegalArgumentException(kind
                    + (kind.hasDigest ? " needs a digest" : " has no digest")
                    + (kind.isOfObject ? " and a size" : ""));
        }
        if (sha256 != null) {
            requireSha256(sha256);
        }
        if (sizeBytes != null) {
            requireSize(sizeBytes);
        }
        if (until == null ? kind.until == Kind.Presence.REQUIRED : kind.until == Kind.Presence.ABSENT) {
            throw new IllegalArgumentException(kind + (until == null ? " needs" : " has no") + " end of a lock");
        }
        if (members.isEmpty() == (kind == Kind.OBJECTS)) {
            throw new IllegalArgumentException("members are those of a package's objects");
        }
        if (part != null && kind != Kind.OBJECTS) {
            throw new IllegalArgumentException("parts are those of a package's objects");
        }
        if (kind == Kind.OBJECTS
                && line(kind, id, sha256, sizeBytes, until, part, members, time).length() > LogTree.MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException("a line of more than " + LogTree.MAX_ENTRY_BYTES + " bytes");
        }
    }

    /** {@link Kind#OBJECTS}. @throws IllegalArgumentException also if they are too many for one entry */
    public static LogEvent objects(UUID packageId, Instant until, List<Member> members, Instant time) {
        return new LogEvent(Kind.OBJECTS, packageId, null, null, until, null, members, time);
    }

    /**
     * {@link Kind#OBJECTS}: as many entries as are needed, in order, each as full as it can be; {@link #objects} if one is
     * enough. The same members always give the same entries.
     *
     * @throws IllegalArgumentException if there are none, or so many that more than {@link Part#MOST} entries are needed
     */
    public static List<LogEvent> objectsOf(UUID packageId, Instant until, List<Member> members, Instant time) {
        int around = line(Kind.OBJECTS, packageId, null, null, toSecond(until), null, List.of(), toSecond(time))
                        .length()
                + ",\"members\":[]".length();
        List<List<Member>> parts = new ArrayList<>();
        int room = 0;
        for (Member member : members) {
            // With the comma before it, which the first has not: a byte less than fits.
            int needed = text(member).length() + 1;
            if (parts.isEmpty() || needed > room) {
                room = LogTree.MAX_ENTRY_BYTES - around - PART_BYTES;
                parts.add(new ArrayList<>());
            }
            parts.get(parts.size() - 1).add(member);
            room -= needed;
        }
        if (parts.size() < 2) {
            return List.of(objects(packageId, until, members, time));
        }
        List<LogEvent> entries = new ArrayList<>();
        for (List<Member> some : parts) {
            Part part = new Part(entries.size() + 1, parts.size());
            entries.add(new LogEvent(Kind.OBJECTS, packageId, null, null, until, part, some, time));
        }
        return entries;
    }

    /** For kinds whose digest is that of an object. */
    public static LogEvent ofObject(
            Kind kind, UUID id, Digest sha256, long sizeBytes, @Nullable Instant until, Instant time) {
        return new LogEvent(kind, id, sha256, sizeBytes, until, null, List.of(), time);
    }

    /** For kinds whose digest is that of an audit event, a key or a certificate. */
    public static LogEvent of(Kind kind, UUID id, Digest sha256, @Nullable Instant until, Instant time) {
        return new LogEvent(kind, id, sha256, null, until, null, List.of(), time);
    }

    private static void requireSha256(Digest digest) {
        if (digest.algorithm() != Digest.Algorithm.SHA256) {
            throw new IllegalArgumentException("an entry names SHA-256 digests");
        }
    }

    private static void requireSize(long sizeBytes) {
        if (sizeBytes < 0 || sizeBytes > MAX_SIZE) {
            throw new IllegalArgumentException("a size of " + sizeBytes);
        }
    }

    private static Instant toSecond(Instant time) {
        if (time.isBefore(Instant.EPOCH) || !time.isBefore(YEAR_10000)) {
            throw new IllegalArgumentException("a time before 1970 or after 9999");
        }
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** @throws MalformedLogException if {@code entry} is not exactly such a line */
    public static LogEvent parse(byte[] entry) throws MalformedLogException {
        if (entry.length > LogTree.MAX_ENTRY_BYTES) {
            throw new MalformedLogException("an entry of " + entry.length + " bytes");
        }
        Scanner line = new Scanner(new String(entry, StandardCharsets.ISO_8859_1));
        LogEvent event;
        try {
            event = read(line);
        } catch (RuntimeException e) {
            throw new MalformedLogException("the entry of an event with a value that is none", e);
        }
        // One line for one event: no other spelling of an id, number or time.
        if (!Arrays.equals(event.toBytes(), entry)) {
            throw new MalformedLogException("not the entry of an event");
        }
        return event;
    }

    private static LogEvent read(Scanner line) throws MalformedLogException {
        line.expect("{\"v\":1,\"kind\":\"");
        Kind kind = Kind.ofWord(line.text()).orElseThrow(() -> new MalformedLogException("an event of no known kind"));
        line.expect(",\"id\":\"");
        UUID id = UUID.fromString(line.text());
        Digest sha256 = line.skip(",\"sha256\":\"") ? Digest.sha256(line.text()) : null;
        Long size = line.skip(",\"size\":") ? (Long) line.number() : null;
        Instant until = line.skip(",\"until\":\"") ? Instant.parse(line.text()) : null;
        Part part = null;
        if (line.skip(",\"part\":")) {
            int number = Math.toIntExact(line.number());
            line.expect(",\"parts\":");
            part = new Part(number, Math.toIntExact(line.number()));
        }
        List<Member> members = new ArrayList<>();
        if (line.skip(",\"members\":[")) {
            do {
                line.expect("{\"name\":\"");
                String name = line.text();
                line.expect(",\"sha256\":\"");
                Digest digest = Digest.sha256(line.text());
                line.expect(",\"size\":");
                members.add(new Member(name, digest, line.number()));
                line.expect("}");
            } while (line.skip(","));
            line.expect("]");
        }
        line.expect(",\"t\":\"");
        Instant time = Instant.parse(line.text());
        line.expect("}");
        return new LogEvent(kind, id, sha256, size, until, part, members, time);
    }

    /** Goes through a line; what it gives is compared with the line again, so it need not be exact. */
    private static final class Scanner {
        private final String line;
        private int at;

        Scanner(String line) {
            this.line = line;
        }

        boolean skip(String text) {
            boolean is = line.startsWith(text, at);
            at += is ? text.length() : 0;
            return is;
        }

        void expect(String text) throws MalformedLogException {
            if (!skip(text)) {
                throw new MalformedLogException("not the entry of an event");
            }
        }

        /** To the next quotation mark, which is skipped. */
        String text() throws MalformedLogException {
            int end = line.indexOf('"', at);
            if (end < 0) {
                throw new MalformedLogException("not the entry of an event");
            }
            String text = line.substring(at, end);
            at = end + 1;
            return text;
        }

        long number() {
            int from = at;
            while (at < line.length() && line.charAt(at) >= '0' && line.charAt(at) <= '9') {
                at++;
            }
            return Long.parseLong(line.substring(from, at));
        }
    }

    private static String line(
            Kind kind,
            UUID id,
            @Nullable Digest sha256,
            @Nullable Long sizeBytes,
            @Nullable Instant until,
            @Nullable Part part,
            List<Member> members,
            Instant time) {
        StringBuilder line = new StringBuilder(200 + 200 * members.size());
        line.append("{\"v\":1,\"kind\":\"").append(kind.word());
        line.append("\",\"id\":\"").append(id).append('"');
        if (sha256 != null) {
            line.append(",\"sha256\":\"").append(sha256.hex()).append('"');
        }
        if (sizeBytes != null) {
            line.append(",\"size\":").append((long) sizeBytes);
        }
        if (until != null) {
            line.append(",\"until\":\"").append(until).append('"');
        }
        if (part != null) {
            line.append(",\"part\":")
                    .append(part.number())
                    .append(",\"parts\":")
                    .append(part.of());
        }
        String between = ",\"members\":[";
        for (Member member : members) {
            line.append(between).append(text(member));
            between = ",";
        }
        return line.append(members.isEmpty() ? "" : "]")
                .append(",\"t\":\"")
                .append(time)
                .append("\"}")
                .toString();
    }

    private static String text(Member member) {
        return "{\"name\":\"" + member.name() + "\",\"sha256\":\""
                + member.sha256().hex() + "\",\"size\":" + member.sizeBytes() + "}";
    }

    /** The line, without a newline. */
    @Override
    public String toString() {
        return line(kind, id, sha256, sizeBytes, until, part, members, time);
    }

    @Override
    public byte[] toBytes() {
        return toString().getBytes(StandardCharsets.US_ASCII);
    }
}
