package org.tiezheng.archive.catalogue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tiezheng.evidence.zip.LayoutChannel;
import org.tiezheng.storage.ObjectStore;

/** A package in the store, read like a file: for the verifier. */
final class StoredPackage {
    private StoredPackage() {}

    /** The caller closes it. */
    static FileChannel open(List<EvidenceObject> objects, ObjectStore store) {
        Map<String, EvidenceObject> byName = new HashMap<>();
        objects.forEach(object -> byName.put(object.member(), object));
        return new LayoutChannel(EvidenceExport.layout(objects), (name, offset, length) -> {
            EvidenceObject object = byName.get(name);
            if (object == null) {
                throw new IOException("no object for " + name);
            }
            return store.get(object.version(), offset, length);
        });
    }
}
