/**
 * A web server that tells the truth about what it sent ({@code Origin}), the page set that every recorder must
 * pass ({@code PageSet}), and a small Chinese shop for the demo ({@code DemoShop}). Loopback only. Read {@code
 * Origin} first.
 */
@NullMarked
package org.tiezheng.demo;

import org.jspecify.annotations.NullMarked;
