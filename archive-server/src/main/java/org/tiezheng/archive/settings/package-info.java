/**
 * What the server is told, and where it keeps things: {@link org.tiezheng.archive.settings.ArchiveFolder} first.
 *
 * <p>One record per component, {@code @ConfigurationProperties(prefix = "tiezheng.COMPONENT", ignoreUnknownFields =
 * false)}, in the component's own package; all of them are described in {@code docs/configuration.md}.
 */
@NullMarked
package org.tiezheng.archive.settings;

import org.jspecify.annotations.NullMarked;
