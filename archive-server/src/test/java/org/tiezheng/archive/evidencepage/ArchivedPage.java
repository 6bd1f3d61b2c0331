package org.tiezheng.archive.evidencepage;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.storage.ObjectStore;

/** Archives a small capture that has something for every part of the page. */
public final class ArchivedPage {
    public static final String URL = "http://shop.example/item/42";
    public static final String TITLE = "茶叶旗舰店 <b>";

    private ArchivedPage() {}

    public static UUID archive(
            JdbcClient jdbc, TransactionTemplate transactions, ObjectStore store, Clock clock, Actor officer)
            throws IOException {
        Path folder = Files.createTempDirectory("page-world");
        try {
            return archive(folder, jdbc, transactions, store, clock, officer);
        } finally {
            FileSystemUtils.deleteRecursively(folder);
        }
    }

    private static UUID archive(
            Path folder,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ObjectStore store,
            Clock clock,
            Actor officer)
            throws IOException {
        TestPackages packages = new TestPackages(folder, Instant.parse("2026-11-21T08:00:00Z"));
        UUID id = UUID.randomUUID();
        Path file = packages.make(
                id,
                TITLE,
                URL,
                "正品保证 <script>alert(1)</script>",
                Map.of(
                        "evidence/screenshot.png", png(320, 1500),
                        "evidence/viewport.png", png(320, 200),
                        "evidence/page.pdf", "%PDF-1.4 x".getBytes(StandardCharsets.US_ASCII),
                        "evidence/dom.html",
                                "<script>alert(document.cookie)</script>".getBytes(StandardCharsets.US_ASCII),
                        "evidence/console.ndjson",
                                ("{\"t\":\"2026-11-21T07:59:10Z\",\"method\":\"Log.entryAdded\",\"params\":{\"entry\":{"
                                                + "\"level\":\"error\",\"text\":\"404 <b>\",\"url\":\"http://shop.example/x.png\"}}}\n")
                                        .getBytes(StandardCharsets.UTF_8)));
        return new TestArchive(jdbc, transactions, store, packages, clock)
                .archive(file, NewEvidence.InitialLinks.NONE, officer);
    }

    private static byte[] png(int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, y * 7919 + x);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, "png", out)) {
            throw new IOException("no PNG writer");
        }
        return out.toByteArray();
    }
}
