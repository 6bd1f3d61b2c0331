package org.tiezheng.archive.register;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;

/** Registers over REST: the same as on the screen. */
@RestController
@RequestMapping("/api/v1/log/registers")
class RegistersApi {
    private static final int ROWS = 100;
    private static final String LIST = "registers";

    private final Registers registers;
    private final KeptObjects kept;
    private final Cursor cursors;

    RegistersApi(Registers registers, KeptObjects kept, Cursor cursors) {
        this.registers = registers;
        this.kept = kept;
        this.cursors = cursors;
    }

    @GetMapping
    @PreAuthorize(Access.VIEW_REPORTS)
    Cursor.Page<Register> list(@RequestParam(required = false) @Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        long before = position == null ? Long.MAX_VALUE : Long.parseLong(position.get(0));
        return cursors.page(
                LIST, registers.list(before, ROWS + 1), ROWS, register -> List.of(String.valueOf(register.number())));
    }

    /** Asks for one; look at it until it is DONE, FAILED or CANCELLED. */
    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.AUDIT)
    Register order() {
        return registers.order(CurrentActor.get());
    }

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_REPORTS)
    Register one(@PathVariable UUID id) {
        return registers.get(id);
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.AUDIT)
    void cancel(@PathVariable UUID id) {
        registers.cancel(id, CurrentActor.get());
    }

    /** The file, as the log names it: for {@code ./tiezheng audit --register}. */
    @GetMapping("/{id}/file")
    @PreAuthorize(Access.VIEW_REPORTS)
    void file(@PathVariable UUID id, HttpServletResponse response) throws IOException {
        send(registers, kept, id, response);
    }

    /** Written down before the first byte; ends early if the store gives other bytes than were kept. */
    static void send(Registers registers, KeptObjects kept, UUID id, HttpServletResponse response) throws IOException {
        Register register = registers.get(id);
        KeptObject object =
                kept.find(KeptObjects.Kind.REGISTER, id).orElseThrow(() -> Problem.notFound(register.fileName()));
        try (InputStream in = kept.open(object)) {
            registers.downloaded(register, CurrentActor.get());
            response.setContentType("application/gzip");
            response.setContentLengthLong(object.sizeBytes());
            response.setHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + register.fileName() + "\"");
            response.setHeader(HttpHeaders.CACHE_CONTROL, "private, no-store");
            long unused = in.transferTo(response.getOutputStream());
        }
    }
}
