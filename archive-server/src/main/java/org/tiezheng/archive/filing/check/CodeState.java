package org.tiezheng.archive.filing.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the check has to know of the archival code: the one that filing would give next, or the one that was given.
 *
 * @param code with a number
 * @param wellFormed whether it is one of its rule
 * @param takenBy what has it already, if that is not this evidence
 * @param gaps numbers of its series that nothing has
 * @param importedSeries whether other numbers of the series came from another archive, so that gaps need not be ours
 * @param metadata DA/T 46 elements by their Chinese names, empty where nothing is known
 */
public record CodeState(
        String code,
        boolean wellFormed,
        List<String> takenBy,
        List<Integer> gaps,
        boolean importedSeries,
        Map<String, String> metadata) {
    public CodeState {
        takenBy = List.copyOf(takenBy);
        gaps = List.copyOf(gaps);
        metadata = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }
}
