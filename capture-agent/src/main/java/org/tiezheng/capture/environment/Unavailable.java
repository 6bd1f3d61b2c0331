package org.tiezheng.capture.environment;

/**
 * Something that was asked and could not be found out.
 *
 * @param item stable word: {@code fonts}, {@code antivirus}, {@code egress-ip} …
 * @param reason {@code not-installed}, {@code not-asked}, {@code timeout}, or the fault in English
 */
public record Unavailable(String item, String reason) {}
