@NullMarked
package org.tiezheng.archive.preservation.report;

import org.jspecify.annotations.NullMarked;
