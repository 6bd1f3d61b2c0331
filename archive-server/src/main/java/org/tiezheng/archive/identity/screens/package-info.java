/** Pages and REST interface of accounts, tokens and the audit log. Start at {@code SignInController}. */
@NullMarked
package org.tiezheng.archive.identity.screens;

import org.jspecify.annotations.NullMarked;
