package org.tiezheng.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.capture.record.Completeness.Reason;
import org.tiezheng.capture.record.Completeness.Verdict;
import org.tiezheng.capture.record.Step;
import org.tiezheng.evidence.wire.Undecoded;

/**
 * Compares the two witnesses, browser log and wire, and looks at the page, for one verdict with reasons.
 *
 * <p>Precedence: no page came (FAILED); the page looks like a refusal (BLOCKED), a login (LOGIN_REQUIRED) or nothing
 * (EMPTY); something is missing (PARTIAL); else COMPLETE. All reasons are listed whatever the verdict.
 *
 * <p>What a visitor's browser would have stopped too (requests cancelled by the page, CSP, CORS) and what the wire has
 * beyond the log (preflights, site icon) is a note, not a reason: nothing of the page is missing.
 */
final class CompletenessJudge {
    private static final int EXAMPLES = 3;
    /** Refusals of a rule the browser keeps for every visitor: same page without us. */
    private static final Pattern BROWSER_RULE = Pattern.compile("net::ERR_(BLOCKED_BY_.*|UNSAFE_PORT)");

    /** Frames of streams that are over: nothing of an exchange. */
    private static final String STRAY = "http2-stray";

    /** What Chromium says of every connection that did not come about behind the relay. */
    private static final String SOCKS = "net::ERR_SOCKS";

    private final PageRules rules;

    CompletenessJudge(PageRules rules) {
        this.rules = rules;
    }

    /**
     * Everything the verdict rests on.
     *
     * @param mainStatus HTTP status of the main document; null if no response came
     * @param deniedHosts hosts of connections the egress policy refused, one entry for each
     * @param unreached why the recorder could not reach a host, by host: behind a SOCKS relay the browser itself only knows
     *     that it failed
     * @param recordingLosses limits reached and failures of the recorder, in words
     * @param steps of the capture so far
     */
    record Case(
            SeenPage page,
            @Nullable Integer mainStatus,
            List<BrowserRequest> requests,
            List<WireExchange> exchanges,
            List<Undecoded> undecoded,
            List<String> deniedHosts,
            Map<String, String> unreached,
            List<String> recordingLosses,
            List<Step> steps) {}

    Completeness judge(Case it) {
        List<Reason> reasons = new ArrayList<>();
        List<Reason> notes = new ArrayList<>();
        RequestMatching matching = RequestMatching.of(it.requests(), it.exchanges());
        Verdict verdict = look(it, reasons);
        Completeness.Counts counts = compare(it, matching, reasons, notes);
        steps(it, reasons, notes);
        if (verdict == Verdict.COMPLETE && !reasons.isEmpty()) {
            verdict = Verdict.PARTIAL;
        }
        return new Completeness(verdict, reasons, notes, counts);
    }

    private Verdict look(Case it, List<Reason> reasons) {
        SeenPage page = it.page();
        if (!page.loaded()) {
            String error = page.loadError();
            reasons.add(reason(
                    "NO_DOCUMENT",
                    error == null ? "no document was received" : explain(it, error, String.valueOf(page.finalUrl()))));
            // A refusal without a page to show, such as 401 or an empty 403: said as what it is.
            Verdict refused = suspect(it, reasons);
            return refused == Verdict.COMPLETE ? Verdict.FAILED : refused;
        }
        Verdict verdict = suspect(it, reasons);
        Integer status = it.mainStatus();
        if (status != null && status >= 400 && verdict == Verdict.COMPLETE) {
            reasons.add(reason("MAIN_STATUS", "the server answered " + status + ": this is its error page"));
        }
        if (verdict == Verdict.COMPLETE && isEmpty(page)) {
            reasons.add(reason("NOTHING_SHOWN", "no visible text and no picture"));
            verdict = Verdict.EMPTY;
        }
        if (page.imagesNotLoaded() > 0) {
            reasons.add(reason(
                    "IMAGES_NOT_LOADED",
                    page.imagesNotLoaded() + " of " + page.images() + " images without a picture"));
        }
        page.cut().forEach(cut -> reasons.add(reason("PAGE_CUT", cut)));
        return verdict;
    }

