/**
 * Printed documents: PDF/A-3b with Chinese text, tables over several pages and files inside.
 *
 * <p>Knows nothing of evidence or of any report. Read {@link org.tiezheng.archive.pdf.PdfDocument} first.
 */
@NullMarked
package org.tiezheng.archive.pdf;

import org.jspecify.annotations.NullMarked;
