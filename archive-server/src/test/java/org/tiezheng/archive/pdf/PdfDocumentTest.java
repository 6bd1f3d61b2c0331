package org.tiezheng.archive.pdf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PdfDocumentTest {
    private static final String RARE = "镕喆堃犇燚㐂䶮";
    private static final PdfDocument.Properties PROPERTIES = new PdfDocument.Properties(
            "保管期限与固定性审计报告 <&>",
            "SJ-2026-0001",
            "审计员甲",
            "SHA-256 0123456789abcdef",
            "第 %d 页 / 共 %d 页",
            Locale.SIMPLIFIED_CHINESE,
            Instant.parse("2026-11-22T04:00:00.123Z"));

    @Test
    void everyKindOfContentIsPdfA3bAndItsTextAndFilesComeOutAgain(@TempDir Path folder) throws Exception {
        byte[] pdf = sample();

        PdfA.assertConforms(pdf);
        Path file = Files.write(folder.resolve("sample.pdf"), pdf);
        String text = PdfA.run("pdftotext", "-layout", file.toString(), "-");
        assertThat(text).contains(RARE, "官方 office fi ffi", "SJ-2026-0001", "[U+1F600]", "[U+20BB7]");
        assertThat(text.replace(" ", "")).contains("第1页/共9页", "第9页/共9页");
        assertThat(PdfA.run("pdfdetach", "-list", file.toString())).contains("report.json", "1 embedded files");
        Path saved = folder.resolve("saved.json");
        String unused = PdfA.run("pdfdetach", "-savefile", "report.json", "-o", saved.toString(), file.toString());
        assertThat(Files.readString(saved)).isEqualTo("{\"名\":\"" + RARE + "\"}");
        String pictures = System.getProperty("tiezheng.pictures");
        if (pictures != null) {
            Files.createDirectories(Path.of(pictures));
            Files.write(Path.of(pictures, "sample.pdf"), pdf);
        }
    }

    @Test
    void aTableOverManyPagesRepeatsItsHeadAndLosesNoRow() throws IOException {
        try (PDDocument document = Loader.loadPDF(sample())) {
            PDFTextStripper stripper = new PDFTextStripper();
            String all = stripper.getText(document);
            for (int i = 0; i < 120; i++) {
                assertThat(all).contains("行号" + i + "号");
            }
            int heads = all.split("档号列", -1).length - 1;
            assertThat(heads).isGreaterThan(2);
            assertThat(document.getDocumentCatalog().getDocumentOutline().children())
                    .hasSize(2);
        }
    }

    @Test
    void theSameCallsGiveTheSameBytes() throws IOException {
        assertThat(sample()).isEqualTo(sample());
    }

    @Test
    void whatNoFontHasIsCountedNotDropped() throws IOException {
        try (PdfDocument pdf = new PdfDocument(Fonts.bundled(), PROPERTIES)) {
            pdf.paragraph("𠮷𠮷" + RARE + "\u0007\u202E");
            assertThat(pdf.missing()).containsOnlyKeys(0x20BB7, 0x7, 0x202E).containsEntry(0x20BB7, 2);
        }
    }

    @Test
    void linesBreakBetweenChineseCharactersButNotBeforeClosingMarks() throws IOException {
        LineBreaker.Ruler one =
                text -> text.codePoints().map(p -> p < 0x80 ? 1 : 2).sum();

        assertThat(LineBreaker.lines("证据一经固定,不得更改。", 10, one)).containsExactly("证据一经固", "定,不得更", "改。");
        assertThat(LineBreaker.lines("四个汉字好。是的", 10, one)).containsExactly("四个汉字", "好。是的");
        assertThat(LineBreaker.lines("参见《电子档案管理办法》", 6, one)).containsExactly("参见", "《电子", "档案管", "理办", "法》");
        assertThat(LineBreaker.lines("two words here", 9, one)).containsExactly("two words", "here");
        assertThat(LineBreaker.lines("0123456789abcdef", 6, one)).containsExactly("012345", "6789ab", "cdef");
        assertThat(LineBreaker.lines("a\n\nb", 6, one)).containsExactly("a", "", "b");
        assertThat(LineBreaker.lines("", 6, one)).containsExactly("");
        assertThat(LineBreaker.lines("字", 1, one)).containsExactly("字");
        assertThat(LineBreaker.lines("。。。。", 4, one)).containsExactly("。。", "。。");
    }

    private static byte[] sample() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PdfDocument pdf = new PdfDocument(Fonts.bundled(), PROPERTIES)) {
            pdf.title("电子档案保管期限与固定性审计报告", "2026-01-01 至 2026-06-30");
            pdf.heading(1, "一、范围");
            pdf.paragraph("本报告由审计员" + RARE + "编制。官方 office fi ffi " + "证据一经固定,任何人不得更改,".repeat(20));
            pdf.notice(Tone.WARN, "表情😀与生僻字𠮷没有字形,以码位代替。" + "长文".repeat(60));
            pdf.facts(List.of(
                    new PdfDocument.Fact("报告编号", "SJ-2026-0001"),
                    new PdfDocument.Fact("SHA-256", "0123456789abcdef".repeat(8))));
            pdf.heading(2, "副本");
            pdf.bars(List.of(
                    new PdfDocument.Bar("永久", 12, "12 件"),
                    new PdfDocument.Bar("30年", 240, "240 件"),
                    new PdfDocument.Bar("没有", 0, "0 件")));
            pdf.heading(1, "二、明细");
            List<List<Table.Cell>> rows = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                rows.add(List.of(
                        Table.Cell.of("行号" + i + "号"),
                        new Table.Cell(i == 7 ? "很长的内容".repeat(900) : "内容\n第二行", i % 9 == 0 ? Tone.BAD : Tone.PLAIN),
                        Table.Cell.of(Integer.toString(i * 1000))));
            }
            pdf.table(new Table(
                    List.of(Table.Column.text("档号列", 1), Table.Column.text("内容", 3), Table.Column.number("字节", 1)),
                    rows));
            pdf.code("openssl ts -verify -in timestamp002.tst");
            pdf.remark("此处为说明。");
            pdf.attach(new Attachment(
                    "report.json",
                    "application/json",
                    "机读数据",
                    ("{\"名\":\"" + RARE + "\"}").getBytes(StandardCharsets.UTF_8)));
            pdf.finish(out, 42);
        }
        return out.toByteArray();
    }
}
