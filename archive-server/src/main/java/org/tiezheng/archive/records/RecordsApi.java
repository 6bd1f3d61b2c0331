package org.tiezheng.archive.records;

import java.util.Map;
import java.util.UUID;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** Evidence records over REST: the same as on the screens. */
@RestController
class RecordsApi {
    private final RecordOffice office;

    RecordsApi(RecordOffice office) {
        this.office = office;
    }

    /** @param kind TOKEN: the batch's token; TREE: another digest algorithm, all data read again */
    record NewRenewal(String kind) {}

    /** Figures and batches, newest first. */
    @GetMapping("/api/v1/records")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    RecordOffice.Overview records(@RequestParam(defaultValue = "") String cursor) {
        return office.overview(cursor);
    }

    /** Has a batch made, and renewals looked for, some seconds from now. */
    @PostMapping("/api/v1/records/now")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.PRESERVE)
    void now() {
        office.requestNow(CurrentActor.get());
    }

    @GetMapping("/api/v1/records/batches/{id}")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    RecordOffice.Details batch(@PathVariable UUID id) {
        return office.details(id);
    }

    /** Begins a renewal; the answer names the new batch. */
    @PostMapping("/api/v1/records/batches/{id}/renewals")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.PRESERVE)
    Map<String, UUID> renew(@PathVariable UUID id, @RequestBody NewRenewal renewal) {
        return Map.of("id", office.renew(id, renewal.kind(), CurrentActor.get()));
    }

    /** Stops a renewal that has no token yet. */
    @PostMapping("/api/v1/records/batches/{id}/cancel")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.PRESERVE)
    void cancel(@PathVariable UUID id) {
        office.cancel(id, CurrentActor.get());
    }

    /** What a package's record is made of. */
    @GetMapping("/api/v1/evidence/{id}/record")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    RecordOffice.PackageRecord ofPackage(@PathVariable UUID id) {
        return office.ofPackage(id, CurrentActor.get());
    }

    /** The record itself, RFC 4998, DER; also in every export of the package. */
    @GetMapping("/api/v1/evidence/{id}/record/file")
    @PreAuthorize(Access.DOWNLOAD_EVIDENCE)
    ResponseEntity<byte[]> file(@PathVariable UUID id) {
        byte[] record = office.file(id, CurrentActor.get());
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment()
                                .filename(id + ".ers")
                                .build()
                                .toString())
                .body(record);
    }
}
