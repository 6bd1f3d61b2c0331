/**
 * Evidence records (RFC 4998): proof of existence carried across the ageing of keys and digest algorithms. Start at {@link
 * org.tiezheng.evidence.record.EvidenceRecord}; {@link org.tiezheng.evidence.record.EvidenceRecordChecks} says whether to
 * believe one, {@link org.tiezheng.evidence.record.EvidenceRecordWriter} makes and renews them.
 */
@NullMarked
package org.tiezheng.evidence.record;

import org.jspecify.annotations.NullMarked;
