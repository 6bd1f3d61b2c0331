/** What the commands share: {@link org.tiezheng.auditor.cli.Program} parses the command line and runs one of them. */
@NullMarked
package org.tiezheng.auditor.cli;

import org.jspecify.annotations.NullMarked;
