package org.tiezheng.archive.log;

import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.log.LogHash;

/** The log for programs: what the log screen shows. */
@RestController
@RequestMapping("/api/v1/log")
class LogApi {
    private final LogFigures figures;
    private final TransparencyLog log;

    LogApi(LogFigures figures, TransparencyLog log) {
        this.figures = figures;
        this.log = log;
    }

    /** How it stands: sizes, damage, witnesses, stamps. */
    @GetMapping
    @PreAuthorize(Access.SIGNED_IN)
    LogFigures.Now state() {
        return figures.now();
    }

    /**
     * Entries, newest first.
     *
     * @param next position to give as {@code before} for the next part; null at the end
     */
    record Entries(
            List<LogFigures.Entry> items,
            @org.jspecify.annotations.Nullable Long next) {}

    @GetMapping("/entries")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    Entries entries(
            @RequestParam(name = "kind", defaultValue = "") String kind,
            @RequestParam(name = "before", defaultValue = "9223372036854775807") long before,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        if (limit < 1 || limit > 500) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "bad-request", "limit");
        }
        List<LogFigures.Entry> items = figures.entries(kind, before, limit);
        boolean more = items.size() == limit && items.get(limit - 1).pos() > 0;
        return new Entries(items, more ? items.get(limit - 1).pos() : null);
    }

    /** A consistency proof. @param hashes base64, as RFC 9162 section 2.1.4.1 orders them */
    record Consistency(long from, long to, List<String> hashes) {}

    /** That the tree of the first {@code to} entries continues that of the first {@code from}. */
    @GetMapping("/consistency")
    @PreAuthorize(Access.SIGNED_IN)
    Consistency consistency(@RequestParam("from") long from, @RequestParam("to") long to) {
        if (from < 0 || from > to || to > log.state().signed()) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "bad-request", "from, to");
        }
        return new Consistency(
                from,
                to,
                log.consistency(from, to).stream().map(LogHash::base64).toList());
    }
}
