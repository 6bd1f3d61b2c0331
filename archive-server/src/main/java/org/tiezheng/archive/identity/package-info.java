/**
 * Who is there and what they may do: accounts, roles, officers, second factors, API tokens, sessions.
 *
 * <p>Read {@link org.tiezheng.archive.identity.Role} and {@link org.tiezheng.archive.identity.Access} first (who may
 * what), then {@link org.tiezheng.archive.identity.CurrentActor} (who is asking), then
 * {@link org.tiezheng.archive.identity.Identity} (how somebody proves it). The filter chains are in
 * {@code identity.security}, the pages and their REST twins in {@code identity.screens}.
 *
 * <p>For the other parts: every controller method (or its class) carries
 * {@code @PreAuthorize(Access.…)}; one without is refused to everybody. Nobody catches Spring Security's
 * {@code AccessDeniedException}: the filter chain answers and audits it.
 */
@NullMarked
package org.tiezheng.archive.identity;

import org.jspecify.annotations.NullMarked;
