package org.tiezheng.archive.jobs;

import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.web.Cursor;

/** Batches, and how far each is. */
@Controller
@RequestMapping("/batches")
class BatchScreens {
    private static final int ROWS = 50;
    private static final int FAILED_SHOWN = 20;
    private static final String LIST = "batches";

    private final BatchActions actions;
    private final JobQueries queries;
    private final JobLive live;
    private final Cursor cursors;

    BatchScreens(BatchActions actions, JobQueries queries, JobLive live, Cursor cursors) {
        this.actions = actions;
        this.queries = queries;
        this.live = live;
        this.cursors = cursors;
    }

    @GetMapping
    @PreAuthorize(Access.VIEW_CAPTURES)
    String list(Model model, @RequestParam(name = "cursor", required = false) @Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        Long before = position == null ? null : Long.valueOf(position.get(0));
        Cursor.Page<JobQueries.Batch> page = cursors.page(
                LIST, queries.batches(before, ROWS + 1), ROWS, batch -> List.of(String.valueOf(batch.id())));
        model.addAttribute("batches", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", before == null);
        return "jobs/batches";
    }

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_CAPTURES)
    String one(@PathVariable("id") long id, Model model) {
        fill(model, find(id));
        return "jobs/batch";
    }

    /** The part of the page that changes. */
    @GetMapping("/{id}/live")
    @PreAuthorize(Access.VIEW_CAPTURES)
    String part(@PathVariable("id") long id, Model model) {
        fill(model, find(id));
        return "jobs/batch :: live";
    }

    private void fill(Model model, JobQueries.Batch batch) {
        model.addAttribute("batch", batch);
        model.addAttribute("running", some(batch, JobState.LEASED));
        model.addAttribute("failed", some(batch, JobState.FAILED));
        model.addAttribute(
                "mayChange", batch.submittedBy().equals(CurrentActor.get().id()));
    }

    private List<Job> some(JobQueries.Batch batch, JobState state) {
        return queries.jobs(new JobQueries.Filter(List.of(state), null, batch.id(), null, null), null, FAILED_SHOWN);
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @PreAuthorize(Access.VIEW_CAPTURES)
    SseEmitter events(@PathVariable("id") long id, HttpServletResponse response) {
        return live.open(JobLive.batchTopic(find(id).id()), response);
    }

    @PostMapping("/{id}/cancel")
    @PreAuthorize(Access.CAPTURE)
    String cancel(@PathVariable("id") long id) {
        Actor actor = CurrentActor.get();
        actions.cancel(find(id), actor);
        return "redirect:/batches/" + id;
    }

    @PostMapping("/{id}/retry")
    @PreAuthorize(Access.CAPTURE)
    String retry(@PathVariable("id") long id) {
        Actor actor = CurrentActor.get();
        actions.retryFailed(find(id), actor);
        return "redirect:/batches/" + id;
    }

    private JobQueries.Batch find(long id) {
        return queries.batch(id).orElseThrow(() -> new JobRefused(Code.NO_SUCH_BATCH, String.valueOf(id)));
    }
}
