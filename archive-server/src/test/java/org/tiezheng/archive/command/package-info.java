@NullMarked
package org.tiezheng.archive.command;

import org.jspecify.annotations.NullMarked;
