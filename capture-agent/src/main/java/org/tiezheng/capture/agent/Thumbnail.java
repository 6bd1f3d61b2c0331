package org.tiezheng.capture.agent;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** A picture small enough for the live view. */
final class Thumbnail {
    /** The server refuses larger ones. */
    static final int MOST_BYTES = 200 * 1000;

    private static final int MAX_SIDE = 800;
    private static final float QUALITY = 0.6f;

    private Thumbnail() {}

    /** {@code jpeg} within the limits, scaled down if need be. Empty if it is no picture or will not become small. */
    static Optional<byte[]> of(byte[] jpeg) {
        if (jpeg.length <= MOST_BYTES / 4) {
            return Optional.of(jpeg);
        }
        try {
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(jpeg));
            if (picture == null) {
                return Optional.empty();
            }
            byte[] small = encode(scale(picture));
            return small.length <= MOST_BYTES ? Optional.of(small) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            // Readers throw what they like at broken pictures; a missing thumbnail harms nobody.
            return Optional.empty();
        }
    }

    private static BufferedImage scale(BufferedImage picture) {
        double factor = Math.min(1.0, (double) MAX_SIDE / Math.max(picture.getWidth(), picture.getHeight()));
        int width = Math.max(1, (int) Math.round(picture.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(picture.getHeight() * factor));
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = scaled.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(picture, 0, 0, width, height, null);
        } finally {
            graphics.dispose();
        }
        return scaled;
    }

    private static byte[] encode(BufferedImage picture) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(QUALITY);
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), parameters);
            out.flush();
            return bytes.toByteArray();
        } finally {
            writer.dispose();
        }
    }
}
