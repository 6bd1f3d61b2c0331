package org.tiezheng.archive.filing.check;

/**
 * One place where metadata is not as its schema says.
 *
 * @param keyword of JSON Schema that is not met: {@code required}, {@code pattern}, {@code enum}
 * @param message with the place
 */
record SchemaFault(String keyword, String message) {}
