/** Tests of the gates over HTTP. */
@NullMarked
package org.tiezheng.archive.identity.security;

import org.jspecify.annotations.NullMarked;