    /** COMPLETE if no rule hits. */
    private Verdict suspect(Case it, List<Reason> reasons) {
        Verdict verdict = Verdict.COMPLETE;
        for (PageRules.Hit hit : rules.hits(it.mainStatus(), it.page())) {
            boolean blocked = hit.rule().verdict() == Verdict.BLOCKED;
            reasons.add(new Reason(
                    blocked ? "BLOCK_SUSPECTED" : "LOGIN_SUSPECTED",
                    hit.rule().why() + " (" + hit.seen() + ")",
                    hit.rule().id()));
            if (verdict == Verdict.COMPLETE || blocked) {
                verdict = hit.rule().verdict();
            }
        }
        return verdict;
    }

    private static String explain(Case it, String error, String url) {
        String why = it.unreached().get(Addresses.host(url));
        return error.startsWith(SOCKS) && why != null ? why : error;
    }

    private static boolean isEmpty(SeenPage page) {
        return page.textLength() == 0 && page.images() == page.imagesNotLoaded() && !page.otherContent();
    }

    private Completeness.Counts compare(Case it, RequestMatching matching, List<Reason> reasons, List<Reason> notes) {
        Set<String> denied = Set.copyOf(it.deniedHosts());
        List<String> missing = new ArrayList<>();
        List<String> unanswered = new ArrayList<>();
        List<String> cancelled = new ArrayList<>();
        Map<String, List<String>> failed = new TreeMap<>();
        int fromCache = 0;
        int fromServiceWorker = 0;
        int local = 0;
        for (BrowserRequest request : it.requests()) {
            switch (request.source()) {
                case CACHE -> fromCache++;
                case SERVICE_WORKER -> fromServiceWorker++;
                case LOCAL -> local++;
                case NETWORK -> {
                    WireExchange exchange = matching.exchangeOf(request);
                    String error = request.error();
                    if (request.cancelled()
                            || (error != null && BROWSER_RULE.matcher(error).matches())) {
                        cancelled.add(request.url());
                    } else if (error != null) {
                        if (request.isFavicon()) {
                            notes.add(reason("FAVICON_FAILED", error));
                        } else if (!denied.contains(Addresses.host(request.url()))) {
                            failed.computeIfAbsent(explain(it, error, request.url()), key -> new ArrayList<>())
                                    .add(request.url());
                        }
                    } else if (request.status() == null && !request.finished()) {
                        if (!request.isOpenEnded() && !request.isFavicon()) {
                            unanswered.add(request.url());
                        }
                    } else if (exchange == null) {
                        missing.add(request.url());
                    }
                }
            }
        }
        // A failure of the main document is NO_DOCUMENT already.
        if (it.page().loaded()) {
            failed.forEach((error, urls) -> reasons.add(reason("RESOURCE_FAILED", error + ": " + examples(urls))));
        }
        add(reasons, "MISSING_EXCHANGE", "the browser has it, the recording does not", missing);
        add(reasons, "UNANSWERED", "no response when the capture ended", unanswered);
        if (!it.deniedHosts().isEmpty()) {
            reasons.add(reason("DENIED_BY_EGRESS", examples(it.deniedHosts())));
        }
        add(notes, "CANCELLED", "stopped by the page or by the browser's own rules", cancelled);

        truncated(it, matching, reasons, notes);
        it.recordingLosses().forEach(loss -> reasons.add(reason("RECORDING_CUT", loss)));
        undecoded(it, reasons, notes);

        int preflights = (int) matching.extra().stream()
                .filter(exchange -> exchange.method().equals("OPTIONS"))
                .count();
        int favicons = (int) matching.extra().stream()
                .filter(exchange -> BrowserRequest.isFavicon(exchange.url()))
                .count();
        List<String> others = matching.extra().stream()
                .filter(exchange -> !exchange.method().equals("OPTIONS") && !BrowserRequest.isFavicon(exchange.url()))
                .map(WireExchange::url)
                .toList();
        add(notes, "EXTRA_EXCHANGE", "on the wire, not in the browser's log", others);
        return new Completeness.Counts(
                it.requests().size() - local,
                it.exchanges().size(),
                matching.matched(),
                missing.size(),
                matching.extra().size(),
                preflights,
                favicons,
                others.size(),
                fromCache,
                fromServiceWorker,
                local,
                it.deniedHosts().size(),
                failed.values().stream().mapToInt(List::size).sum(),
                cancelled.size(),
                (int) it.exchanges().stream()
                        .filter(exchange -> exchange.truncated() != null)
                        .count(),
                it.undecoded().size(),
                it.page().images(),
                it.page().imagesNotLoaded());
    }

