package org.tiezheng.archive.operations;

import java.util.List;
import java.util.Locale;
import org.springframework.context.MessageSource;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.tiezheng.archive.identity.Access;

/** The page about the server itself. */
@Controller
class StatusController {
    private final HealthWatch watch;
    private final MessageSource messages;

    StatusController(HealthWatch watch, MessageSource messages) {
        this.watch = watch;
        this.messages = messages;
    }

    /** A part in words. */
    public record Part(String name, Health.Status status, String detail) {}

    @GetMapping("/status")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String status(Model model, Locale locale) {
        HealthReport report = watch.report();
        List<Part> parts = report.parts().entrySet().stream()
                .map(part -> part(part.getKey(), part.getValue(), locale))
                .toList();
        model.addAttribute("report", report);
        model.addAttribute("parts", parts);
        return "operations/status";
    }

    /** A part without a text of its own is shown by its code: better than an error page about health. */
    private Part part(String name, Health health, Locale locale) {
        String general = text("operations.health." + health.code(), health, health.code(), locale);
        return new Part(
                text("operations.name." + name, health, name, locale),
                health.status(),
                text("health." + name + "." + health.code(), health, general, locale));
    }

    private String text(String key, Health health, String otherwise, Locale locale) {
        String found = messages.getMessage(key, health.arguments().toArray(), null, locale);
        return found == null ? otherwise : found;
    }
}
