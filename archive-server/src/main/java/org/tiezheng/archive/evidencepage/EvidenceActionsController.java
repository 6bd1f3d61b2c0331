package org.tiezheng.archive.evidencepage;

import jakarta.servlet.http.HttpServletRequest;
import java.io.FileNotFoundException;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.catalogue.ConfirmationDesk;
import org.tiezheng.archive.catalogue.Confirmations;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.Verification;
import org.tiezheng.archive.catalogue.VerifyNow;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.web.Problem;

/**
 * What a person does on the page of one evidence: confirm, link, review, verify again. Each is a form that works without
 * JavaScript; a refusal comes back to the form it belongs to, in words.
 */
@Controller
public class EvidenceActionsController {
    private final EvidenceAccess access;
    private final OpenedEvidence opened;
    private final Confirmations confirmations;
    private final Identity identity;
    private final CaseLinks links;
    private final VerifyNow verifications;

    EvidenceActionsController(
            EvidenceAccess access,
            OpenedEvidence opened,
            Confirmations confirmations,
            Identity identity,
            CaseLinks links,
            VerifyNow verifications) {
        this.access = access;
        this.opened = opened;
        this.confirmations = confirmations;
        this.identity = identity;
        this.links = links;
        this.verifications = verifications;
    }

    private interface Act {
        void run(Evidence evidence, Actor actor);
    }

    /** Does it, and goes back to the part; a refusal goes with it. */
    private String act(UUID id, String action, String part, String form, RedirectAttributes back, Act act) {
        Actor actor = CurrentActor.get();
        Evidence evidence = access.may(id, actor, action);
        try {
            act.run(evidence, actor);
            back.addFlashAttribute("done", form);
        } catch (Problem refused) {
            if (refused.status().is5xxServerError()) {
                throw refused;
            }
            back.addFlashAttribute("refusedForm", form);
            back.addFlashAttribute("refusedCode", refused.code());
            back.addFlashAttribute("refusedWith", refused.arguments().toArray());
        }
        return "redirect:/evidence/" + id + "/" + part + "#parts";
    }

    /** One of the two officers confirms: whoever is signed in, or a second one on the spot with a password of his own. */
    @PostMapping("/evidence/{id}/confirmations")
    @PreAuthorize(Access.CONFIRM)
    String confirm(
            @PathVariable("id") UUID id,
            @RequestParam(name = "username", required = false) @Nullable String username,
            @RequestParam(name = "password", required = false) @Nullable String password,
            @RequestParam(name = "code", required = false) @Nullable String code,
            RedirectAttributes back) {
        return act(id, "evidence.confirm", "history", "confirm", back, (evidence, actor) -> {
            Evidence unused =
                    ConfirmationDesk.confirm(confirmations, identity, evidence.id(), actor, username, password, code);
        });
    }

    /** What the evidence belongs to from now on; an empty value lifts the link. */
    @PostMapping("/evidence/{id}/links")
    @PreAuthorize(Access.CAPTURE)
    String link(
            @PathVariable("id") UUID id,
            @RequestParam("kind") String kind,
            @RequestParam(name = "value", defaultValue = "") String value,
            @RequestParam(name = "caseType", defaultValue = "") String caseType,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            RedirectAttributes back) {
        return act(id, "evidence.link", "history", "link", back, (evidence, actor) -> {
            CaseLinks.Kind known;
            try {
                known = CaseLinks.Kind.valueOf(kind.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException none) {
                throw Problem.invalid("kind", "invalid").because(none);
            }
            Evidence unused = links.link(
                    evidence.id(),
                    known,
                    value.isBlank() ? null : value,
                    CaseType.parse("caseType", caseType),
                    reason.isBlank() ? null : reason,
                    actor);
        });
    }

    /** Somebody looked at an automatic capture. */
    @PostMapping("/evidence/{id}/reviews")
    @PreAuthorize(Access.CAPTURE)
    String review(
            @PathVariable("id") UUID id,
            @RequestParam(name = "note", defaultValue = "") String note,
            RedirectAttributes back) {
        return act(id, "evidence.review", "history", "review", back, (evidence, actor) -> {
            Evidence unused = links.review(evidence.id(), note, actor);
        });
    }

    @PostMapping("/evidence/{id}/verifications")
    @PreAuthorize(Access.VERIFY_EVIDENCE)
    String verify(
            @PathVariable("id") UUID id,
            @RequestParam(name = "deep", defaultValue = "false") boolean deep,
            RedirectAttributes back) {
        return act(id, "evidence.verify", "verify", "verify", back, (evidence, actor) -> {
            try {
                Verification unused = verifications.start(evidence.id(), true, deep, actor);
            } catch (FileNotFoundException gone) {
                throw Problem.notFound(id.toString()).because(gone);
            } catch (VerifyNow.BusyException busy) {
                throw Problem.of(HttpStatus.TOO_MANY_REQUESTS, "catalogue.verify-busy")
                        .because(busy);
            }
        });
    }

    @PostMapping("/evidence/{id}/verifications/{verification}/cancel")
    @PreAuthorize(Access.VERIFY_EVIDENCE)
    String cancel(
            @PathVariable("id") UUID id, @PathVariable("verification") UUID verification, RedirectAttributes back) {
        return act(id, "evidence.verify", "verify", "verify", back, (evidence, actor) -> {
            Verification running = found(evidence, verification);
            if (!verifications.cancel(running.id(), actor)) {
                throw Problem.of(HttpStatus.CONFLICT, "catalogue.verify-over");
            }
        });
    }

    /** How a verification stands; asked once a second while it runs. */
    @GetMapping("/evidence/{id}/verifications/{verification}")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    String verification(
            @PathVariable("id") UUID id,
            @PathVariable("verification") UUID verification,
            Locale locale,
            Model model,
            HttpServletRequest request) {
        Evidence evidence = opened.open(id, OpenedEvidence.Act.VIEW, "verify");
        Verification found = found(evidence, verification);
        model.addAttribute("view", opened.view(evidence, locale));
        model.addAttribute("v", found);
        model.addAttribute("checks", EvidenceView.worstFirst(verifications.checks(found.id())));
        return "evidence/verification :: one";
    }

    private Verification found(Evidence evidence, UUID verification) {
        return verifications
                .find(verification)
                .filter(each -> each.evidenceId().equals(evidence.id()))
                .orElseThrow(() -> Problem.notFound(verification.toString()));
    }
}
