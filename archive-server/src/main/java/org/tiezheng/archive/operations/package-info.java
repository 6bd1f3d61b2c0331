/** Running the server: health, metrics, logs, backup. */
@NullMarked
package org.tiezheng.archive.operations;

import org.jspecify.annotations.NullMarked;
