package org.tiezheng.evidence.register;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a register: lines of JSON, UTF-8, LF, gzip. Keys in one order, no blanks, absent values left out:
 *
 * <pre>
 * {"v":1,"type":"tiezheng-register","id":"…","at":"2026-11-22T03:40:00Z","origin":"…","entries":1309,"events":4711,"eventHash":"…"}
 * {"row":1,"id":"5f0e8a3c-…","sha256":"…","sm3":"…","size":"842",…}       packages in the order of their numbers
 * {"event":1000,"hash":"…","chain":"…"}                                   events of the audit chain in their order
 * {"rows":1,"marks":1}                                                    the end
 * </pre>
 *
 * <p>Marks are every thousandth event, the last one, the last ones of earlier registers, and each that an entry of the log names by
 * its hash. Memory: one line. Not safe for use by several threads.
 */
public final class RegisterWriter implements Closeable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream out;
    private long lastRow;
    private long lastEvent;
    private long rows;
    private long marks;
    private boolean ended;

    /** @param out not closed by {@link #end} */
    public RegisterWriter(OutputStream out, RegisterHead head) throws IOException {
        this.out = new BufferedOutputStream(new GZIPOutputStream(out, BUFFER_BYTES), BUFFER_BYTES);
        line(RegisterLines.head(head));
    }

    /** @throws IllegalStateException if rows do not come in the order of their numbers, or after marks */
    public void row(RegisterRow row) throws IOException {
        if (row.number() <= lastRow || lastEvent > 0 || ended) {
            throw new IllegalStateException("row " + row.number() + " behind row " + lastRow);
        }
        lastRow = row.number();
        rows++;
        line(RegisterLines.row(row));
    }

    /** @throws IllegalStateException if marks do not come in the order of their events */
    public void mark(ChainMark mark) throws IOException {
        if (mark.event() <= lastEvent || ended) {
            throw new IllegalStateException("event " + mark.event() + " behind event " + lastEvent);
        }
        lastEvent = mark.event();
        marks++;
        line(RegisterLines.mark(mark));
    }

    /** Writes the last line: what has none is not whole. */
    public void end() throws IOException {
        ended = true;
        line(RegisterLines.end(rows, marks));
    }

    public long rows() {
        return rows;
    }

    private void line(byte[] line) throws IOException {
        if (line.length > RegisterLines.MAX_BYTES) {
            throw new IOException("a line of " + line.length + " bytes");
        }
        out.write(line);
        out.write('\n');
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
