package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.util.Map;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** Agents, the queue's length and the politeness towards hosts; no address of a page, since administrators see this. */
@Controller
@RequestMapping("/agents")
class AgentScreens {
    private final JobQueries queries;
    private final AgentAdministration administration;
    private final JobSettings settings;
    private final Clock clock;

    AgentScreens(JobQueries queries, AgentAdministration administration, JobSettings settings, Clock clock) {
        this.queries = queries;
        this.administration = administration;
        this.settings = settings;
        this.clock = clock;
    }

    @GetMapping
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String page(Model model) {
        fill(model);
        return "jobs/agents";
    }

    /** The part of the page that changes. */
    @GetMapping("/live")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String part(Model model) {
        fill(model);
        return "jobs/agents :: live";
    }

    private void fill(Model model) {
        model.addAttribute("agents", queries.agents());
        model.addAttribute("silentBefore", clock.instant().minus(AgentsHealth.SILENT));
        Map<JobState, Integer> open = queries.open();
        model.addAttribute("waiting", open.get(JobState.READY));
        model.addAttribute("running", open.get(JobState.LEASED));
        model.addAttribute("limits", queries.hostLimits());
        model.addAttribute("hostConcurrency", settings.hostConcurrency());
        model.addAttribute("hostInterval", settings.hostInterval());
    }

    @PostMapping("/{name}/pause")
    @PreAuthorize(Access.ADMINISTER)
    String pause(@PathVariable("name") String name) {
        administration.pause(name, true, CurrentActor.get());
        return "redirect:/agents";
    }

    @PostMapping("/{name}/resume")
    @PreAuthorize(Access.ADMINISTER)
    String resume(@PathVariable("name") String name) {
        administration.pause(name, false, CurrentActor.get());
        return "redirect:/agents";
    }

    @PostMapping("/limits")
    @PreAuthorize(Access.ADMINISTER)
    String limit(
            @RequestParam("host") String host,
            @RequestParam("concurrent") int concurrent,
            @RequestParam("intervalMillis") int intervalMillis) {
        administration.limit(host, concurrent, intervalMillis, CurrentActor.get());
        return "redirect:/agents";
    }

    @PostMapping("/limits/remove")
    @PreAuthorize(Access.ADMINISTER)
    String unlimit(@RequestParam("host") String host) {
        administration.unlimit(host, CurrentActor.get());
        return "redirect:/agents";
    }
}
