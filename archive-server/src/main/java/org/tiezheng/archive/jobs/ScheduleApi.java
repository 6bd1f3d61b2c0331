package org.tiezheng.archive.jobs;

import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.ETags;

/** Schedules for programs. Changes take If-Match. */
@RestController
@RequestMapping("/api/v1/schedules")
class ScheduleApi {
    private static final String LIST = "schedules";
    private static final int MOST_BODY = 1_000_000;

    private final Schedules schedules;
    private final Cursor cursors;

    ScheduleApi(Schedules schedules, Cursor cursors) {
        this.schedules = schedules;
        this.cursors = cursors;
    }

    /**
     * @param cron minute hour day month weekday, Beijing time
     * @param endsAt ISO 8601 with offset
     */
    record NewSchedule(
            @Nullable String name,
            List<String> urls,
            String cron,
            String endsAt,
            @Nullable SubmissionRequest capture) {
        String nameOrNone() {
            return name == null ? "" : name;
        }

        SubmissionRequest wanted() {
            return Objects.requireNonNull(capture, "read() looked");
        }
    }

    @PostMapping
    @PreAuthorize(Access.CAPTURE)
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = NewSchedule.class)))
    ResponseEntity<Schedule> create(HttpServletRequest http) throws IOException {
        NewSchedule request = read(http);
        Schedule made = schedules.create(
                request.nameOrNone(),
                request.urls(),
                request.wanted().submission(),
                request.cron(),
                instant(request.endsAt()),
                CurrentActor.get());
        return ResponseEntity.created(URI.create("/api/v1/schedules/" + made.id()))
                .eTag(ETags.of(made.version()))
                .body(made);
    }

    /** Changes all of it; what it does from the next run on. The answer to If-Match tells a change by somebody else. */
    @PutMapping("/{id}")
    @PreAuthorize(Access.CAPTURE)
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = NewSchedule.class)))
    ResponseEntity<Schedule> edit(@PathVariable("id") long id, HttpServletRequest http) throws IOException {
        NewSchedule request = read(http);
        Schedule made = schedules.edit(
                id,
                request.nameOrNone(),
                request.urls(),
                request.wanted().submission(),
                request.cron(),
                instant(request.endsAt()),
                CurrentActor.get(),
                version(id, http));
        return ResponseEntity.ok().eTag(ETags.of(made.version())).body(made);
    }

    private static NewSchedule read(HttpServletRequest http) throws IOException {
        NewSchedule request = Bodies.json(http, NewSchedule.class, MOST_BODY);
        if (request.urls() == null || request.urls().stream().anyMatch(url -> url == null)) {
            throw new JobRefused(Code.NO_ADDRESS, "");
        }
        if (request.cron() == null || request.capture() == null) {
            throw new JobRefused(request.cron() == null ? Code.CRON : Code.SECOND_OFFICER, "");
        }
        return request;
    }

    private static Instant instant(@Nullable String text) {
        try {
            return OffsetDateTime.parse(String.valueOf(text)).toInstant();
        } catch (DateTimeParseException e) {
            throw new JobRefused(Code.SCHEDULE_END, String.valueOf(text));
        }
    }

    @GetMapping
    @PreAuthorize(Access.VIEW_CAPTURES)
    Cursor.Page<Schedule> list(
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        int rows = JobApi.rows(limit);
        List<String> position = cursors.decode(LIST, cursor, 1);
        Long before = position == null ? null : Long.valueOf(position.get(0));
        return cursors.page(
                LIST, schedules.list(before, rows + 1), rows, schedule -> List.of(String.valueOf(schedule.id())));
    }

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_CAPTURES)
    @Nullable
    Schedule get(@PathVariable("id") long id, HttpServletRequest request, HttpServletResponse response) {
        Schedule schedule = find(id);
        return ETags.isUnchanged(ETags.of(schedule.version()), request, response) ? null : schedule;
    }

    @PostMapping("/{id}/pause")
    @PreAuthorize(Access.CAPTURE)
    Schedule pause(@PathVariable("id") long id, HttpServletRequest http) {
        return schedules.pause(id, CurrentActor.get(), version(id, http));
    }

    @PostMapping("/{id}/resume")
    @PreAuthorize(Access.CAPTURE)
    Schedule resume(@PathVariable("id") long id, HttpServletRequest http) {
        return schedules.resume(id, CurrentActor.get(), version(id, http));
    }

    /** Ends it; it stays in the list. */
    @DeleteMapping("/{id}")
    @PreAuthorize(Access.CAPTURE)
    Schedule end(@PathVariable("id") long id, HttpServletRequest http) {
        return schedules.end(id, CurrentActor.get(), version(id, http));
    }

    /** The version the caller has seen, or null if he does not care. */
    private @Nullable Long version(long id, HttpServletRequest http) {
        if (http.getHeader("If-Match") == null) {
            return null;
        }
        long version = find(id).version();
        ETags.requireMatch(http, ETags.of(version));
        return version;
    }

    private Schedule find(long id) {
        return schedules.find(id).orElseThrow(() -> new JobRefused(Code.NO_SUCH_SCHEDULE, String.valueOf(id)));
    }
}
