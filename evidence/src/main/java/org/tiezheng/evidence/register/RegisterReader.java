package org.tiezheng.evidence.register;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a register line by line: first {@link #head}, then {@link #nextRow} until it is empty, then {@link #nextMark} until it is. When
 * that was empty, the register was whole.
 *
 * <p>Hostile input ends in {@link MalformedRegisterException}. Memory: one line. Not safe for use by several threads.
 */
public final class RegisterReader implements Closeable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final RegisterHead head;
    private byte @Nullable [] next;
    private long lastRow;
    private long lastEvent;
    private long rows;
    private long marks;

    private RegisterReader(InputStream in) throws IOException, MalformedRegisterException {
        this.in = in;
        this.head = RegisterLines.parseHead(line());
        this.next = line();
    }

    /**
     * Reads the first line.
     *
     * @param gzip closed with the reader, or if this fails
     */
    public static RegisterReader open(InputStream gzip) throws IOException, MalformedRegisterException {
        try {
            return new RegisterReader(new BufferedInputStream(new GZIPInputStream(gzip, BUFFER_BYTES), BUFFER_BYTES));
        } catch (ZipException e) {
            gzip.close();
            throw new MalformedRegisterException("not in gzip", e);
        } catch (EOFException e) {
            gzip.close();
            throw new MalformedRegisterException("a register that is cut", e);
        } catch (IOException | RuntimeException | MalformedRegisterException e) {
            gzip.close();
            throw e;
        }
    }

    public RegisterHead head() {
        return head;
    }

    /** Empty behind the last row. */
    public Optional<RegisterRow> nextRow() throws IOException, MalformedRegisterException {
        byte[] line = next;
        if (line == null || !RegisterLines.isRow(line)) {
            return Optional.empty();
        }
        RegisterRow row = RegisterLines.parseRow(line);
        if (row.number() <= lastRow || lastEvent > 0) {
            throw new MalformedRegisterException("row " + row.number() + " behind row " + lastRow);
        }
        lastRow = row.number();
        rows++;
        next = guarded();
        return Optional.of(row);
    }

    /**
     * Empty behind the last mark.
     *
     * @throws MalformedRegisterException also if the register is not whole
     */
    public Optional<ChainMark> nextMark() throws IOException, MalformedRegisterException {
        byte[] line = next;
        if (line == null) {
            return Optional.empty();
        }
        if (!RegisterLines.isMark(line)) {
            if (!Arrays.equals(line, RegisterLines.end(rows, marks)) || end() >= 0) {
                throw new MalformedRegisterException("a register that does not end behind " + rows + " rows");
            }
            next = null;
            return Optional.empty();
        }
        ChainMark mark = RegisterLines.parseMark(line);
        if (mark.event() <= lastEvent) {
            throw new MalformedRegisterException("event " + mark.event() + " behind event " + lastEvent);
        }
        lastEvent = mark.event();
        marks++;
        next = guarded();
        return Optional.of(mark);
    }

    private int end() throws IOException, MalformedRegisterException {
        try {
            return in.read();
        } catch (ZipException | EOFException e) {
            throw new MalformedRegisterException("not in gzip to its end", e);
        }
    }

    private byte[] guarded() throws IOException, MalformedRegisterException {
        try {
            return line();
        } catch (ZipException e) {
            throw new MalformedRegisterException("not in gzip to its end", e);
        } catch (EOFException e) {
            throw new MalformedRegisterException("a register that is cut", e);
        }
    }

    private byte[] line() throws IOException, MalformedRegisterException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
        for (int one = in.read(); one != '\n'; one = in.read()) {
            if (one < 0) {
                throw new MalformedRegisterException("a register that is cut");
            }
            if (line.size() == RegisterLines.MAX_BYTES) {
                throw new MalformedRegisterException("a line of more than " + RegisterLines.MAX_BYTES + " bytes");
            }
            line.write(one);
        }
        return line.toByteArray();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
