package org.tiezheng.archive.screens;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.EvidenceFiles;

/**
 * Small pictures for the list: the window as it was before scrolling ({@value #SOURCE} of the package), scaled down and kept in
 * a folder that may be deleted at any time. Never evidence: the picture of the evidence page is the original.
 *
 * <p>Two are made at a time; whoever would wait longer than a few seconds gets none. Usable by many threads.
 */
public final class Thumbnails {
    private static final String SOURCE = "evidence/viewport.png";
    private static final int WIDTH = 216;
    private static final int HEIGHT = 138;
    private static final long MAX_SOURCE_BYTES = 40_000_000;
    private static final long MAX_SOURCE_PIXELS = 30_000_000;

    private final EvidenceFiles files;
    private final Path folder;
    private final Semaphore makers = new Semaphore(2);

    /** @param folder for the pictures; made when the first is kept */
    public Thumbnails(EvidenceFiles files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /**
     * JPEG; empty if the package has no such picture or it cannot be decoded.
     *
     * @throws IOException if the store or the disk failed, or too many are being made
     */
    public Optional<byte[]> find(UUID id) throws IOException {
        String name = id.toString();
        Path kept = folder.resolve(name.substring(0, 2)).resolve(name + ".jpg");
        if (Files.isRegularFile(kept)) {
            byte[] bytes = Files.readAllBytes(kept);
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        }
        try {
            if (!makers.tryAcquire(10, TimeUnit.SECONDS)) {
                throw new IOException("too many thumbnails are being made");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting to make a thumbnail", e);
        }
        try {
            byte[] bytes = make(id);
            Files.createDirectories(kept.getParent());
            Path temporary = Files.createTempFile(kept.getParent(), name, ".tmp");
            Files.write(temporary, bytes);
            // If we die before this, a temporary file stays behind that nobody reads.
            Files.move(temporary, kept, StandardCopyOption.ATOMIC_MOVE);
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        } finally {
            makers.release();
        }
    }

    /** Deletes the picture that was kept, of evidence that was destroyed. */
    public void forget(UUID id) throws IOException {
        String name = id.toString();
        Files.deleteIfExists(folder.resolve(name.substring(0, 2)).resolve(name + ".jpg"));
    }

    /** Empty: there is nothing to show, and trying again is useless. */
    private byte[] make(UUID id) throws IOException {
        EvidenceFile source;
        try {
            source = files.inner(id, SOURCE);
        } catch (FileNotFoundException e) {
            return new byte[0];
        }
        if (source.sizeBytes() > MAX_SOURCE_BYTES) {
            return new byte[0];
        }
        byte[] png;
        try (InputStream in = new BufferedInputStream(files.openInner(id, SOURCE, 0, source.sizeBytes()))) {
            png = in.readAllBytes();
        }
        BufferedImage picture = decode(png);
        return picture == null ? new byte[0] : jpeg(picture);
    }

    // The bytes come from a captured page's browser; a decoder that stumbles over them is no failure of ours.
    private static @Nullable BufferedImage decode(byte[] png) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
        if (!readers.hasNext()) {
            return null;
        }
        ImageReader reader = readers.next();
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(png))) {
            reader.setInput(in, true, true);
            if ((long) reader.getWidth(0) * reader.getHeight(0) > MAX_SOURCE_PIXELS) {
                return null;
            }
            return reader.read(0);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            return null;
        } finally {
            reader.dispose();
        }
    }

    /** Fills the width, from the top; a phone's tall window keeps its upper part. */
    private static byte[] jpeg(BufferedImage picture) throws IOException {
        BufferedImage small = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        // Bilinear reads four pixels: halve first until that is enough.
        BufferedImage from = picture;
        while (from.getWidth() > WIDTH * 2) {
            int width = from.getWidth() / 2;
            int height = Math.max(1, from.getHeight() / 2);
            BufferedImage half = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D draw = half.createGraphics();
            draw.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            draw.drawImage(from, 0, 0, width, height, Color.WHITE, null);
            draw.dispose();
            from = half;
        }
        int height = (int) Math.max(1, (long) from.getHeight() * WIDTH / Math.max(1, from.getWidth()));
        graphics.drawImage(from, 0, 0, WIDTH, height, Color.WHITE, null);
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(small, "jpeg", out)) {
            throw new IOException("this Java cannot write JPEG");
        }
        return out.toByteArray();
    }
}
