package org.tiezheng.archive.catalogue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Part of a list, newest archived first.
 *
 * @param next number to give as cursor for the following part; null if this is the last
 */
public record EvidencePage(List<Evidence> items, @Nullable Long next) {
    public EvidencePage {
        items = List.copyOf(items);
    }
}
