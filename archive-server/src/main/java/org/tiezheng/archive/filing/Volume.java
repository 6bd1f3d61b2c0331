package org.tiezheng.archive.filing;

import java.time.Instant;
import java.util.UUID;

/**
 * A volume (案卷): the evidence of one case, of one retention class.
 *
 * @param archivalCode of the volume; the codes of its items begin with it
 * @param items how many are filed in it
 */
public record Volume(
        UUID id,
        String archivalCode,
        String fondsNo,
        long ruleId,
        String series,
        int volumeNo,
        String caseNo,
        String retentionClass,
        String category,
        String organisation,
        int year,
        String title,
        Filed.Origin origin,
        Instant openedAt,
        String openedByName,
        int items) {}
