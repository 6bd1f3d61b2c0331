/** Object stores with retention and legal hold. Start at {@link org.tiezheng.storage.ObjectStore}. */
@NullMarked
package org.tiezheng.storage;

import org.jspecify.annotations.NullMarked;
