package org.tiezheng.archive.filing.aip;

import java.util.Map;

/** The setting of a fonds that the codes of a package were made by. */
public record AipFonds(
        String no,
        String name,
        String unit,
        String itemPattern,
        String volumePattern,
        Map<String, String> categories,
        Map<String, String> organisations) {
    public AipFonds {
        categories = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(categories));
        organisations = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(organisations));
    }
}
