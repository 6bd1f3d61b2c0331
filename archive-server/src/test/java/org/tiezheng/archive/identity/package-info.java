/** Tests of accounts and sign-in; {@link org.tiezheng.archive.identity.TestUsers} is for everybody's tests. */
@NullMarked
package org.tiezheng.archive.identity;

import org.jspecify.annotations.NullMarked;
