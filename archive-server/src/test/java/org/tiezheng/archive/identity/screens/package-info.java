/** Tests of the pages and the REST interface of accounts. */
@NullMarked
package org.tiezheng.archive.identity.screens;

import org.jspecify.annotations.NullMarked;
