/** Home and the evidence list; and all screens of the server, walked through in a real browser. */
@NullMarked
package org.tiezheng.archive.screens;

import org.jspecify.annotations.NullMarked;
