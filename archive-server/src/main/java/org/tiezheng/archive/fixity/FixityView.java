package org.tiezheng.archive.fixity;

import java.util.List;

/**
 * What the fixity page and {@code GET /api/v1/fixity} say.
 *
 * @param calendar what is due on each of the coming days
 * @param open damages, those without a good copy first
 * @param closed the latest
 * @param repairs proposed or approved
 * @param extras versions that the catalogue does not know, and nobody has looked at
 * @param results the latest checks
 * @param runs the latest
 */
public record FixityView(
        FixityFigures.Now now,
        Pace pace,
        List<FixityFigures.Day> calendar,
        List<Damage> open,
        List<Damage> closed,
        List<Repair> repairs,
        List<ExtraLine> extras,
        List<ResultLine> results,
        List<Run> runs) {
    /** As {@code Listings.Extra}, for people. */
    public record ExtraLine(
            long id,
            String store,
            String key,
            String versionId,
            long sizeBytes,
            boolean deleteMarker,
            boolean covers,
            java.time.Instant firstSeen,
            java.time.Instant lastSeen) {}

    public FixityView {
        calendar = List.copyOf(calendar);
        open = List.copyOf(open);
        closed = List.copyOf(closed);
        repairs = List.copyOf(repairs);
        extras = List.copyOf(extras);
        results = List.copyOf(results);
        runs = List.copyOf(runs);
    }

    /** Most copies due on one day, at least 1: the height of the chart. */
    public long busiest() {
        return Math.max(
                1, calendar.stream().mapToLong(FixityFigures.Day::copies).max().orElse(1));
    }

    /** The calendar by weeks, for the table beside the chart. */
    public List<FixityFigures.Day> weeks() {
        java.util.ArrayList<FixityFigures.Day> weeks = new java.util.ArrayList<>();
        for (int from = 0; from < calendar.size(); from += 7) {
            List<FixityFigures.Day> week = calendar.subList(from, Math.min(from + 7, calendar.size()));
            weeks.add(new FixityFigures.Day(
                    week.get(0).day(),
                    week.stream().mapToLong(FixityFigures.Day::copies).sum(),
                    week.stream().mapToLong(FixityFigures.Day::bytes).sum()));
        }
        return weeks;
    }
}
