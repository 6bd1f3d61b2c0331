/**
 * The two screens that gather what all other parts know: home ({@link org.tiezheng.archive.screens.HomeController}) and the
 * evidence list ({@link org.tiezheng.archive.screens.EvidenceListController}) with its saved searches and CSV export. Nothing
 * depends on this package.
 */
@NullMarked
package org.tiezheng.archive.screens;

import org.jspecify.annotations.NullMarked;
