@NullMarked
package org.tiezheng.verifier;

import org.jspecify.annotations.NullMarked;
