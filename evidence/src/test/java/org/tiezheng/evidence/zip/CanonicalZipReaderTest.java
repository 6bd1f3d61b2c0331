package org.tiezheng.evidence.zip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;

class CanonicalZipReaderTest {
    /** Offsets in {@link #good()}: local headers at 0 and 48, central directory at 88, its entries 55 and 47 long. */
    private static final int SECOND_LOCAL = 30 + 9 + 9;

    @TempDir
    Path folder;

    /** Two members: folder/one ("first one") and b ("second\n"). */
    private static byte[] good() {
        return zip(List.of("folder/on", "b"), List.of("first one", "second\n"));
    }

    private static byte[] zip(List<String> names, List<String> contents) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            CanonicalZipWriter zip = new CanonicalZipWriter(out);
            for (int i = 0; i < names.size(); i++) {
                zip.add(names.get(i), contents.get(i).getBytes(StandardCharsets.US_ASCII));
            }
            zip.finish();
            return out.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A zip without any rule, for faults that the writer refuses. */
    private static byte[] lawless(List<Member> members, List<String> contents) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<Member> placed = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            Member member = Member.at(
                    out.size(),
                    members.get(i).name(),
                    contents.get(i).length(),
                    members.get(i).crc32());
            placed.add(member);
            out.writeBytes(ZipFormat.localHeader(member));
            out.writeBytes(contents.get(i).getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes(ZipFormat.tail(placed, out.size()));
        return out.toByteArray();
    }

    private static Member named(String name) {
        return new Member(name, 0, 0, 0, 0);
    }

    private CanonicalZipReader read(byte[] bytes, ZipLimits limits) throws IOException {
        Path file = Files.createTempFile(folder, "zip", "");
        Files.write(file, bytes);
        try (FileChannel channel = FileChannel.open(file)) {
            return CanonicalZipReader.read(channel, 0, bytes.length, "", limits);
        }
    }

    private List<Code> codes(byte[] bytes) throws IOException {
        CanonicalZipReader zip = read(bytes, ZipLimits.DEFAULT);
        assertThat(zip.findings()).allMatch(finding -> finding.verdict() == Verdict.INVALID);
        return zip.findings().stream().map(Finding::code).distinct().toList();
    }

    private static byte[] patched(byte[] bytes, int offset, int... values) {
        byte[] copy = bytes.clone();
        for (int i = 0; i < values.length; i++) {
            copy[offset + i] = (byte) values[i];
        }
        return copy;
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static int centralOffset(byte[] zip) {
        return ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).getInt(zip.length - 6);
    }

    @Test
    void aZipOfOurOwnHasNoFindings() throws IOException {
        CanonicalZipReader zip = read(good(), ZipLimits.DEFAULT);
        assertThat(zip.findings()).isEmpty();
        assertThat(zip.members()).extracting(Member::name).containsExactly("folder/on", "b");
        assertThat(zip.members()).extracting(Member::dataOffset).containsExactly(39L, SECOND_LOCAL + 31L);
    }

    @Test
    void anEmptyZipIsCanonical() throws IOException {
        assertThat(codes(zip(List.of(), List.of()))).isEmpty();
    }

    @Test
    void z01NoEndRecord() throws IOException {
        assertThat(codes(new byte[0])).containsExactly(Code.Z01);
        assertThat(codes(new byte[100])).containsExactly(Code.Z01);
    }

    @Test
    void z01BytesAfterTheEndRecordAndTheMembersAreStillListed() throws IOException {
        byte[] bytes = concat(good(), new byte[] {0});
        assertThat(codes(bytes)).containsExactly(Code.Z01);
        assertThat(read(bytes, ZipLimits.DEFAULT).members()).hasSize(2);
    }

    @Test
    void z01WrongEntryCount() throws IOException {
        byte[] good = good();
        assertThat(codes(patched(good, good.length - 12, 3))).containsExactly(Code.Z01);
        assertThat(codes(patched(good, good.length - 14, 1, 0, 1, 0))).containsExactly(Code.Z01);
    }

    @Test
    void z01AZip64RecordThatIsNotNeeded() throws IOException {
        byte[] good = good();
        byte[] end = patched(good, good.length - 14, 0xff, 0xff, 0xff, 0xff);
        assertThat(codes(end)).containsExactly(Code.Z01);
    }

    @Test
    void z02BytesBeforeTheFirstMember() throws IOException {
        // Every offset is one too small for the bytes there.
        assertThat(codes(concat(new byte[] {0}, good()))).contains(Code.Z02);
    }

