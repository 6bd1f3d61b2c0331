package org.tiezheng.archive.jobs;

import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Officer;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.web.Cursor;

/** New capture, list of captures, and one capture live. */
@Controller
@RequestMapping("/captures")
class CaptureScreens {
    private static final int ROWS = 50;
    private static final int SAME_PAGE_CHECKED = 50;
    private static final int SAME_PAGE_SHOWN = 20;
    private static final int REMEMBERED = 20;
    private static final String LIST = "captures";

    private final Submissions submissions;
    private final Jobs jobs;
    private final JobQueries queries;
    private final JobLive live;
    private final Officers officers;
    private final AgentsHealth agents;
    private final JobSettings settings;
    private final MessageSource messages;
    private final Cursor cursors;
    private final Clock clock;

    CaptureScreens(
            Submissions submissions,
            Jobs jobs,
            JobQueries queries,
            JobLive live,
            Officers officers,
            AgentsHealth agents,
            JobSettings settings,
            MessageSource messages,
            Cursor cursors,
            Clock clock) {
        this.submissions = submissions;
        this.jobs = jobs;
        this.queries = queries;
        this.live = live;
        this.officers = officers;
        this.agents = agents;
        this.settings = settings;
        this.messages = messages;
        this.cursors = cursors;
        this.clock = clock;
    }

    // ---- new capture ---------------------------------------------------------------------------------------------

    @GetMapping("/new")
    @PreAuthorize(Access.CAPTURE)
    String form(
            Model model,
            @RequestParam(name = "url", required = false) @Nullable String url,
            @ModelAttribute SubmissionRequest request) {
        Actor actor = CurrentActor.get();
        List<Job> last = queries.jobs(new JobQueries.Filter(List.of(), actor.id(), null, null, null), null, REMEMBERED);
        show(model, actor, url == null ? "" : url, remembered(request, last), last);
        return "jobs/new";
    }

    /** What the officer chose the last time, where the address says nothing else; never the clue or case. */
    private static SubmissionRequest remembered(SubmissionRequest given, List<Job> last) {
        if (last.isEmpty()) {
            return given;
        }
        Job job = last.get(0);
        String second = job.officers().size() > 1 ? job.officers().get(1).accountId() : null;
        return new SubmissionRequest(
                given.profile() == null ? job.options().profile() : given.profile(),
                given.language() == null ? job.options().language() : given.language(),
                given.videoSeconds() == null ? Integer.valueOf(job.options().videoSeconds()) : given.videoSeconds(),
                given.timeoutSeconds(),
                given.clueNo(),
                given.caseNo(),
                given.purpose(),
                given.factToProve(),
                given.shop(),
                given.platform() == null ? job.context().platform() : given.platform(),
                given.secondOfficer() == null ? second : given.secondOfficer(),
                given.priority());
    }

