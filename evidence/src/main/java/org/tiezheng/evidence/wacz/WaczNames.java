package org.tiezheng.evidence.wacz;

import java.util.regex.Pattern;

/** Names of members in a WACZ of this format. Source: docs/format.md, "WACZ". */
public final class WaczNames {
    public static final String WARC = "archive/data.warc.gz";
    public static final String INDEX = "indexes/index.cdx";
    public static final String PAGES = "pages/pages.jsonl";
    public static final String DATAPACKAGE = "datapackage.json";
    public static final String DATAPACKAGE_DIGEST = "datapackage-digest.json";

    /** Other readers (py-wacz) compare the last two parts of a path, and only of files with a dot in their name. */
    private static final Pattern RESOURCE =
            Pattern.compile("(?:archive|indexes|pages|evidence)/[A-Za-z0-9_-][A-Za-z0-9_.-]*\\.[A-Za-z0-9_-]+");

    private WaczNames() {}

    /** Whether a member of this name may be listed in datapackage.json: two parts, a known folder, an extension. */
    public static boolean isResource(String name) {
        return RESOURCE.matcher(name).matches();
    }
}
