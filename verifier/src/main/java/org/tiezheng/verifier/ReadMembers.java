package org.tiezheng.verifier;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;

/**
 * The members of one zip and what their bytes hash to. Made before the pass, which fills the sinks; digests
 * may be asked after it.
 */
final class ReadMembers {
    private final CanonicalZipReader zip;
    private final String container;
    private final List<Member> members;
    private final Map<Member, DigestSink> sha256 = new IdentityHashMap<>();
    private final Map<Member, DigestSink> sm3 = new IdentityHashMap<>();
    private final Map<Member, Digest> sha256Results = new IdentityHashMap<>();
    private final Map<Member, Digest> sm3Results = new IdentityHashMap<>();

    /** @param container what subjects put before member names: empty, or {@code wacz/capture.wacz!} */
    ReadMembers(CanonicalZipReader zip, String container) {
        this.zip = zip;
        this.container = container;
        // A hostile directory may list overlapping members (a Z02 finding): read each byte for one of them.
        // By identity: a directory that lists one member twice gives two equal ones.
        Set<Member> apart = Collections.newSetFromMap(new IdentityHashMap<>());
        long end = 0;
        for (Member member : zip.members().stream()
                .sorted(Comparator.comparingLong(Member::dataOffset))
                .toList()) {
            if (member.dataOffset() >= end) {
                apart.add(member);
                end = member.endOffset();
            }
        }
        this.members = zip.members().stream().filter(apart::contains).toList();
    }

    CanonicalZipReader zip() {
        return zip;
    }

    List<Member> members() {
        return members;
    }

    /** All members of that name: more than one is a Z04 finding, and then each is checked. */
    List<Member> named(String name) {
        return members.stream().filter(m -> m.name().equals(name)).toList();
    }

    Optional<Member> first(String name) {
        return named(name).stream().findFirst();
    }

    String subject(String name) {
        return container + org.tiezheng.evidence.zip.MemberNames.printable(name);
    }

    String subject(Member member) {
        return subject(member.name());
    }

    /** What the findings call the zip itself. */
    String whole() {
        return container.isEmpty() ? "package" : container.substring(0, container.length() - 1);
    }

    /** Lane that computes SHA-256 and CRC-32 of every member. */
    RangeLane sha256Lane() {
        return lane(sha256, Digest.Algorithm.SHA256, true);
    }

    /** Lane that computes SM3 of every member. */
    RangeLane sm3Lane() {
        return lane(sm3, Digest.Algorithm.SM3, false);
    }

    private RangeLane lane(Map<Member, DigestSink> sinks, Digest.Algorithm algorithm, boolean withCrc) {
        List<RangeLane.Range> ranges = new ArrayList<>();
        for (Member member : members) {
            DigestSink sink = new DigestSink(algorithm, withCrc);
            sinks.put(member, sink);
            long start = zip.positionOf(member);
            ranges.add(new RangeLane.Range(start, start + member.sizeBytes(), sink));
        }
        return new RangeLane(ranges);
    }

    /** After the pass: takes the digests, reports Z08. */
    void collect(Findings findings) {
        findings.checked(Code.Z08, whole());
        sha256.forEach((member, sink) -> {
            sha256Results.put(member, sink.digest());
            if (sink.crc32() != member.crc32()) {
                findings.add(Finding.invalid(Code.Z08, subject(member), "CRC-32 differs")
                        .with("listed", Long.toHexString(member.crc32()))
                        .with("computed", Long.toHexString(sink.crc32())));
            }
        });
        sm3.forEach((member, sink) -> sm3Results.put(member, sink.digest()));
    }

    Digest sha256(Member member) {
        return get(sha256Results, member);
    }

    /** Only if there was an SM3 lane. */
    Digest sm3(Member member) {
        return get(sm3Results, member);
    }

    private static Digest get(Map<Member, Digest> results, Member member) {
        Digest digest = results.get(member);
        if (digest == null) {
            throw new IllegalStateException("not read: " + member.name());
        }
        return digest;
    }
}