    /** A response that broke off is a loss only if somebody wanted the rest. */
    private static void truncated(Case it, RequestMatching matching, List<Reason> reasons, List<Reason> notes) {
        List<String> lost = new ArrayList<>();
        List<String> unwanted = new ArrayList<>();
        for (BrowserRequest request : it.requests()) {
            WireExchange exchange = matching.exchangeOf(request);
            if (exchange != null && exchange.truncated() != null) {
                boolean wanted = !request.cancelled() && !request.isOpenEnded();
                (wanted ? lost : unwanted).add(request.url() + " (" + exchange.truncated() + ")");
            }
        }
        matching.extra().stream()
                .filter(exchange -> exchange.truncated() != null)
                .forEach(exchange -> lost.add(exchange.url() + " (" + exchange.truncated() + ")"));
        add(reasons, "TRUNCATED", "the response broke off", lost);
        add(notes, "OPEN_ENDED", "still running, or given up by the page, when the capture ended", unwanted);
    }

    private static void undecoded(Case it, List<Reason> reasons, List<Reason> notes) {
        Map<String, List<Undecoded>> byReason = it.undecoded().stream()
                .collect(Collectors.groupingBy(Undecoded::reason, TreeMap::new, Collectors.toList()));
        byReason.forEach((word, list) -> (word.equals(STRAY) ? notes : reasons)
                .add(reason(
                        "UNDECODED",
                        word + ": " + list.size() + " stretches, "
                                + list.stream().mapToLong(Undecoded::bytes).sum() + " bytes, in conversations "
                                + list.stream()
                                        .map(each -> String.valueOf(each.conversation()))
                                        .distinct()
                                        .limit(EXAMPLES * 3L)
                                        .collect(Collectors.joining(", ")))));
    }

    /** Steps whose failure leaves a hole in the package, or shows that the page did not come to rest. */
    private static final Map<String, String> STEP_CODES = Map.of(
            StepNames.LOAD, "LOAD_TIMEOUT",
            StepNames.SETTLE, "NOT_SETTLED",
            StepNames.BEHAVIOURS, "NOT_SETTLED");

    private static void steps(Case it, List<Reason> reasons, List<Reason> notes) {
        for (Step step : it.steps()) {
            boolean said = step.name().equals(StepNames.NAVIGATE) && !it.page().loaded();
            if (step.outcome() == Step.Outcome.OK || said || StepNames.SURROUNDINGS.contains(step.name())) {
                continue;
            }
            String detail = step.name() + ": " + Objects.requireNonNullElse(step.detail(), "no detail");
            if (step.outcome() == Step.Outcome.SKIPPED && StepNames.OPTIONAL.contains(step.name())) {
                notes.add(reason("STEP_SKIPPED", detail));
            } else {
                String code = step.outcome() == Step.Outcome.SKIPPED ? "STEP_SKIPPED" : "STEP_FAILED";
                reasons.add(reason(
                        step.outcome() == Step.Outcome.TIMEOUT ? STEP_CODES.getOrDefault(step.name(), code) : code,
                        detail));
            }
        }
    }

    private static void add(List<Reason> list, String code, String what, List<String> urls) {
        if (!urls.isEmpty()) {
            list.add(reason(code, what + ": " + examples(urls)));
        }
    }

    private static String examples(List<String> urls) {
        return urls.size() + "; "
                + urls.stream()
                        .distinct()
                        .limit(EXAMPLES)
                        .map(url -> url.length() > 200 ? url.substring(0, 200) + "…" : url)
                        .collect(Collectors.joining(", "))
                + (urls.stream().distinct().count() > EXAMPLES ? ", …" : "");
    }

    private static Reason reason(String code, String detail) {
        return new Reason(code, detail, null);
    }
}
