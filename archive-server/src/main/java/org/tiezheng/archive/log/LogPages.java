package org.tiezheng.archive.log;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.evidence.log.LogEvent;

/** The screen of the log: how far it is, who cosigns, what is in it, how to follow it from outside. */
@Controller
class LogPages {
    static final String PATH = "/preservation/log";

    private static final int ROWS = 50;
    private static final List<String> KINDS = Stream.concat(
                    Stream.of("package"), Arrays.stream(LogEvent.Kind.values()).map(LogEvent.Kind::word))
            .toList();

    private final LogFigures figures;
    private final TransparencyLog log;

    LogPages(LogFigures figures, TransparencyLog log) {
        this.figures = figures;
        this.log = log;
    }

    @GetMapping(PATH)
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String log(
            Model model,
            @RequestParam(defaultValue = "") String kind,
            @RequestParam(name = "cursor", defaultValue = "9223372036854775807") long before) {
        String shown = KINDS.contains(kind) ? kind : "";
        List<LogFigures.Entry> entries = figures.entries(shown, before, ROWS);
        LogFigures.Now now = figures.now();
        model.addAttribute("now", now);
        model.addAttribute("standing", standing(now));
        model.addAttribute("kind", shown);
        model.addAttribute("kinds", KINDS);
        model.addAttribute("entries", entries);
        model.addAttribute("first", before == Long.MAX_VALUE);
        model.addAttribute(
                "next", entries.size() == ROWS ? entries.get(ROWS - 1).pos() : null);
        model.addAttribute("base", shown.isEmpty() ? PATH : PATH + "?kind=" + shown);
        model.addAttribute("links", mayReadEvidence());
        model.addAttribute("vkey", log.key().toString());
        model.addAttribute("commands", commands());
        return "log/log";
    }

    /** The system administrator sees the log, and no evidence. */
    private static boolean mayReadEvidence() {
        Authentication who = SecurityContextHolder.getContext().getAuthentication();
        return who != null
                && who.getAuthorities().stream()
                        .anyMatch(a ->
                                "ROLE_AUDITOR".equals(a.getAuthority()) || "ROLE_ARCHIVIST".equals(a.getAuthority()));
    }

    /** Word for the banner: {@code damaged}, {@code comparing}, {@code alone}, {@code optional}, {@code behind} or {@code well}. */
    private static String standing(LogFigures.Now now) {
        if (now.damage() != null) {
            return "damaged";
        }
        if (!now.mayAdvance()) {
            return "comparing";
        }
        if (!now.needsWitnesses()) {
            return now.witnesses().isEmpty() ? "alone" : "optional";
        }
        boolean behind = now.state().witnessed() < now.state().signed();
        boolean failing = now.witnesses().stream().anyMatch(w -> w.failure() != null);
        return behind && failing ? "behind" : "well";
    }

    private static String commands() {
        String base =
                ServletUriComponentsBuilder.fromCurrentContextPath().build().toUriString() + LogController.PREFIX;
        return String.format(
                Locale.ROOT,
                "curl -o archive.policy %1$spolicy%n"
                        + "./tiezheng monitor --log %1$s --state archive.journal --log-policy archive.policy%n"
                        + "curl %1$scheckpoint%ncurl %1$sstamps%n",
                base);
    }
}
