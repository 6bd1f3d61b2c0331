package org.tiezheng.evidence;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a parser made of text it does not trust: a value, or findings that say why there is none, or both when the value
 * is usable in spite of them.
 *
 * @param value null if nothing usable was read
 * @param findings what is wrong; empty if nothing is
 */
public record Parsed<T>(@Nullable T value, List<Finding> findings) {

    public Parsed {
        findings = List.copyOf(findings);
        if (value == null && findings.isEmpty()) {
            throw new IllegalArgumentException("neither a value nor a finding");
        }
    }

    public static <T> Parsed<T> of(T value) {
        return new Parsed<>(value, List.of());
    }

    public static <T> Parsed<T> failed(Finding finding) {
        return new Parsed<>(null, List.of(finding));
    }

    public Optional<T> toOptional() {
        return Optional.ofNullable(value);
    }
}
