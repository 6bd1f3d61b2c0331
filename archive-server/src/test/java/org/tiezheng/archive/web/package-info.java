/** What all screens share. */
@NullMarked
package org.tiezheng.archive.web;

import org.jspecify.annotations.NullMarked;
