package org.tiezheng.archive.evidencepage;

import java.io.IOException;
import java.util.Locale;
import java.util.UUID;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.Verification;
import org.tiezheng.archive.catalogue.VerifyNow;
import org.tiezheng.archive.evidencepage.capture.CaptureView;
import org.tiezheng.archive.evidencepage.capture.UnreadableFileException;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;

/** Opens evidence for whoever asks, through {@link EvidenceAccess}, and gathers what every part of its page needs. */
public final class OpenedEvidence {
    private final EvidenceAccess access;
    private final EvidenceCatalogue catalogue;
    private final Captures captures;
    private final VerifyNow verifications;
    private final MessageSource messages;

    public OpenedEvidence(
            EvidenceAccess access,
            EvidenceCatalogue catalogue,
            Captures captures,
            VerifyNow verifications,
            MessageSource messages) {
        this.access = access;
        this.catalogue = catalogue;
        this.captures = captures;
        this.verifications = verifications;
        this.messages = messages;
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
        return access.open(id, CurrentActor.get(), "evidence." + act.name().toLowerCase(Locale.ROOT), what);
    }

    /** The row of the catalogue, of evidence that was destroyed too; exceptions as for {@link #open}. */
    public Evidence openRow(UUID id) {
        return access.openRow(id, CurrentActor.get(), "evidence.view", "row");
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
        Verification again = verifications.latestDone(evidence.id()).orElse(null);
        String found = again == null ? null : again.report();
        VerificationView againReport =
                found == null ? null : VerificationView.read(found).orElse(null);
        return new EvidenceView(evidence, capture, problem, report, again, againReport, locale, messages);
    }
}
