package org.tiezheng.archive.stores;

import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** The stores over REST: the same as on the screen. */
@RestController
@RequestMapping("/api/v1/stores")
class StoresApi {
    private final StoreOffice office;

    StoresApi(StoreOffice office) {
        this.office = office;
    }

    /** @param reason at least 10 characters; printed wherever the evidence is */
    record NewOverride(String reason) {}

    @GetMapping
    @PreAuthorize(Access.VIEW_OPERATIONS)
    StoresView stores() {
        return office.view();
    }

    /** Begins a self-test; its result is in the list some ten seconds later. */
    @PostMapping("/{id}/self-tests")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.ADMINISTER)
    void test(@PathVariable String id) {
        office.test(id, CurrentActor.get());
    }

    /** Tries the copies that wait for the custodian now. */
    @PostMapping("/custodian/retry")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.ADMINISTER)
    void retry() {
        office.catchUp();
    }

    /** Lets evidence into a primary store that is not proved. */
    @PutMapping("/override")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.ADMINISTER)
    void override(@RequestBody NewOverride override) {
        office.override(override.reason(), CurrentActor.get());
    }

    @DeleteMapping("/override")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.ADMINISTER)
    void withdraw() {
        office.withdraw(CurrentActor.get());
    }
}
