package org.tiezheng.archive.catalogue;

import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Archival codes as the catalogue repeats them, for lists and searches. Which code is given, and by what rule, is package {@code
 * filing}'s matter.
 */
public final class ArchivalCodes {
    private final JdbcClient jdbc;
    private final EvidenceCatalogue catalogue;

    public ArchivalCodes(JdbcClient jdbc, EvidenceCatalogue catalogue) {
        this.jdbc = jdbc;
        this.catalogue = catalogue;
    }

    /**
     * Writes the code of evidence that has none, in the caller's transaction; from then on it is found by it.
     *
     * @throws IllegalStateException if there is no transaction, no such evidence, or it has a code
     * @throws org.springframework.dao.DuplicateKeyException if another evidence has this code
     */
    public void set(UUID id, String code) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a code is given in the transaction that files");
        }
        int rows = jdbc.sql("""
                        update evidence set archival_code = :code, version = version + 1
                        where id = :id and archival_code is null""").param("id", id).param("code", code).update();
        if (rows != 1) {
            throw new IllegalStateException("evidence " + id + " is not there, or has a code");
        }
        new SearchIndex(jdbc).renew(catalogue.find(id).orElseThrow());
    }
}
