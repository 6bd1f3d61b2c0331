package org.tiezheng.archive.records;

import java.util.UUID;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** The screens of evidence records. */
@Controller
class RecordsController {
    private final RecordOffice office;

    RecordsController(RecordOffice office) {
        this.office = office;
    }

    @GetMapping("/records")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String records(
            Model model, @RequestParam(defaultValue = "") String cursor, @RequestParam(defaultValue = "") String done) {
        model.addAttribute("view", office.overview(cursor));
        model.addAttribute("first", cursor.isEmpty());
        model.addAttribute("done", done.equals("now") ? done : "");
        return "records/records";
    }

    @PostMapping("/records/now")
    @PreAuthorize(Access.PRESERVE)
    String now() {
        office.requestNow(CurrentActor.get());
        return "redirect:/records?done=now";
    }

    @GetMapping("/records/batches/{id}")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String batch(Model model, @PathVariable UUID id, @RequestParam(defaultValue = "") String done) {
        model.addAttribute("view", office.details(id));
        model.addAttribute("done", done.matches("renew|cancel") ? done : "");
        return "records/batch";
    }

    @PostMapping("/records/batches/{id}/renew")
    @PreAuthorize(Access.PRESERVE)
    String renew(@PathVariable UUID id, @RequestParam String kind) {
        UUID begun = office.renew(id, kind, CurrentActor.get());
        return "redirect:/records/batches/" + begun + "?done=renew";
    }

    @PostMapping("/records/batches/{id}/cancel")
    @PreAuthorize(Access.PRESERVE)
    String cancel(@PathVariable UUID id) {
        office.cancel(id, CurrentActor.get());
        return "redirect:/records/batches/" + id + "?done=cancel";
    }

    @GetMapping("/evidence/{id}/record")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    String ofPackage(Model model, @PathVariable UUID id) {
        model.addAttribute("view", office.ofPackage(id, CurrentActor.get()));
        return "records/package";
    }
}
