package org.tiezheng.archive.identity.security;

import java.util.List;
import java.util.Set;
import org.tiezheng.archive.identity.Scope;

/**
 * Which scope a token needs for which path. Sessions need none: their roles decide.
 *
 * <p>What is not listed needs {@code admin}: a new path is closed to the tokens of inspectors until it is listed here.
 */
final class ScopeRules {
    private record Rule(String prefix, Scope read, Scope write) {}

    private static final List<Rule> RULES = List.of(
            new Rule("/api/agent/", Scope.AGENT, Scope.AGENT),
            new Rule("/api/v1/captures", Scope.CAPTURES_READ, Scope.CAPTURES_WRITE),
            new Rule("/api/v1/jobs", Scope.CAPTURES_READ, Scope.CAPTURES_WRITE),
            new Rule("/api/v1/batches", Scope.CAPTURES_READ, Scope.CAPTURES_WRITE),
            new Rule("/api/v1/schedules", Scope.CAPTURES_READ, Scope.CAPTURES_WRITE),
            new Rule("/api/v1/officers", Scope.CAPTURES_READ, Scope.ADMIN),
            new Rule("/api/v1/evidence", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/retention", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/holds", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/appraisals", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/disposals", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/fixity", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/searches", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/saved-searches", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/verifications", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/verifier", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/confirmations", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/preservation", Scope.EVIDENCE_READ, Scope.ADMIN),
            new Rule("/api/v1/reports", Scope.EVIDENCE_READ, Scope.ADMIN),
            new Rule("/api/v1/findings", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/records", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/log", Scope.EVIDENCE_READ, Scope.ADMIN),
            new Rule("/api/v1/packages", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/filing", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/strays", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/uploads", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/quarantine", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE),
            new Rule("/api/v1/orphans", Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE));

    /** Paths every token may read: who am I, and what is there to call. */
    private static final Set<String> FOR_EVERY_TOKEN = Set.of("/api/v1/me", "/api/v1/openapi");

    private ScopeRules() {}

    /** Whether one of {@code scopes} reaches this request. */
    static boolean allow(Set<Scope> scopes, String method, String path) {
        boolean read = method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
        if (scopes.contains(Scope.AGENT)) {
            return path.startsWith("/api/agent/");
        }
        if (read && FOR_EVERY_TOKEN.contains(path)) {
            return true;
        }
        for (Rule rule : RULES) {
            if (path.equals(rule.prefix())
                    || path.startsWith(rule.prefix().endsWith("/") ? rule.prefix() : rule.prefix() + "/")) {
                return scopes.contains(read ? rule.read() : rule.write());
            }
        }
        return scopes.contains(Scope.ADMIN);
    }
}