    @Test
    void z02AGapBetweenMembersAndDirectory() throws IOException {
        byte[] good = good();
        int central = centralOffset(good);
        byte[] gap = new byte[good.length + 1];
        System.arraycopy(good, 0, gap, 0, central);
        System.arraycopy(good, central, gap, central + 1, good.length - central);
        gap = patched(gap, gap.length - 6, central + 1);
        assertThat(codes(gap)).containsExactly(Code.Z02);
    }

    @Test
    void z02MembersInAnotherOrderThanTheDirectory() throws IOException {
        byte[] good = good();
        int central = centralOffset(good);
        byte[] swapped = good.clone();
        System.arraycopy(good, central + 55, swapped, central, 47);
        System.arraycopy(good, central, swapped, central + 47, 55);
        assertThat(codes(swapped)).containsExactly(Code.Z02);
    }

    @Test
    void z03LocalHeaderDiffers() throws IOException {
        assertThat(codes(patched(good(), 30, 'F'))).containsExactly(Code.Z03);
        assertThat(codes(patched(good(), 14, 1, 2, 3, 4))).containsExactly(Code.Z03);
        assertThat(codes(patched(good(), SECOND_LOCAL + 8, 8))).containsExactly(Code.Z03);
    }

    @Test
    void z04TheSameNameTwiceAndCaseEqualAndFolderOfAnother() throws IOException {
        for (String second : List.of("a", "A", "a/b")) {
            assertThat(codes(lawless(List.of(named("a"), named(second)), List.of("1", "2"))))
                    .containsExactly(Code.Z04);
        }
    }

    @Test
    void z05IllegalNamesAreReportedWithoutControlCharacters() throws IOException {
        for (String name : List.of("../x", "/x", "x/", "a\u001b[31m", "caf\u00e9", "")) {
            byte[] bytes = lawless(List.of(named(name)), List.of("1"));
            assertThat(codes(bytes)).containsExactly(Code.Z05);
            assertThat(read(bytes, ZipLimits.DEFAULT).findings().get(0).subject())
                    .matches("[ -~]*");
        }
    }

    @Test
    void z06FlagsMethodTimeAttributesInBothHeaders() throws IOException {
        byte[] good = good();
        int central = centralOffset(good);
        assertThat(codes(patched(patched(good, 6, 1), central + 8, 1))).containsExactly(Code.Z06);
        assertThat(codes(patched(patched(good, 8, 8), central + 10, 8))).containsExactly(Code.Z06);
        assertThat(codes(patched(patched(good, 10, 7), central + 12, 7))).containsExactly(Code.Z06);
        assertThat(codes(patched(good, central + 38, 1))).containsExactly(Code.Z06);
        assertThat(codes(patched(good, central + 4, 20))).containsExactly(Code.Z06);
    }

