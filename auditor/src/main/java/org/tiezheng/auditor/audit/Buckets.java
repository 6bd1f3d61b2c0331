package org.tiezheng.auditor.audit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of rows, cut so that each fits into memory: rows that belong together are in one of them, whatever order they came in.
 */
final class Buckets implements Closeable {
    private static final int BUFFER_BYTES = 1 << 13;

    private final DataOutputStream[] outs;

    /** Begins the files anew. */
    Buckets(Path folder, String name, int count) throws IOException {
        outs = new DataOutputStream[count];
        for (int i = 0; i < count; i++) {
            outs[i] = new DataOutputStream(
                    new BufferedOutputStream(Files.newOutputStream(file(folder, name, i)), BUFFER_BYTES));
        }
    }

    DataOutputStream get(int bucket) {
        return outs[bucket];
    }

    private static Path file(Path folder, String name, int bucket) {
        return folder.resolve(name + "-" + bucket);
    }

    static DataInputStream open(Path folder, String name, int bucket) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file(folder, name, bucket)), 1 << 16));
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (DataOutputStream out : outs) {
            try {
                out.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
