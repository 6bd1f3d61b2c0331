@NullMarked
package org.tiezheng.archive.agent;

import org.jspecify.annotations.NullMarked;
