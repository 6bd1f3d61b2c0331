/**
 * What all screens and the REST interface share: languages, times, errors, paging, the frame of a page. Read
 * {@link org.tiezheng.archive.web.Problem} first (how to say that something went wrong), then {@code templates/ui.html},
 * which the server shows at {@code /ui}: every component of the screens with the markup to copy. Depends on no other
 * package of the server.
 */
@NullMarked
package org.tiezheng.archive.web;

import org.jspecify.annotations.NullMarked;
