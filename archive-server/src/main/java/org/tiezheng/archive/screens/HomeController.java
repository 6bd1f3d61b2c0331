package org.tiezheng.archive.screens;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.jobs.Job;
import org.tiezheng.archive.jobs.JobQueries;
import org.tiezheng.archive.jobs.JobState;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthWatch;
import org.tiezheng.archive.web.Navigation;
import org.tiezheng.evidence.Verdict;

/** The page after the sign-in: what the reader's roles have to do now, and where each number comes from. */
@Controller
class HomeController {
    private static final int ROWS = 8;
    private static final int MOST_COUNTED = 1000;
    private static final Duration RECENT = Duration.ofDays(7);

    private final JobQueries jobs;
    private final EvidenceCatalogue catalogue;
    private final AwaitingConfirmation awaiting;
    private final HealthWatch health;
    private final Navigation navigation;
    private final MessageSource messages;
    private final Clock clock;

    HomeController(
            JobQueries jobs,
            EvidenceCatalogue catalogue,
            AwaitingConfirmation awaiting,
            HealthWatch health,
            Navigation navigation,
            MessageSource messages,
            Clock clock) {
        this.jobs = jobs;
        this.catalogue = catalogue;
        this.awaiting = awaiting;
        this.health = health;
        this.navigation = navigation;
        this.messages = messages;
        this.clock = clock;
    }

    /**
     * A number that leads to its rows.
     *
     * @param more whether there are more than were counted
     */
    public record Figure(String href, int value, boolean more, String label) {}

    /**
     * One part of the server.
     *
     * @param kind as the badges have it
     * @param why in the words of the part; null if it has none
     */
    public record Part(String label, String kind, @Nullable String why) {}

    @GetMapping("/")
    @PreAuthorize(Access.SIGNED_IN)
    String home(Model model) {
        Actor actor = CurrentActor.get();
        Set<Role> roles = CurrentActor.signedIn().map(SignedIn::roles).orElse(Set.of());
        boolean officer = roles.contains(Role.INSPECTOR) || roles.contains(Role.SECOND_OFFICER);
        boolean reader = roles.stream().anyMatch(role -> role != Role.SYSTEM_ADMINISTRATOR);
        model.addAttribute("officer", officer);
        model.addAttribute("reader", reader);
        List<Figure> figures = new ArrayList<>();
        if (officer) {
            running(model, actor);
            List<Job> failed = failures(actor);
            model.addAttribute("failed", failed);
            List<Evidence> mine = awaiting.of(actor.id(), ROWS + 1);
            model.addAttribute("awaiting", mine.subList(0, Math.min(mine.size(), ROWS)));
            figures.add(new Figure(
                    "/confirmations", Math.min(mine.size(), ROWS), mine.size() > ROWS, "home.figure.myUnconfirmed"));
            figures.add(evidence("officer=" + actor.id(), query(actor.id(), null, null, null), "home.figure.mine"));
        }
        if (roles.contains(Role.LEGAL_REVIEWER) || roles.contains(Role.RESPONSIBLE_LEADER)) {
            figures.add(evidence("review=yes", query(null, null, null, true), "home.figure.awaitsReview"));
        }
        if (reader && !officer) {
            figures.add(evidence("confirmed=no", query(null, false, null, null), "home.figure.unconfirmed"));
        }
        if (reader) {
            figures.add(evidence("", EvidenceQuery.ALL, "home.figure.all"));
            figures.add(evidence("verdict=INVALID", query(null, null, Verdict.INVALID, null), "home.figure.invalid"));
            figures.add(evidence(
                    "verdict=INDETERMINATE", query(null, null, Verdict.INDETERMINATE, null), "home.figure.open"));
            model.addAttribute(
                    "latest",
                    catalogue
                            .search(latest(actor, officer), EvidenceAccess.hiddenOfficer(CurrentActor.get()), null, 6)
                            .items());
        }
        if (roles.contains(Role.SYSTEM_ADMINISTRATOR) || roles.contains(Role.AUDITOR)) {
            operation(figures, model);
        }
        model.addAttribute("figures", figures);
        model.addAttribute("parts", parts());
        return "home/home";
    }

