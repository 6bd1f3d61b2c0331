/**
 * The gates of the server. Read {@link org.tiezheng.archive.identity.security.SecurityConfiguration} first: the filter
 * chains in their order, and which headers every answer carries.
 *
 * <p>Two rules stand for every request: the chain asks whether somebody is there (and, for a token, whether its scopes
 * reach this path); the controller's {@code @PreAuthorize} asks for the role. A controller without one is closed, see
 * {@link org.tiezheng.archive.identity.security.ClosedWithoutRule}.
 */
@NullMarked
package org.tiezheng.archive.identity.security;

import org.jspecify.annotations.NullMarked;
