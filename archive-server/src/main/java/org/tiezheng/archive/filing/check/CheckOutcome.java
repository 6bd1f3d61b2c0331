package org.tiezheng.archive.filing.check;

import java.util.List;
import java.util.Map;
import org.tiezheng.archive.filing.check.CheckResult.Result;

/** What a check comes to: may it be filed. From best to worst. */
public enum CheckOutcome {
    /** Every item passed or does not apply. */
    PASS,
    /** Items failed that do not block: filing needs a reason. */
    WARN,
    /** Items are left to a person: filing needs the answers, or a reason. */
    OPEN,
    /** Not filed, whatever the reason. */
    BLOCK;

    /**
     * @param answers of persons, for items whose result is MANUAL
     * @param unscannedBlocks whether what no virus scanner saw may not be filed
     */
    public static CheckOutcome of(List<CheckResult> results, Map<CheckItem, Result> answers, boolean unscannedBlocks) {
        CheckOutcome worst = PASS;
        for (CheckResult one : results) {
            CheckOutcome outcome = switch (effective(one, answers)) {
                case PASS, NOT_APPLICABLE -> PASS;
                case FAIL -> one.item().blocks() ? BLOCK : WARN;
                case MANUAL -> one.item() == CheckItem.VIRUS && unscannedBlocks ? BLOCK : OPEN;
            };
            worst = outcome.compareTo(worst) > 0 ? outcome : worst;
        }
        return worst;
    }

    /** The result that counts: a person's answer where the check left the item open, else the check's own. */
    public static Result effective(CheckResult result, Map<CheckItem, Result> answers) {
        return result.result() == Result.MANUAL ? answers.getOrDefault(result.item(), Result.MANUAL) : result.result();
    }

    /**
     * Items that no reason makes up for: they block when they fail, and nobody has said yet whether they do. A package that no
     * scanner saw is not among them: that it may be filed all the same is the setting's decision.
     */
    public static List<CheckItem> unanswered(List<CheckResult> results, Map<CheckItem, Result> answers) {
        return results.stream()
                .filter(one -> one.item().blocks()
                        && one.item() != CheckItem.VIRUS
                        && effective(one, answers) == Result.MANUAL)
                .map(CheckResult::item)
                .toList();
    }
}
