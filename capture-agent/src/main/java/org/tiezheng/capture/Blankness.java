package org.tiezheng.capture;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Whether a screenshot shows anything at all. */
final class Blankness {
    /** Every third pixel of every third row: enough to see any letter, a ninth of the memory. */
    private static final int STRIDE = 3;

    private Blankness() {}

    /** Whether all pixels looked at have one colour. A file that is missing or unreadable is not known to be blank: false. */
    static boolean isBlank(Path png) throws IOException {
        if (!Files.exists(png)) {
            return false;
        }
        try (ImageInputStream in = ImageIO.createImageInputStream(png.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return false;
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                ImageReadParam every = reader.getDefaultReadParam();
                every.setSourceSubsampling(STRIDE, STRIDE, 0, 0);
                return isOneColour(reader.read(0, every));
            } finally {
                reader.dispose();
            }
        }
    }

    private static boolean isOneColour(BufferedImage image) {
        int first = image.getRGB(0, 0);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (image.getRGB(x, y) != first) {
                    return false;
                }
            }
        }
        return true;
    }
}
