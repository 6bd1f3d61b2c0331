package org.tiezheng.archive.filing.check;

import java.util.List;

/**
 * What one item of the check showed.
 *
 * @param detail key of the sentence that says it, {@code filing.check.<detail>}
 * @param arguments what stands in the sentence: counts, names, digests. Names come from packages: escape them
 */
public record CheckResult(CheckItem item, Result result, String detail, List<String> arguments) {
    private static final int MAX_ARGUMENT = 500;

    /** How an item ended. */
    public enum Result {
        PASS,
        FAIL,
        NOT_APPLICABLE,
        /** No program can tell, or none could now: a person answers. */
        MANUAL
    }

    public CheckResult {
        arguments = arguments.stream().map(CheckResult::cut).toList();
    }

    static CheckResult pass(CheckItem item, String detail, Object... arguments) {
        return of(item, Result.PASS, detail, arguments);
    }

    static CheckResult fail(CheckItem item, String detail, Object... arguments) {
        return of(item, Result.FAIL, detail, arguments);
    }

    static CheckResult manual(CheckItem item, String detail, Object... arguments) {
        return of(item, Result.MANUAL, detail, arguments);
    }

    static CheckResult notApplicable(CheckItem item, String detail, Object... arguments) {
        return of(item, Result.NOT_APPLICABLE, detail, arguments);
    }

    private static CheckResult of(CheckItem item, Result result, String detail, Object... arguments) {
        return new CheckResult(
                item,
                result,
                detail,
                List.of(arguments).stream().map(String::valueOf).toList());
    }

    /** What a database and a line of print can hold. */
    private static String cut(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(MAX_ARGUMENT)
                .map(point -> Character.isISOControl(point)
                                || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                        ? 0xFFFD
                        : point)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }
}
