package org.tiezheng.archive.jobs;

/**
 * One address of a list, as it was read.
 *
 * @param number of the line in the list, from 1
 * @param context of the submission, with what the line says instead
 */
record AddressLine(int number, String url, CaptureContext context) {}
