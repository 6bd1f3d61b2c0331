package org.tiezheng.archive.filing;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One piece of evidence as it was filed: the DA/T 46 elements of its record. What was filed never changes.
 *
 * @param number order of filing, the cursor of lists
 * @param archivalCode 档号
 * @param fondsNo 全宗号
 * @param fondsName 全宗名称, by the setting the code was made by
 * @param unit 立档单位, by the same
 * @param ruleId that setting
 * @param series all of the code in front of the number
 * @param itemNo 件号: 1, 2, 3 … within the series
 * @param volumeId null: filed as a single item
 * @param volumeCode code of the volume (案卷级档号)
 * @param volumeNo 案卷号
 * @param category 类别号
 * @param organisation 机构或问题
 * @param year 年度
 * @param retentionClass 保管期限, id of the class when it was filed
 * @param title 题名
 * @param responsible 责任者
 * @param documentDate 日期, the day of the capture in Beijing
 * @param documentType 文种
 * @param pageNo 页号; null: not counted in pages
 * @param runId the check it was filed after; null: imported
 * @param reason why it was filed although items warned
 * @param reportId of the report as a kept object
 */
public record Filed(
        UUID evidenceId,
        long number,
        String archivalCode,
        String fondsNo,
        String fondsName,
        String unit,
        long ruleId,
        String series,
        int itemNo,
        @Nullable UUID volumeId,
        @Nullable String volumeCode,
        @Nullable Integer volumeNo,
        @Nullable String caseNo,
        String category,
        String organisation,
        int year,
        String retentionClass,
        String title,
        String responsible,
        LocalDate documentDate,
        String documentType,
        @Nullable String pageNo,
        Origin origin,
        @Nullable UUID runId,
        @Nullable String reason,
        @Nullable UUID reportId,
        @Nullable String reportSha256,
        Instant filedAt,
        String filedBy,
        String filedByName) {
    /** Who gave the code. */
    public enum Origin {
        FILED,
        /** It came with the package of another archive. */
        IMPORTED
    }
}
