package org.tiezheng.archive.stores;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** The screen "storage and WORM status". */
@Controller
class StoresController {
    private final StoreOffice office;

    StoresController(StoreOffice office) {
        this.office = office;
    }

    @GetMapping("/stores")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String stores(Model model, @RequestParam(defaultValue = "") String done) {
        model.addAttribute("view", office.view());
        model.addAttribute("done", done.matches("test|retry|override|withdrawn") ? done : "");
        return "stores/stores";
    }

    @PostMapping("/stores/{id}/self-test")
    @PreAuthorize(Access.ADMINISTER)
    String test(@PathVariable String id) {
        office.test(id, CurrentActor.get());
        return "redirect:/stores?done=test";
    }

    @PostMapping("/stores/custodian/retry")
    @PreAuthorize(Access.ADMINISTER)
    String retry() {
        office.catchUp();
        return "redirect:/stores?done=retry";
    }

    @PostMapping("/stores/override")
    @PreAuthorize(Access.ADMINISTER)
    String override(@RequestParam String reason) {
        office.override(reason, CurrentActor.get());
        return "redirect:/stores?done=override";
    }

    @PostMapping("/stores/override/withdraw")
    @PreAuthorize(Access.ADMINISTER)
    String withdraw() {
        office.withdraw(CurrentActor.get());
        return "redirect:/stores?done=withdrawn";
    }
}
