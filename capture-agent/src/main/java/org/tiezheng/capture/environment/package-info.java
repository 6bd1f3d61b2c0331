/**
 * What the capture ran on: machine, programs, network, processes, clock; and the cleanliness checks of the evidence record
 * (domain.md C1, rows 13 to 18).
 *
 * <p>Read first: {@link org.tiezheng.capture.environment.EnvironmentSurvey} (one call, one record), then {@link
 * org.tiezheng.capture.environment.ClockWatch} (outside time before and after). Every question has a bound and fails alone:
 * what could not be found out is in the record with its reason, never left out. What is recorded and why: docs/egress.md.
 */
@NullMarked
package org.tiezheng.capture.environment;

import org.jspecify.annotations.NullMarked;
