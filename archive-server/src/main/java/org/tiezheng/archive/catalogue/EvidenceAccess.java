package org.tiezheng.archive.catalogue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;

/**
 * Lets somebody at one evidence, or not, and writes it down: every view, download and export is an audit event, committed before
 * a byte is given out. Roles as such are the endpoints' rules; this is about this evidence.
 *
 * <p>Who is a reader only as legal reviewer does not get captures he had a part in. A system administrator gets none at all.
 *
 * <p>A page is many requests and a download may be many ranges: the same act of the same session on the same thing is written
 * once in ten minutes.
 */
public final class EvidenceAccess {
    private static final Set<String> OTHER_READERS =
            Set.of("INSPECTOR", "SECOND_OFFICER", "RESPONSIBLE_LEADER", "ARCHIVIST", "AUDITOR");

    private static final Duration ONCE = Duration.ofMinutes(10);
    private static final int REMEMBERED = 10_000;

    private final EvidenceCatalogue catalogue;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final Map<String, Instant> written = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > REMEMBERED;
        }
    };

    public EvidenceAccess(EvidenceCatalogue catalogue, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.catalogue = catalogue;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * The evidence; the act is in the audit log.
     *
     * @param action {@code evidence.view}, {@code evidence.download}
     * @param what of it; goes into the event's reason
     * @throws Problem 404 if there is none, 403 if this actor may not have this one, 410 if it was disposed of
     */
    public Evidence open(UUID id, Actor actor, String action, String what) {
        return opened(may(id, actor, action), actor, action, what);
    }

    /** As {@link #open}, but what was disposed of too: for what shows the row of the catalogue and no content. */
    public Evidence openRow(UUID id, Actor actor, String action, String what) {
        return opened(mayRow(id, actor, action), actor, action, what);
    }

    private Evidence opened(Evidence evidence, Actor actor, String action, String what) {
        UUID id = evidence.id();
        String session = actor.sessionId() == null ? actor.id() : actor.sessionId();
        if (isNew(session + " " + id + " " + action + " " + what)) {
            write(actor, action, evidence, AuditEvent.Result.OK, what);
        }
        return evidence;
    }

    /** As {@link #open}, for an act that writes an audit event of its own. */
    public Evidence may(UUID id, Actor actor, String action) {
        Evidence evidence = mayRow(id, actor, action);
        if (evidence.disposedAt() != null) {
            write(actor, action, evidence, AuditEvent.Result.REFUSED, "disposed of");
            throw disposed(evidence);
        }
        return evidence;
    }

    static Problem disposed(Evidence evidence) {
        return Problem.of(
                HttpStatus.GONE,
                "catalogue.disposed",
                String.valueOf(EvidenceJson.time(evidence.disposedAt())),
                String.valueOf(evidence.disposalId()));
    }

    /** As {@link #may}, but what was disposed of too. */
    public Evidence mayRow(UUID id, Actor actor, String action) {
        Evidence evidence = catalogue.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        Set<String> roles = roles(actor);
        boolean reader = roles.stream().anyMatch(OTHER_READERS::contains);
        boolean reviewer = roles.contains("LEGAL_REVIEWER");
        if (!reader && !reviewer) {
            write(actor, action, evidence, AuditEvent.Result.REFUSED, "no role for evidence");
            throw Problem.of(HttpStatus.FORBIDDEN, "forbidden");
        }
        if (!reader && evidence.officerIds().contains(actor.id())) {
            write(actor, action, evidence, AuditEvent.Result.REFUSED, "officer of this capture");
            throw Problem.of(HttpStatus.FORBIDDEN, "catalogue.own-capture");
        }
        return evidence;
    }

    /** The account whose captures a list leaves out for this reader; null for none. */
    public static @Nullable String hiddenOfficer(Actor actor) {
        return roles(actor).stream().anyMatch(OTHER_READERS::contains) ? null : actor.id();
    }

    static Set<String> roles(Actor actor) {
        return Arrays.stream(actor.role().split(",")).map(String::strip).collect(Collectors.toSet());
    }

    private boolean isNew(String key) {
        Instant now = clock.instant();
        synchronized (written) {
            Instant before = written.get(key);
            if (before != null && before.plus(ONCE).isAfter(now)) {
                return false;
            }
            written.put(key, now);
            return true;
        }
    }

    private void write(Actor actor, String action, Evidence evidence, AuditEvent.Result result, String reason) {
        transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                actor,
                action,
                "evidence",
                evidence.id().toString(),
                evidence.sha256().hex(),
                result,
                reason,
                null)));
    }
}
