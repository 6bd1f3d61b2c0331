/** The command line: {@code verify}, {@code explain}, {@code inspect}. All texts are in the message bundles. */
@NullMarked
package org.tiezheng.verifier.cli;

import org.jspecify.annotations.NullMarked;
