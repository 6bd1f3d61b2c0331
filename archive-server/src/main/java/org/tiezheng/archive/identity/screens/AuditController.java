package org.tiezheng.archive.identity.screens;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.audit.AuditActions;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.AuditQuery;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Format;

/** The audit log for the auditor: filter, pages, state of the chain, CSV. */
@Controller
@PreAuthorize(Access.READ_AUDIT)
class AuditController {
    static final String LIST = "audit";
    private static final int PAGE = 100;
    private static final int FETCH = 1000;
    private static final Format FORMAT = new Format();
    private static final List<String> ACTIONS = AuditActions.codes();

    private final AuditLog audit;
    private final ChainState chain;
    private final Cursor cursors;
    private final TransactionTemplate transactions;

    AuditController(AuditLog audit, ChainState chain, Cursor cursors, TransactionTemplate transactions) {
        this.audit = audit;
        this.chain = chain;
        this.cursors = cursors;
        this.transactions = transactions;
    }

    @GetMapping("/audit")
    String page(
            @ModelAttribute("filter") AuditFilter filter,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "0") long before,
            Model model) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        long below = position != null ? Long.parseLong(position.get(0)) : before > 0 ? before : Long.MAX_VALUE;
        List<AuditEntry> found = audit.find(filter.query(), below, PAGE + 1);
        model.addAttribute("page", cursors.page(LIST, found, PAGE, entry -> List.of(Long.toString(entry.seq()))));
        model.addAttribute("first", position == null && before <= 0);
        model.addAttribute("parameters", filter.parameters());
        model.addAttribute("head", audit.head());
        model.addAttribute("results", AuditEvent.Result.values());
        model.addAttribute("actions", ACTIONS);
        chain(model);
        return "identity/audit";
    }

    /** The piece of the page that says how the chain stands; asked for again while a verification runs. */
    @GetMapping("/audit/chain")
    String chain(Model model) {
        model.addAttribute("running", chain.isRunning());
        model.addAttribute("standing", chain.standing());
        model.addAttribute("checks", chain.latest());
        return "identity/audit-chain :: chain";
    }

    @PostMapping("/audit/verify")
    String verify() {
        chain.start(CurrentActor.get());
        return "redirect:/audit";
    }

    /** All rows that match, newest first, as CSV; the export is itself an audit event. */
    @GetMapping("/audit.csv")
    void csv(@ModelAttribute AuditFilter filter, HttpServletResponse response) throws IOException {
        AuditQuery query = filter.query();
        long before = audit.head().seq() + 1;
        transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                CurrentActor.get(),
                "audit.export",
                "audit",
                "1-" + (before - 1),
                null,
                AuditEvent.Result.OK,
                filter.parameters(),
                null)));
        response.setContentType("text/csv");
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader("Content-Disposition", "attachment; filename=\"audit.csv\"");
        Writer out = new OutputStreamWriter(response.getOutputStream(), StandardCharsets.UTF_8);
        // The mark tells spreadsheets that this is UTF-8.
        out.write("\ufeffseq,at,actorId,actorName,actorRole,certNo,clientIp,sessionId,action,objectType,objectId,"
                + "objectDigest,result,reason,approvalRef,prevHash,hash\r\n");
        long next = before;
        List<AuditEntry> rows;
        do {
            rows = audit.find(query, next, FETCH);
            for (AuditEntry row : rows) {
                write(out, row);
                next = row.seq();
            }
        } while (rows.size() == FETCH);
        out.flush();
    }

    private static void write(Writer out, AuditEntry row) throws IOException {
        AuditEvent event = row.event();
        List<@Nullable String> cells = java.util.Arrays.asList(
                FORMAT.iso(row.at()),
                event.actor().id(),
                event.actor().name(),
                event.actor().role(),
                event.actor().certNo(),
                event.actor().clientIp(),
                event.actor().sessionId(),
                event.action(),
                event.objectType(),
                event.objectId(),
                event.objectDigest(),
                event.result().name(),
                event.reason(),
                event.approvalRef(),
                row.prevHash(),
                row.hash());
        out.write(Long.toString(row.seq()));
        for (String cell : cells) {
            out.write(',');
            out.write(cell(cell));
        }
        out.write("\r\n");
    }

    /** RFC 4180; text that a spreadsheet would take for a formula gets an apostrophe in front. */
    static String cell(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return "";
        }
        String safe = "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        return safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + safe.replace("\"", "\"\"") + '"'
                : safe;
    }
}
