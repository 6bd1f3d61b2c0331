package org.tiezheng.archive.evidencepage;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.evidencepage.capture.CaptureView;
import org.tiezheng.archive.evidencepage.capture.UnreadableFileException;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.web.Problem;

/**
 * Opens evidence for whoever asks: finds it, refuses who may not see this one, and writes the audit event, once for each thing
 * looked at in ten minutes by one session: a page is made of many requests.
 */
public final class OpenedEvidence {
    private static final Duration ONE_VIEW = Duration.ofMinutes(10);
    private static final int MAX_REMEMBERED = 10_000;

    private final EvidenceCatalogue catalogue;
    private final Captures captures;
    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final MessageSource messages;
    private final Clock clock;
    private final Map<String, Instant> written = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    public OpenedEvidence(
            EvidenceCatalogue catalogue,
            Captures captures,
            AuditLog audit,
            TransactionTemplate transactions,
            MessageSource messages,
            Clock clock) {
        this.catalogue = catalogue;
        this.captures = captures;
        this.audit = audit;
        this.transactions = transactions;
        this.messages = messages;
        this.clock = clock;
    }

    /** What is done with it; the audit event's action is {@code evidence.<word>}. */
    public enum Act {
        VIEW,
        REPLAY,
        DOWNLOAD
    }

    /**
     * The evidence, and the act in the audit log.
     *
     * @param what is looked at, such as {@code screenshot}; goes into the event's reason
     * @throws Problem 404 if there is none, 403 if the asker may not see this one
     */
    public Evidence open(UUID id, Act act, String what) {
        Evidence evidence = catalogue.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        Actor actor = CurrentActor.get();
        boolean reviewerOfOwn = CurrentActor.signedIn()
                .filter(signedIn -> signedIn.roles().contains(Role.LEGAL_REVIEWER))
                .filter(signedIn -> !signedIn.roles().contains(Role.INSPECTOR)
                        && !signedIn.roles().contains(Role.SECOND_OFFICER))
                .filter(signedIn ->
                        evidence.officerIds().contains(signedIn.accountId().toString()))
                .isPresent();
        if (reviewerOfOwn) {
            write(event(actor, act, evidence, AuditEvent.Result.REFUSED, "officer of this capture"));
            throw Problem.of(org.springframework.http.HttpStatus.FORBIDDEN, "ev.officer");
        }
        String session = actor.sessionId() == null ? actor.id() : actor.sessionId();
        String key = session + " " + id + " " + act + " " + what;
        if (act != Act.VIEW || isNew(key)) {
            write(event(actor, act, evidence, AuditEvent.Result.OK, what));
        }
        return evidence;
    }

    private boolean isNew(String key) {
        Instant now = clock.instant();
        synchronized (written) {
            Instant before = written.get(key);
            if (before != null && before.plus(ONE_VIEW).isAfter(now)) {
                return false;
            }
            written.put(key, now);
            return true;
        }
    }

    private static AuditEvent event(
            Actor actor, Act act, Evidence evidence, AuditEvent.Result result, @Nullable String reason) {
        return new AuditEvent(
                actor,
                "evidence." + act.name().toLowerCase(Locale.ROOT),
                "evidence",
                evidence.id().toString(),
                evidence.sha256().hex(),
                result,
                reason,
                null);
    }

    /** Its own transaction: a view changes nothing else. It is committed before a byte is shown. */
    private void write(AuditEvent event) {
        transactions.executeWithoutResult(status -> audit.append(event));
    }

    /** What the page shows of it; a capture.json that cannot be read is said, not thrown. */
    public EvidenceView view(Evidence evidence, Locale locale) {
        CaptureView capture = null;
        String problem = null;
        try {
            capture = captures.capture(evidence.id());
        } catch (UnreadableFileException | java.io.FileNotFoundException e) {
            problem = "unreadable";
        } catch (IOException e) {
            problem = "store";
        }
        VerificationView report =
                catalogue.report(evidence.id()).flatMap(VerificationView::read).orElse(null);
        return new EvidenceView(evidence, capture, problem, report, locale, messages);
    }
}
