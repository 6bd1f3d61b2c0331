package org.tiezheng.archive.filing;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A fonds (全宗) with the setting in force: whose records they are and how their codes are written.
 *
 * @param id of the setting; a new one is made by every change
 * @param no number of the fonds (全宗号)
 * @param unit the body whose records these are (立档单位)
 * @param categories code → name, the first is proposed (类别号)
 * @param organisations code → name, the first is proposed (机构或问题)
 */
public record FondsRule(
        long id,
        String no,
        String name,
        String unit,
        CodePattern itemPattern,
        CodePattern volumePattern,
        Map<String, String> categories,
        Map<String, String> organisations,
        Instant madeAt,
        String madeByName) {
    public FondsRule {
        categories = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(categories));
        organisations = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(organisations));
    }

    /** Category that is proposed. */
    public String firstCategory() {
        return categories.keySet().iterator().next();
    }

    /** Organisation that is proposed. */
    public String firstOrganisation() {
        return organisations.keySet().iterator().next();
    }
}
