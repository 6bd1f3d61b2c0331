/**
 * The command line: {@code serve}, and what an administrator does beside the server. {@link
 * org.tiezheng.archive.command.Console} first.
 */
@NullMarked
package org.tiezheng.archive.command;

import org.jspecify.annotations.NullMarked;