    private void show(Model model, Actor actor, String urls, SubmissionRequest request, List<Job> last) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), IdentityOfficers.BEIJING);
        List<Officer> inForce = officers.inForceOn(today);
        model.addAttribute(
                "me",
                inForce.stream()
                        .filter(officer -> officer.accountId().toString().equals(actor.id()))
                        .findFirst()
                        .orElse(null));
        model.addAttribute(
                "others",
                inForce.stream()
                        .filter(officer -> !officer.accountId().toString().equals(actor.id()))
                        .toList());
        model.addAttribute("urls", urls);
        model.addAttribute("form", request);
        model.addAttribute("clues", values(last, CaptureContext::clueNo));
        model.addAttribute("cases", values(last, CaptureContext::caseNo));
        model.addAttribute("shops", values(last, CaptureContext::shop));
        model.addAttribute("platforms", values(last, CaptureContext::platform));
        model.addAttribute("most", settings.batchMost());
        model.addAttribute("noAgent", !agents.present());
        // A second click, or going back and forth in the browser, is not a second capture.
        model.addAttribute("key", UUID.randomUUID().toString());
    }

    private interface Part {
        @Nullable
        String of(CaptureContext context);
    }

    private static List<String> values(List<Job> jobs, Part part) {
        List<String> values = new ArrayList<>();
        for (Job job : jobs) {
            String value = part.of(job.context());
            if (value != null && !values.contains(value)) {
                values.add(value);
            }
        }
        return values;
    }

    @PostMapping("/new")
    @PreAuthorize(Access.CAPTURE)
    String submit(
            Model model,
            @RequestParam(name = "urls", defaultValue = "") String urls,
            @RequestParam(name = "list", required = false) @Nullable MultipartFile file,
            @RequestParam(name = "batchName", defaultValue = "") String batchName,
            @RequestParam(name = "skipBad", defaultValue = "false") boolean skipBad,
            @RequestParam(name = "key", required = false) @Nullable String key,
            @ModelAttribute SubmissionRequest request,
            Locale locale,
            HttpServletResponse response,
            RedirectAttributes flash)
            throws IOException {
        Actor actor = CurrentActor.get();
        try {
            Submission submission = request.submission();
            AddressList.Read list = read(urls, file, submission.context());
            if (list.lines().size() == 1 && list.problems().isEmpty()) {
                AddressLine line = list.lines().get(0);
                Submission one = new Submission(
                        submission.options(), line.context(), submission.secondOfficer(), submission.priority());
                return "redirect:/captures/"
                        + submissions.submit(line.url(), one, actor, key).id();
            }
            BatchReceipt receipt =
                    submissions.submitBatch(name(batchName, file), list, submission, skipBad, actor, key);
            if (receipt.batchId() != null) {
                flash.addFlashAttribute("receipt", receipt);
                return "redirect:/batches/" + receipt.batchId();
            }
            model.addAttribute("bad", receipt.problems());
        } catch (JobRefused refused) {
            model.addAttribute("problem", words(refused, locale));
        }
        response.setStatus(422);
        show(model, actor, urls, request, List.of());
        return "jobs/new";
    }

    private AddressList.Read read(String urls, @Nullable MultipartFile file, CaptureContext context)
            throws IOException {
        if (file != null && !file.isEmpty()) {
            try (InputStream in = file.getInputStream()) {
                return read(in, context);
            }
        }
        if (urls.isBlank()) {
            throw new JobRefused(Code.NO_ADDRESS, "");
        }
        return read(new ByteArrayInputStream(urls.getBytes(StandardCharsets.UTF_8)), context);
    }

    private AddressList.Read read(InputStream in, CaptureContext context) throws IOException {
        return AddressList.read(
                in, context, settings.batchMost(), settings.uploadMost().toBytes());
    }

    private String name(String given, @Nullable MultipartFile file) {
        if (!given.isBlank()) {
            return given.strip();
        }
        String fileName = file == null ? null : file.getOriginalFilename();
        return fileName == null || fileName.isBlank()
                ? LocalDate.ofInstant(clock.instant(), IdentityOfficers.BEIJING).toString()
                : fileName;
    }

    /** Title, detail and what to do, in the reader's language. */
    private Map<String, String> words(JobRefused refused, Locale locale) {
        return words(messages, refused, locale);
    }

    static Map<String, String> words(MessageSource messages, JobRefused refused, Locale locale) {
        String key = "problem." + JobRefusals.code(refused);
        Object[] arguments = {refused.detail()};
        Map<String, String> words = new LinkedHashMap<>();
        for (String part : List.of("", ".detail", ".todo")) {
            String text = messages.getMessage(key + part, arguments, "", locale);
            if (text != null && !text.isEmpty()) {
                words.put(part.isEmpty() ? "title" : part.substring(1), text);
            }
        }
        return words;
    }

    /** A piece of the form: earlier captures of the pages that are typed in. */
    @PostMapping("/same-page")
    @PreAuthorize(Access.CAPTURE)
    String samePage(Model model, @RequestParam(name = "urls", defaultValue = "") String urls) {
        Map<String, List<Submissions.SamePage>> again = new LinkedHashMap<>();
        urls.lines()
                .map(String::strip)
                .filter(url -> !url.isEmpty())
                .limit(SAME_PAGE_CHECKED)
                .forEach(url -> {
                    List<Submissions.SamePage> earlier = submissions.samePage(url);
                    if (!earlier.isEmpty() && again.size() < SAME_PAGE_SHOWN) {
                        again.put(url, earlier);
                    }
                });
        model.addAttribute("again", again);
        return "jobs/parts :: again";
    }

    // ---- list ----------------------------------------------------------------------------------------------------

    @GetMapping
    @PreAuthorize(Access.VIEW_CAPTURES)
    String list(
            Model model,
            @RequestParam(name = "state", required = false) @Nullable List<String> state,
            @RequestParam(name = "mine", defaultValue = "false") boolean mine,
            @RequestParam(name = "batch", required = false) @Nullable Long batch,
            @RequestParam(name = "q", defaultValue = "") String q,
            @RequestParam(name = "cursor", required = false) @Nullable String cursor) {
        Actor actor = CurrentActor.get();
        List<JobState> states = JobApi.states(state);
        List<String> position = cursors.decode(LIST, cursor, 1);
        Long before = position == null ? null : Long.valueOf(position.get(0));
        JobQueries.Filter filter = new JobQueries.Filter(states, mine ? actor.id() : null, batch, null, q);
        Cursor.Page<Job> page = cursors.page(
                LIST, queries.jobs(filter, before, ROWS + 1), ROWS, job -> List.of(String.valueOf(job.id())));
        StringBuilder base = new StringBuilder("/captures?mine=").append(mine);
        states.forEach(one -> base.append("&state=").append(one.name()));
        if (batch != null) {
            base.append("&batch=").append(batch);
        }
        if (!q.isBlank()) {
            base.append("&q=").append(URLEncoder.encode(q, StandardCharsets.UTF_8));
        }
        model.addAttribute("jobs", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", before == null);
        model.addAttribute("base", base.toString());
        model.addAttribute("states", states.stream().map(JobState::name).toList());
        model.addAttribute("mine", mine);
        model.addAttribute("batch", batch);
        model.addAttribute("q", q);
        model.addAttribute("myId", actor.id());
        return "jobs/list";
    }

    /** Event {@code changed} when the list may look different. */
    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @PreAuthorize(Access.VIEW_CAPTURES)
    SseEmitter listEvents(HttpServletResponse response) {
        return live.open(JobLive.LIST, response);
    }

    // ---- one capture ---------------------------------------------------------------------------------------------

    @GetMapping("/{id}")
    @PreAuthorize(Access.VIEW_CAPTURES)
    String one(@PathVariable("id") long id, Model model) {
        fill(model, find(id));
        return "jobs/live";
    }

    /** The part of the page that changes. */
    @GetMapping("/{id}/live")
    @PreAuthorize(Access.VIEW_CAPTURES)
    String part(@PathVariable("id") long id, Model model) {
        fill(model, find(id));
        return "jobs/live :: live";
    }

    private void fill(Model model, Job job) {
        Optional<JobQueries.Live> now = queries.live(job.id(), job.epoch());
        model.addAttribute("job", job);
        model.addAttribute("live", now.orElse(null));
        model.addAttribute("steps", queries.steps(job.id(), job.epoch()));
        model.addAttribute(
                "since",
                now.map(seen -> seen.at().minusMillis(seen.elapsedMillis())).orElse(job.changedAt()));
        model.addAttribute("mayChange", JobAccess.mayChange(job, CurrentActor.get()));
        model.addAttribute("noAgent", job.state() == JobState.READY && !agents.present());
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @PreAuthorize(Access.VIEW_CAPTURES)
    SseEmitter events(
            @PathVariable("id") long id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            HttpServletResponse response)
            throws IOException {
        return live.open(find(id), last, response);
    }

    @GetMapping("/{id}/thumbnail")
    @PreAuthorize(Access.VIEW_CAPTURES)
    ResponseEntity<byte[]> thumbnail(@PathVariable("id") long id) {
        return JobApi.picture(queries, id);
    }

    @PostMapping("/{id}/cancel")
    @PreAuthorize(Access.CAPTURE)
    String cancel(
            @PathVariable("id") long id, @RequestParam(name = "reason", required = false) @Nullable String reason) {
        Actor actor = CurrentActor.get();
        JobAccess.requireMine(find(id), actor);
        jobs.cancel(id, actor, reason);
        return "redirect:/captures/" + id;
    }

    @PostMapping("/{id}/retry")
    @PreAuthorize(Access.CAPTURE)
    String retry(@PathVariable("id") long id) {
        Actor actor = CurrentActor.get();
        JobAccess.requireMine(find(id), actor);
        jobs.retry(id, actor);
        return "redirect:/captures/" + id;
    }

    private Job find(long id) {
        return jobs.find(id).orElseThrow(() -> new JobRefused(Code.NO_SUCH_JOB, String.valueOf(id)));
    }
}
