package org.tiezheng.capture.agent;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/** Captures without a browser: packages are random bytes. Addresses say how they end: {@code ok}, {@code hang}, … */
final class FakeCaptures implements Captures {
    final List<JobRequest> begun = new CopyOnWriteArrayList<>();
    final List<UUID> discarded = new CopyOnWriteArrayList<>();
    final AtomicInteger sealTries = new AtomicInteger();
    private final Map<UUID, CountDownLatch> running = new ConcurrentHashMap<>();
    private final int size;
    /** Attempts at sealing that find no authority. */
    volatile int sealsThatFail = 2;

    volatile @Nullable String lacking;

    FakeCaptures(int size) {
        this.size = size;
    }

    @Override
    public Outcome capture(UUID id, JobRequest request, Path out, Watch watch) {
        begun.add(request);
        watch.started("navigate");
        watch.traffic(() -> 1234);
        watch.picture(picture());
        CountDownLatch stop = new CountDownLatch(1);
        running.put(id, stop);
        String how = request.url().substring(request.url().lastIndexOf('/') + 1);
        try {
            if (how.equals("hang")) {
                if (!stop.await(60, TimeUnit.SECONDS)) {
                    return new Failed("TEST", "nobody stopped it", false);
                }
                return new Cancelled();
            } else if (how.equals("hang-late")) {
                // Stopped when everything but the seal is done.
                if (!stop.await(60, TimeUnit.SECONDS)) {
                    return new Failed("TEST", "nobody stopped it", false);
                }
                sealsThatFail = 0;
                return new Waiting("cancelled before the seal");
            } else if (how.equals("tsa-down")) {
                return new Waiting("no authority answers");
            } else if (how.equals("fail")) {
                return new Failed("CAPTURE_FAILED", "the browser did not start", true);
            } else if (how.equals("refused")) {
                return new Failed("ADDRESS_REFUSED", "internal address", false);
            }
            watch.ended("navigate", Duration.ofMillis(5), "ok");
            return seal(id, out);
        } catch (IOException e) {
            return new Failed("AGENT_DISK", String.valueOf(e.getMessage()), true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Cancelled();
        } finally {
            running.remove(id);
        }
    }

    Sealed seal(UUID id, Path out) throws IOException {
        byte[] bytes = new byte[size];
        new Random(id.getLeastSignificantBits()).nextBytes(bytes);
        Path file = out.resolve(id + ".asice");
        Files.write(file, bytes);
        return new Sealed(file, size, Digest.of(Digest.Algorithm.SHA256, bytes));
    }

    @Override
    public void cancel(UUID id) {
        CountDownLatch stop = running.get(id);
        if (stop != null) {
            stop.countDown();
        }
    }

    @Override
    public Outcome finish(UUID id, Path out) throws IOException {
        Path there = out.resolve(id + ".asice");
        if (Files.exists(there)) {
            return new Sealed(there, Files.size(there), null);
        }
        if (sealTries.incrementAndGet() <= sealsThatFail) {
            return new Waiting("no authority answers");
        }
        return seal(id, out);
    }

    @Override
    public void discard(UUID id, String reason) {
        discarded.add(id);
    }

    @Override
    public @Nullable String noRoom() {
        return lacking;
    }

    /** Noise of 1500 by 1000 pixels, about a megabyte as JPEG. */
    private static byte[] picture() {
        BufferedImage noise = new BufferedImage(1500, 1000, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int x = 0; x < noise.getWidth(); x++) {
            for (int y = 0; y < noise.getHeight(); y++) {
                noise.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(noise, "jpeg", out);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }
}
