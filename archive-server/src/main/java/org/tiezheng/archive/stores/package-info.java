/**
 * Where evidence is kept: the configured stores, their WORM self-tests, the gate before ingest, the custodian's copies.
 *
 * <p>Read {@link org.tiezheng.archive.stores.Stores} first, then {@link org.tiezheng.archive.stores.StoreGate}. Other packages
 * use the bean {@link org.tiezheng.storage.ObjectStore} and the gate.
 */
@NullMarked
package org.tiezheng.archive.stores;

import org.jspecify.annotations.NullMarked;
