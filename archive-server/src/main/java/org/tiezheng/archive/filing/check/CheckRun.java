package org.tiezheng.archive.filing.check;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.filing.check.CheckResult.Result;

/**
 * One run of the check.
 *
 * @param outcome when it was done, without what persons said later; null unless DONE
 * @param results by item; empty unless DONE
 * @param answers of persons, the newest of each item
 */
public record CheckRun(
        UUID id,
        UUID evidenceId,
        Profile profile,
        String ruleVersion,
        State state,
        @Nullable CheckOutcome outcome,
        String operator,
        String operatorName,
        Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable String failure,
        List<CheckResult> results,
        List<Answer> answers) {
    /** How far it is. */
    public enum State {
        RUNNING,
        DONE,
        FAILED,
        CANCELLED
    }

    /** What a person found out where no program could. */
    public record Answer(
            CheckItem item, Result result, String note, Instant answeredAt, String answeredBy, String answeredByName) {}

    public CheckRun {
        results = List.copyOf(results);
        answers = List.copyOf(answers);
    }

    /** The answers that count. */
    public Map<CheckItem, Result> answered() {
        Map<CheckItem, Result> answered = new LinkedHashMap<>();
        answers.forEach(answer -> answered.put(answer.item(), answer.result()));
        return answered;
    }

    /** How many items of a property ended so, answers counted. */
    public long count(CheckItem.FourProperty property, Result result) {
        Map<CheckItem, Result> answered = answered();
        return results.stream()
                .filter(one -> one.item().property() == property)
                .filter(one -> CheckOutcome.effective(one, answered) == result)
                .count();
    }
}