    /** The list of the reader's open captures alone, fetched again when the stream of captures says that something changed. */
    @GetMapping("/home/running")
    @PreAuthorize(Access.CAPTURE)
    String running(Model model) {
        running(model, CurrentActor.get());
        return "home/running :: running";
    }

    private void running(Model model, Actor actor) {
        List<Job> open = jobs.jobs(
                new JobQueries.Filter(List.of(JobState.READY, JobState.LEASED), actor.id(), null, null, null),
                null,
                ROWS + 1);
        model.addAttribute("running", open.subList(0, Math.min(open.size(), ROWS)));
        model.addAttribute("moreRunning", open.size() > ROWS);
        List<@Nullable String> steps = open.stream()
                .map(job -> jobs.live(job.id(), job.epoch())
                        .map(JobQueries.Live::step)
                        .orElse(null))
                .toList();
        model.addAttribute("steps", steps);
    }

    /** Recent ones only: an old failure is history, found in the list of captures. */
    private List<Job> failures(Actor actor) {
        Instant since = clock.instant().minus(RECENT);
        return jobs
                .jobs(new JobQueries.Filter(List.of(JobState.FAILED), actor.id(), null, null, null), null, ROWS)
                .stream()
                .filter(job -> job.changedAt().isAfter(since))
                .toList();
    }

    private void operation(List<Figure> figures, Model model) {
        Instant lately = clock.instant().minus(Duration.ofMinutes(2));
        List<JobQueries.Agent> agents = jobs.agents();
        int alive = (int) agents.stream()
                .filter(agent -> agent.lastSeen().isAfter(lately))
                .count();
        if (navigation.isServed("/agents")) {
            figures.add(new Figure("/agents", alive, false, "home.figure.agents"));
            figures.add(
                    new Figure("/agents", jobs.open().getOrDefault(JobState.READY, 0), false, "home.figure.waiting"));
            figures.add(
                    new Figure("/agents", jobs.open().getOrDefault(JobState.LEASED, 0), false, "home.figure.running"));
        }
        model.addAttribute("agents", agents);
    }

    private List<Part> parts() {
        return health.report().parts().entrySet().stream()
                .map(entry -> part(entry.getKey(), entry.getValue()))
                .toList();
    }

    private Part part(String name, Health state) {
        Locale locale = LocaleContextHolder.getLocale();
        // A part somebody adds has its own name until it gets a word here.
        String label = messages.getMessage("home.part." + name, null, name, locale);
        String why = messages.getMessage(
                "health." + name + "." + state.code(), state.arguments().toArray(), null, locale);
        return new Part(label == null ? name : label, kind(state.status()), why);
    }

    private static String kind(Health.Status status) {
        return switch (status) {
            case UP -> "ok";
            case DEGRADED -> "warn";
            case DOWN -> "bad";
        };
    }

    private Figure evidence(String parameters, EvidenceQuery query, String label) {
        int count = catalogue.count(query, EvidenceAccess.hiddenOfficer(CurrentActor.get()), MOST_COUNTED);
        return new Figure(
                parameters.isEmpty() ? "/evidence" : "/evidence?" + parameters, count, count >= MOST_COUNTED, label);
    }

    private static EvidenceQuery latest(Actor actor, boolean officer) {
        return officer ? query(actor.id(), null, null, null) : EvidenceQuery.ALL;
    }

    private static EvidenceQuery query(
            @Nullable String officer,
            @Nullable Boolean confirmed,
            @Nullable Verdict verdict,
            @Nullable Boolean review) {
        return new EvidenceQuery(
                null, null, null, null, null, null, null, officer, null, null, verdict, null, confirmed, review);
    }
}
