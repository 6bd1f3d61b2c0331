package org.tiezheng.archive.register;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Cursor;

/** The screen of the registers: which there are, the order of a new one, their files. */
@Controller
class RegisterPages {
    private static final String PATH = "/preservation/log/registers";
    private static final int ROWS = 50;
    private static final String LIST = "registers";

    private final Registers registers;
    private final KeptObjects kept;
    private final Cursor cursors;

    RegisterPages(Registers registers, KeptObjects kept, Cursor cursors) {
        this.registers = registers;
        this.kept = kept;
        this.cursors = cursors;
    }

    @GetMapping(PATH)
    @PreAuthorize(Access.VIEW_REPORTS)
    String list(Model model, @RequestParam(name = "cursor", required = false) @Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        long before = position == null ? Long.MAX_VALUE : Long.parseLong(position.get(0));
        Cursor.Page<Register> page = cursors.page(
                LIST, registers.list(before, ROWS + 1), ROWS, register -> List.of(String.valueOf(register.number())));
        model.addAttribute("registers", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", position == null);
        // The command names the newest that is there or will be: whoever waits for it can take it over as it stands.
        model.addAttribute(
                "newest",
                registers.list(Long.MAX_VALUE, ROWS).stream()
                        .filter(register -> register.state().isOpen() || register.sha256() != null)
                        .findFirst()
                        .map(Register::fileName)
                        .orElse("register-1.jsonl.gz"));
        return "register/list";
    }

    @PostMapping(PATH)
    @PreAuthorize(Access.AUDIT)
    String order() {
        Register unused = registers.order(CurrentActor.get());
        return "redirect:" + PATH;
    }

    @PostMapping(PATH + "/{id}/cancel")
    @PreAuthorize(Access.AUDIT)
    String cancel(@PathVariable UUID id) {
        registers.cancel(id, CurrentActor.get());
        return "redirect:" + PATH;
    }

    @GetMapping(PATH + "/{id}/file")
    @PreAuthorize(Access.VIEW_REPORTS)
    void file(@PathVariable UUID id, HttpServletResponse response) throws IOException {
        RegistersApi.send(registers, kept, id, response);
    }
}