    @Test
    void z06WhatOtherZipWritersMake() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("a"));
            zip.write(1);
        }
        assertThat(codes(out.toByteArray())).contains(Code.Z06);
    }

    @Test
    void z08AFlippedByteIsFoundWhileHashing() throws IOException {
        Path file = folder.resolve("flipped.zip");
        Files.write(file, patched(good(), 39, 'F'));
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            assertThat(zip.findings()).isEmpty();
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            MemberHasher.Result result = MemberHasher.hash(zip, zip.members().get(0), "folder/on", true, seen);
            assertThat(result.findings()).extracting(Finding::code).containsExactly(Code.Z08);
            byte[] content = "First one".getBytes(StandardCharsets.US_ASCII);
            assertThat(seen.toByteArray()).isEqualTo(content);
            assertThat(result.sha256()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, content));
            assertThat(result.sm3()).isEqualTo(Digest.of(Digest.Algorithm.SM3, content));
            assertThat(MemberHasher.hash(zip, zip.members().get(1), "b", false).findings())
                    .isEmpty();
        }
    }

    @Test
    void z09TooManyEntriesAndTooManyBytes() throws IOException {
        assertThat(read(good(), new ZipLimits(1, 100, 100)).findings())
                .extracting(Finding::code)
                .containsExactly(Code.Z09);
        assertThat(read(good(), new ZipLimits(2, 8, 100)).findings())
                .extracting(Finding::code)
                .containsExactly(Code.Z09);
        assertThat(read(good(), new ZipLimits(2, 100, 15)).findings())
                .extracting(Finding::code)
                .containsExactly(Code.Z09);
        assertThat(read(good(), new ZipLimits(2, 9, 16)).findings()).isEmpty();
    }

    @Test
    void aZipInsideAZipIsReadInPlace() throws IOException {
        Path file = folder.resolve("outer.zip");
        byte[] inner = good();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CanonicalZipWriter outer = new CanonicalZipWriter(out);
        outer.add("first", new byte[] {1, 2, 3});
        outer.add("inner.zip", inner);
        outer.finish();
        Files.write(file, out.toByteArray());
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            CanonicalZipReader nested = zip.nested(zip.member("inner.zip").orElseThrow(), ZipLimits.DEFAULT);
            assertThat(nested.findings()).isEmpty();
            assertThat(nested.sizeBytes()).isEqualTo(inner.length);
            Member b = nested.member("b").orElseThrow();
            assertThat(nested.open(b).readAllBytes()).isEqualTo("second\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(nested.open(b, 3, 2).readAllBytes()).isEqualTo("on".getBytes(StandardCharsets.US_ASCII));
            assertThat(nested.readSmall(b, 7)).isPresent();
            assertThat(nested.readSmall(b, 6)).isEmpty();
            assertThatThrownBy(() -> nested.open(b, 3, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void findingsInAZipInsideAZipNameBoth() throws IOException {
        Path file = folder.resolve("outer.zip");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CanonicalZipWriter outer = new CanonicalZipWriter(out);
        outer.add("inner.zip", lawless(List.of(named("a"), named("a")), List.of("1", "2")));
        outer.finish();
        Files.write(file, out.toByteArray());
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            assertThat(zip.nested(zip.members().get(0), ZipLimits.DEFAULT).findings())
                    .extracting(Finding::subject)
                    .containsExactly("inner.zip!a");
        }
    }

    /** The strictness this format lives from: one changed bit of a header is never overlooked. */
    @Test
    void everyFlippedBitOutsideTheContentsIsReported() throws IOException {
        byte[] good = good();
        for (int i = 0; i < good.length; i++) {
            boolean content = (i >= 39 && i < 48) || (i >= SECOND_LOCAL + 31 && i < SECOND_LOCAL + 38);
            for (int bit = 0; bit < 8 && !content; bit++) {
                assertThat(codes(patched(good, i, good[i] ^ (1 << bit))))
                        .as("byte %s bit %s", i, bit)
                        .isNotEmpty();
            }
        }
    }

    @Test
    void cutAnywhereItIsReported() throws IOException {
        byte[] good = good();
        for (int length = 0; length < good.length; length++) {
            assertThat(codes(java.util.Arrays.copyOf(good, length))).contains(Code.Z01);
        }
    }

    /** The same parser over bytes that exist only as a layout: sizes that no test should put on a disk. */
    private static List<Finding> virtual(ZipLayout layout) throws IOException {
        ZipParser parser = new ZipParser(
                (position, count) -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    layout.write(out, position, count, (name, offset) -> new ByteArrayInputStream(new byte[1 << 17]));
                    return out.toByteArray();
                },
                layout.sizeBytes(),
                "",
                ZipLimits.DEFAULT);
        parser.parse();
        assertThat(parser.members()).isEqualTo(layout.members());
        return parser.findings();
    }

    @Test
    void membersAndOffsetsBeyondFourGibibytesAreCanonical() throws IOException {
        for (long size : new long[] {0xFFFFFFFEL, 0xFFFFFFFFL, 0x100000000L, 5_000_000_000L}) {
            ZipLayout layout = ZipLayout.of(List.of(
                    new ZipLayout.Item("mimetype", 31, 1),
                    new ZipLayout.Item("large", size, 2),
                    new ZipLayout.Item("after", 0, 0)));
            assertThat(virtual(layout)).isEmpty();
        }
    }

    @Test
    void theZip64LocatorIsNotTakenFromTheLastEntry() throws IOException {
        // Offset 0x07064b50 and a name of 16 characters: the last 20 bytes of the directory look like a locator.
        long size = 0x07064b50L - 31;
        ZipLayout layout =
                ZipLayout.of(List.of(new ZipLayout.Item("x", size, 0), new ZipLayout.Item("sixteen-letters.", 0, 0)));
        assertThat(layout.members().get(1).headerOffset()).isEqualTo(ZipFormat.LOCATOR64_SIGNATURE);
        assertThat(virtual(layout)).isEmpty();
    }

    @Test
    void randomDamageNeverThrows() throws IOException {
        Random random = new Random(7);
        byte[] good = good();
        Path file = folder.resolve("random.zip");
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = good.clone();
            for (int k = random.nextInt(6) + 1; k > 0; k--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
            }
            Files.write(file, bytes);
            ZipFuzz.check(file);
        }
    }
}
