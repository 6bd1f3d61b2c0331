/**
 * RFC 3161 over HTTP: the only package of this module that may open a connection. Read {@link
 * org.tiezheng.evidence.time.http.HttpTimestampAuthority}.
 */
@NullMarked
package org.tiezheng.evidence.time.http;

import org.jspecify.annotations.NullMarked;
