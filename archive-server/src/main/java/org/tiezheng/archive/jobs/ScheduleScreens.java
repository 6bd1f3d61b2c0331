package org.tiezheng.archive.jobs;

import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.web.Cursor;

/** Schedules: list, one, new. */
@Controller
@RequestMapping("/schedules")
class ScheduleScreens {
    private static final int ROWS = 50;
    private static final int RUNS = 20;
    private static final int USUAL_DAYS = 30;
    private static final String LIST = "schedules";

    private final Schedules schedules;
    private final JobQueries queries;
    private final Officers officers;
    private final MessageSource messages;
    private final Cursor cursors;
    private final Clock clock;

    ScheduleScreens(
            Schedules schedules,
            JobQueries queries,
            Officers officers,
            MessageSource messages,
            Cursor cursors,
            Clock clock) {
        this.schedules = schedules;
        this.queries = queries;
        this.officers = officers;
        this.messages = messages;
        this.cursors = cursors;
        this.clock = clock;
    }

    @GetMapping
    @PreAuthorize(Access.VIEW_CAPTURES)
    String list(Model model, @RequestParam(name = "cursor", required = false) @Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        Long before = position == null ? null : Long.valueOf(position.get(0));
        Cursor.Page<Schedule> page = cursors.page(
                LIST, schedules.list(before, ROWS + 1), ROWS, schedule -> List.of(String.valueOf(schedule.id())));
        model.addAttribute("schedules", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", before == null);
        return "jobs/schedules";
    }

    @GetMapping("/new")
    @PreAuthorize(Access.CAPTURE)
    String form(Model model, @ModelAttribute SubmissionRequest request) {
        show(
                model,
                "",
                "",
                "daily",
                "09:00",
                "0 9 * * *",
                today().plusDays(USUAL_DAYS).toString(),
                request);
        return "jobs/schedule-new";
    }

    private void show(
            Model model,
            String name,
            String urls,
            String often,
            String time,
            String cron,
            String lastDay,
            SubmissionRequest request) {
        String me = CurrentActor.get().id();
        model.addAttribute(
                "others",
                officers.inForceOn(today()).stream()
                        .filter(officer -> !officer.accountId().toString().equals(me))
                        .toList());
        model.addAttribute("name", name);
        model.addAttribute("urls", urls);
        model.addAttribute("often", often);
        model.addAttribute("time", time);
        model.addAttribute("cron", cron);
        model.addAttribute("lastDay", lastDay);
        model.addAttribute("form", request);
    }

    /**
     * @param often {@code hourly}, {@code daily}, {@code weekly} or {@code cron}
     * @param lastDay runs on this day still happen
     */
    @PostMapping("/new")
    @PreAuthorize(Access.CAPTURE)
    String create(
            Model model,
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "urls", defaultValue = "") String urls,
            @RequestParam(name = "often", defaultValue = "cron") String often,
            @RequestParam(name = "time", defaultValue = "") String time,
            @RequestParam(name = "cron", defaultValue = "") String cron,
            @RequestParam(name = "lastDay", defaultValue = "") String lastDay,
            @ModelAttribute SubmissionRequest request,
            Locale locale,
            HttpServletResponse response) {
        Actor actor = CurrentActor.get();
        try {
            Schedule made = schedules.create(
                    name, urls.lines().toList(), request.submission(), cron(often, time, cron), endOf(lastDay), actor);
            return "redirect:/schedules/" + made.id();
        } catch (JobRefused refused) {
            model.addAttribute("problem", CaptureScreens.words(messages, refused, locale));
            response.setStatus(422);
            show(model, name, urls, often, time, cron, lastDay, request);
            return "jobs/schedule-new";
        }
    }

    @GetMapping("/{id}/edit")
    @PreAuthorize(Access.CAPTURE)
    String edit(@PathVariable("id") long id, Model model) {
        Schedule schedule = find(id);
        model.addAttribute("editing", schedule);
        show(
                model,
                schedule.name(),
                String.join("\n", schedule.urls()),
                "cron",
                "",
                schedule.cron(),
                LocalDate.ofInstant(schedule.endsAt(), IdentityOfficers.BEIJING).toString(),
                SubmissionRequest.of(schedule));
        return "jobs/schedule-new";
    }

    /** @param version as the form was made: a change by somebody else in between is told, not overwritten */
    @PostMapping("/{id}/edit")
    @PreAuthorize(Access.CAPTURE)
    String change(
            @PathVariable("id") long id,
            Model model,
            @RequestParam(name = "version") long version,
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "urls", defaultValue = "") String urls,
            @RequestParam(name = "often", defaultValue = "cron") String often,
            @RequestParam(name = "time", defaultValue = "") String time,
            @RequestParam(name = "cron", defaultValue = "") String cron,
            @RequestParam(name = "lastDay", defaultValue = "") String lastDay,
            @ModelAttribute SubmissionRequest request,
            Locale locale,
            HttpServletResponse response) {
        try {
            Schedule changed = schedules.edit(
                    id,
                    name,
                    urls.lines().toList(),
                    request.submission(),
                    cron(often, time, cron),
                    endOf(lastDay),
                    CurrentActor.get(),
                    version);
            return "redirect:/schedules/" + changed.id();
        } catch (JobRefused refused) {
            model.addAttribute("problem", CaptureScreens.words(messages, refused, locale));
            model.addAttribute("editing", find(id));
            response.setStatus(422);
            show(model, name, urls, often, time, cron, lastDay, request);
            return "jobs/schedule-new";
        }
    }

    private Schedule find(long id) {
        return schedules.find(id).orElseThrow(() -> new JobRefused(Code.NO_SUCH_SCHEDULE, String.valueOf(id)));
    }

    private static String cron(String often, String time, String cron) {
        if (often.equals("cron")) {
            return cron;
        }
        if (often.equals("hourly")) {
            return "0 * * * *";
        }
        LocalTime at;
        try {
            at = LocalTime.parse(time);
        } catch (DateTimeParseException e) {
            throw new JobRefused(Code.CRON, time);
        }
        String day = at.getMinute() + " " + at.getHour() + " * * ";
        return often.equals("weekly") ? day + "1" : day + "*";
    }

    private static Instant endOf(String day) {
        try {
            return LocalDate.parse(day)
                    .plusDays(1)
                    .atStartOfDay(IdentityOfficers.BEIJING)
                    .toInstant()
                    .minusSeconds(1);
        } catch (DateTimeParseException e) {
            throw new JobRefused(Code.SCHEDULE_END, day);
        }
    }

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_CAPTURES)
    String one(@PathVariable("id") long id, Model model) {
        Schedule schedule = find(id);
        model.addAttribute("schedule", schedule);
        model.addAttribute("history", schedules.history(id));
        model.addAttribute("runs", queries.runs(id, RUNS));
        model.addAttribute(
                "mayChange", schedule.owner().equals(CurrentActor.get().id()));
        return "jobs/schedule";
    }

    /** @param act {@code pause}, {@code resume} or {@code end} */
    @PostMapping("/{id}/{act:pause|resume|end}")
    @PreAuthorize(Access.CAPTURE)
    String change(@PathVariable("id") long id, @PathVariable("act") String act) {
        Actor actor = CurrentActor.get();
        switch (act) {
            case "pause" -> schedules.pause(id, actor, null);
            case "resume" -> schedules.resume(id, actor, null);
            default -> schedules.end(id, actor, null);
        }
        return "redirect:/schedules/" + id;
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), IdentityOfficers.BEIJING);
    }
}
