package org.tiezheng.storage;

import java.util.List;

/**
 * What a store is, for pages, reports and the audit log. Holds no credential.
 *
 * @param id short name of the store, the same for all its life, for example {@code objects} or {@code custodian}
 * @param location where it is, for administrators: a folder, or endpoint and bucket
 * @param copies the stores behind a mirrored one, primary first; empty for the others
 */
public record StoreDescription(String id, Kind kind, String location, List<StoreDescription> copies) {
    /** Families of stores. */
    public enum Kind {
        /** Files below a folder: tamper-evident, not WORM. Whoever owns the files can delete them. */
        FOLDER(false),
        /** An S3 bucket with Object Lock. Whether the lock is real is for {@link WormSelfTest} to say. */
        S3(true),
        /** Two stores that hold the same; see {@link StoreDescription#copies}. */
        MIRRORED(false);

        private final boolean claimsLock;

        Kind(boolean claimsLock) {
            this.claimsLock = claimsLock;
        }

        /** Whether stores of this kind say that they keep locked objects from their own owner. */
        public boolean claimsLock() {
            return claimsLock;
        }
    }

    public StoreDescription {
        copies = List.copyOf(copies);
    }

    /** A store that is not made of others. */
    public static StoreDescription of(String id, Kind kind, String location) {
        return new StoreDescription(id, kind, location, List.of());
    }

    /** The store that decides: the primary of a mirrored one, or this. */
    public StoreDescription primary() {
        return copies.isEmpty() ? this : copies.get(0);
    }
}
