package org.tiezheng.capture.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.evidence.Digest;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code <data>/outbox}: what this agent owes a server. A job's ticket is written before its capture begins and removed
 * when the server has the result, so whatever kills us, the next start knows what was under way.
 *
 * <pre>
 * lock           held while an agent works with this folder
 * ID.json        {@link Ticket} of the capture ID
 * ID.asice       its package, from the seal until the server has it
 * </pre>
 *
 * Files appear under their names whole and synced. Any thread may call.
 */
final class Outbox implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final String TICKET = ".json";
    private static final String PACKAGE = ".asice";
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    /**
     * One job and how far it is. {@code failure} and {@code sha256} are never both there.
     *
     * @param captureId also the name of the package
     * @param server base address; another server knows nothing of this job
     * @param leaseSeconds how long the server waits for a heartbeat
     * @param stage what is to be done next
     * @param sizeBytes of the package; null before DELIVERING
     * @param sha256 of the package, 64 hex digits; null before DELIVERING
     * @param failure what to tell the server; null unless REPORTING
     */
    record Ticket(
            UUID captureId,
            String server,
            long jobId,
            long epoch,
            long leaseSeconds,
            String url,
            Instant leasedAt,
            Stage stage,
            @Nullable Long sizeBytes,
            @Nullable String sha256,
            @Nullable Failure failure) {

        static Ticket of(UUID captureId, String server, Lease lease, Instant now) {
            return new Ticket(
                    captureId,
                    server,
                    lease.jobId(),
                    lease.epoch(),
                    lease.length().toSeconds(),
                    lease.request().url(),
                    now,
                    Stage.CAPTURING,
                    null,
                    null,
                    null);
        }

        Ticket delivering(long size, Digest digest) {
            return new Ticket(
                    captureId,
                    server,
                    jobId,
                    epoch,
                    leaseSeconds,
                    url,
                    leasedAt,
                    Stage.DELIVERING,
                    size,
                    digest.hex(),
                    null);
        }

        Ticket reporting(Captures.Failed failed) {
            return new Ticket(
                    captureId,
                    server,
                    jobId,
                    epoch,
                    leaseSeconds,
                    url,
                    leasedAt,
                    Stage.REPORTING,
                    null,
                    null,
                    new Failure(failed.code(), failed.reason(), failed.retryable()));
        }

        Ticket delivered() {
            return new Ticket(
                    captureId, server, jobId, epoch, leaseSeconds, url, leasedAt, Stage.DELIVERED, null, null, null);
        }

        Ticket cancelling() {
            return new Ticket(
                    captureId, server, jobId, epoch, leaseSeconds, url, leasedAt, Stage.CANCELLING, null, null, null);
        }
    }

    enum Stage {
        /** Being captured or waiting for its seal: {@link Captures#finish} knows. */
        CAPTURING,
        /** The package is there and must go to the server. */
        DELIVERING,
        /** There is no package; the server must be told why. */
        REPORTING,
        /** The server wanted it stopped, and it is; the server must be told. */
        CANCELLING,
        /** The server knows the result; what is left here is to be cleared away. */
        DELIVERED
    }

    record Failure(String code, String reason, boolean retryable) {}

    private final Path folder;
    private final FileChannel lockFile;

    private Outbox(Path folder, FileChannel lockFile) {
        this.folder = folder;
        this.lockFile = lockFile;
    }

    /** Empty if another agent works with this folder. */
    static Optional<Outbox> open(Path folder) throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel channel =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new Outbox(folder, channel));
            }
        } catch (OverlappingFileLockException e) {
            // Another agent of this process.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    /** Where packages are to be made. */
    Path folder() {
        return folder;
    }

    Path packageOf(UUID captureId) {
        return folder.resolve(captureId + PACKAGE);
    }

    /** Writes a ticket, new or changed; durable when this returns. */
    void write(Ticket ticket) throws IOException {
        Path file = folder.resolve(ticket.captureId() + TICKET);
        Path part = folder.resolve(ticket.captureId() + TICKET + ".part");
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(ticket));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync();
    }

    /**
     * The server knows the result: package and ticket go. First the ticket says DELIVERED, so that a package that is gone is
     * never taken for one that was lost; {@link #tickets} goes on where we die.
     */
    void remove(Ticket ticket) throws IOException {
        Path sealed = packageOf(ticket.captureId());
        if (Files.exists(sealed)) {
            write(ticket.delivered());
            Files.delete(sealed);
            sync();
        }
        Files.deleteIfExists(folder.resolve(ticket.captureId() + TICKET));
        sync();
    }

    /**
     * All tickets, oldest first. One that cannot be read is left where it is, with its package, and named in the log: a
     * person must look at it.
     */
    List<Ticket> tickets() throws IOException {
        List<Ticket> tickets = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(TICKET + ".part")) {
                    Files.deleteIfExists(file);
                } else if (name.endsWith(TICKET)) {
                    read(file).ifPresent(tickets::add);
                }
            }
        }
        tickets.sort((a, b) -> a.leasedAt().compareTo(b.leasedAt()));
        return tickets;
    }

    private Optional<Ticket> read(Path file) throws IOException {
        Ticket ticket;
        try {
            ticket = JSON.readValue(Files.readAllBytes(file), Ticket.class);
        } catch (JacksonException | IllegalArgumentException e) {
            LOG.error("{} cannot be read and is left alone: {}", file, e.getMessage());
            return Optional.empty();
        }
        if (ticket == null || !isWhole(ticket) || !file.getFileName().toString().equals(ticket.captureId() + TICKET)) {
            LOG.error("{} is not a ticket and is left alone", file);
            return Optional.empty();
        }
        if (ticket.stage() == Stage.DELIVERED) {
            remove(ticket);
            return Optional.empty();
        }
        return Optional.of(ticket);
    }

    /** Jackson leaves a key that is missing null, whatever the record says. */
    @SuppressWarnings("NullAway")
    private static boolean isWhole(Ticket ticket) {
        return ticket.captureId() != null
                && ticket.server() != null
                && ticket.url() != null
                && ticket.leasedAt() != null
                && ticket.stage() != null
                && (ticket.stage() != Stage.DELIVERING
                        || (ticket.sizeBytes() != null
                                && ticket.sha256() != null
                                && Digest.isTextForm(ticket.sha256())))
                && (ticket.stage() != Stage.REPORTING || ticket.failure() != null);
    }

    /** For a package that a process sealed which died before it wrote the digest down. */
    static Digest sha256(Path file) throws IOException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest());
    }

    private void sync() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
