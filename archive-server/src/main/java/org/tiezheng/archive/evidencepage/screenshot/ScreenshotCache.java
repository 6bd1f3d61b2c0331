package org.tiezheng.archive.evidencepage.screenshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Strips of screenshots, made when first asked for and kept in a folder of this machine: one folder for each evidence, the least
 * recently used removed when all of them are larger than allowed. They are derived, never evidence: deleting the folder loses nothing.
 *
 * <pre>
 * FOLDER/EVIDENCE/0-0.png …   strips, see {@link Strips}
 * FOLDER/EVIDENCE/whole       all strips are there; a folder without it was interrupted and is made again
 * </pre>
 *
 * <p>At most {@value #WORKERS} pictures are cut at a time and {@value #MAX_WAITING} wait; a strip is given out as soon as it is
 * made, so the top of a long page shows at once.
 */
public final class ScreenshotCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScreenshotCache.class);
    private static final int WORKERS = 2;
    private static final int MAX_WAITING = 32;
    private static final String WHOLE = "whole";

    private final Path folder;
    private final long maxBytes;
    private final Clock clock;
    private final Map<UUID, Cutting> running = new HashMap<>();
    private final ThreadPoolExecutor workers = new ThreadPoolExecutor(
            WORKERS, WORKERS, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                Thread thread = new Thread(task, "screenshot-strips");
                thread.setDaemon(true);
                return thread;
            });

    /** @param folder made for its owner only: it holds what archived pages show */
    public ScreenshotCache(Path folder, long maxBytes, Clock clock) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.clock = clock;
        workers.allowCoreThreadTimeOut(true);
    }

    /**
     * The picture to cut.
     *
     * @param parts PNG files from top to bottom
     */
    public record Picture(int width, int height, List<Part> parts) {
        public Picture {
            parts = List.copyOf(parts);
        }

        /** How many levels of strips it has; level 0 is full size. */
        public int levels() {
            return Strips.levels(width, height);
        }

        /** How many strips a level has. */
        public int strips(int level) {
            return (Strips.at(level, height) + Strips.ROWS - 1) / Strips.ROWS;
        }
    }

    /** One PNG file. */
    public interface Part {
        InputStream open() throws IOException;
    }

    /** Width and height in the header of a PNG; closes {@code png}. */
    public static int[] sizeOf(InputStream png) throws IOException, UnsupportedPictureException {
        try (PngRows rows = new PngRows(png)) {
            return new int[] {rows.width(), rows.height()};
        }
    }

    /**
     * The file of one strip, waiting until it is made.
     *
     * @param picture asked for only if the strip is not there
     * @return null if it is not ready in time, or too much else is being made: ask again later
     * @throws UnsupportedPictureException if the picture cannot be cut, now or ever
     * @throws IOException if the store or this machine's disk fails
     */
    public @Nullable Path strip(UUID evidence, Picture picture, int level, int strip, Duration atMost)
            throws IOException, UnsupportedPictureException, InterruptedException {
        if (level < 0 || level >= picture.levels() || strip < 0 || strip >= picture.strips(level)) {
            throw new IllegalArgumentException("no strip " + level + "-" + strip);
        }
        Path own = folder.resolve(evidence.toString());
        Path file = own.resolve(level + "-" + strip + ".png");
        if (Files.exists(own.resolve(WHOLE))) {
            if (Files.exists(file)) {
                Files.setLastModifiedTime(own, FileTime.from(clock.instant()));
                return file;
            }
            delete(own); // somebody took files away: make them again
        }
        Cutting cutting;
        synchronized (running) {
            cutting = running.get(evidence);
            if (cutting == null) {
                if (Files.exists(own.resolve(WHOLE))) {
                    return Files.exists(file) ? file : null;
                }
                cutting = new Cutting(evidence, own, picture);
                try {
                    workers.execute(cutting);
                } catch (RejectedExecutionException full) {
                    return null;
                }
                running.put(evidence, cutting);
            }
        }
        return cutting.await(file, atMost) ? file : null;
    }

    private final class Cutting implements Runnable {
        private final UUID evidence;
        private final Path own;
        private final Picture picture;
        private boolean ended;
        private @Nullable Exception failure;

        Cutting(UUID evidence, Path own, Picture picture) {
            this.evidence = evidence;
            this.own = own;
            this.picture = picture;
        }

        @Override
        public void run() {
            Exception why = null;
            try {
                makeRoom();
                delete(own);
                Files.createDirectories(own);
                Strips.cut(
                        picture.parts().stream()
                                .map(part -> (Strips.Source) part::open)
                                .toList(),
                        picture.width(),
                        picture.height(),
                        own,
                        (level, strip) -> wake());
                // If we die before this, the next who asks makes all strips again.
                Files.createFile(own.resolve(WHOLE));
            } catch (IOException | UnsupportedPictureException | RuntimeException e) {
                LOG.warn("screenshot of {} not cut: {}", evidence, e.toString());
                why = e;
            } finally {
                synchronized (running) {
                    running.remove(evidence);
                }
                synchronized (this) {
                    ended = true;
                    failure = why;
                    notifyAll();
                }
            }
        }

        private synchronized void wake() {
            notifyAll();
        }

        synchronized boolean await(Path file, Duration atMost)
                throws IOException, UnsupportedPictureException, InterruptedException {
            long deadline = System.nanoTime() + atMost.toNanos();
            while (!Files.exists(file)) {
                if (failure instanceof UnsupportedPictureException unsupported) {
                    throw unsupported;
                }
                if (failure != null) {
                    throw new IOException("the screenshot could not be cut", failure);
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (ended || left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        }
    }

    /** Removes whole folders, the least recently used first, until there is room for the next. */
    private void makeRoom() throws IOException {
        Files.createDirectories(folder);
        record Kept(Path path, FileTime used, long bytes) {}
        List<Kept> kept = new ArrayList<>();
        long total = 0;
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder)) {
            for (Path each : folders) {
                long bytes = bytes(each);
                total += bytes;
                kept.add(new Kept(each, Files.getLastModifiedTime(each), bytes));
            }
        }
        kept.sort(Comparator.comparing(Kept::used));
        for (Kept each : kept) {
            if (total <= maxBytes) {
                return;
            }
            boolean inUse;
            synchronized (running) {
                inUse = running.keySet().stream()
                        .anyMatch(id ->
                                id.toString().equals(each.path().getFileName().toString()));
            }
            if (!inUse) {
                delete(each.path());
                total -= each.bytes();
            }
        }
    }

    private static long bytes(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(folder, 1)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        // First what says that it is whole: if we die here, the rest is made again.
        Files.deleteIfExists(folder.resolve(WHOLE));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
