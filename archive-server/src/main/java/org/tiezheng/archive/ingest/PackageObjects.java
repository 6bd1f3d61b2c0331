package org.tiezheng.archive.ingest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/** Stores the members of a package, each as an object of its own under its digest. */
final class PackageObjects {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ObjectStore store;
    private final Gate gate;

    /** Whether the store may be written to now. */
    @FunctionalInterface
    interface Gate {
        Gate OPEN = () -> {};

        /**
         * Does nothing if it may.
         *
         * @throws IOException if it may not; it is tried again later
         */
        void requireOpen() throws IOException;
    }

    PackageObjects(ObjectStore store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    /**
     * Puts one member, locked from its first byte. Repeating it gives the version that is there.
     *
     * @throws IOException if the store could not confirm, or the file is not what was verified: state unknown
     */
    StoredObject put(Path file, ReadPackage.Member member, Retention retention) throws IOException {
        gate.requireOpen();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            Member found = zip.member(member.name())
                    .orElseThrow(() -> new IOException(member.name() + " is no longer in the package"));
            try (InputStream content = new BufferedInputStream(zip.open(found), BUFFER_BYTES)) {
                return store.put(
                        new PutRequest(
                                ObjectKeys.ofContent(member.sha256()),
                                member.sizeBytes(),
                                member.sha256(),
                                retention,
                                false),
                        content);
            }
        }
    }
}
