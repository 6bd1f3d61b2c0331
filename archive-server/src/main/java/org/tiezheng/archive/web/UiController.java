package org.tiezheng.archive.web;

import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/** All components of the screens on one page, to copy from and to look at. */
@Controller
class UiController {
    private final Clock clock;

    UiController(Clock clock) {
        this.clock = clock;
    }

    @GetMapping("/ui")
    @PreAuthorize("hasRole('SYSTEM_ADMINISTRATOR')")
    String ui(Model model) {
        model.addAttribute("now", clock.instant());
        model.addAttribute("since", clock.instant().toString());
        model.addAttribute("duration", Duration.ofSeconds(125));
        // A missing value is a state of its own: not verified yet.
        model.addAttribute("verdicts", Arrays.asList("VALID", "INDETERMINATE", "INVALID", null));
        model.addAttribute(
                "completeness",
                Arrays.asList("COMPLETE", "PARTIAL", "BLOCKED", "LOGIN_REQUIRED", "EMPTY", "FAILED", null));
        model.addAttribute("states", List.of("ok", "busy", "wait", "warn", "bad", "off"));
        return "ui";
    }
}
