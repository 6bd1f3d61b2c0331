/**
 * How long evidence is kept, what must not go, and how it goes when its time is over (docs/retention.md).
 *
 * <p>Begin with {@link org.tiezheng.archive.retention.RetentionRules} (which class, from when, until when), then {@link
 * org.tiezheng.archive.retention.Retentions} (what holds for one evidence), {@link org.tiezheng.archive.retention.Holds}. The
 * words are: a <em>class</em> says how long, a <em>rule</em> says which class a type of case gets, a <em>lock</em> is what the
 * store enforces and is never shorter than the class asks.
 */
@NullMarked
package org.tiezheng.archive.retention;

import org.jspecify.annotations.NullMarked;
