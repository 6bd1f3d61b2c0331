@NullMarked
package org.tiezheng.demo;

import org.jspecify.annotations.NullMarked;
