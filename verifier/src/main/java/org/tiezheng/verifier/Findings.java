package org.tiezheng.verifier;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;

/**
 * Collects findings. Safe for use by several threads.
 *
 * <p>A hostile package can be wrong a million times: beyond {@value #PER_CODE} problems of one code only
 * their number is kept, and the last kept one says it ({@code more=…}).
 */
final class Findings {
    static final int PER_CODE = 50;

    private final Map<Code, List<Finding>> problems = new EnumMap<>(Code.class);
    private final Map<Code, Integer> more = new EnumMap<>(Code.class);
    /** Checks that ran, by code and subject. */
    private final Map<Code, Map<String, Finding>> ran = new EnumMap<>(Code.class);

    synchronized void add(Finding finding) {
        if (finding.verdict() == Verdict.VALID) {
            ran.computeIfAbsent(finding.code(), c -> new LinkedHashMap<>()).putIfAbsent(finding.subject(), finding);
            return;
        }
        List<Finding> ofCode = problems.computeIfAbsent(finding.code(), c -> new ArrayList<>());
        if (ofCode.size() < PER_CODE) {
            if (!ofCode.contains(finding)) {
                ofCode.add(finding);
            }
        } else {
            // The kept ones must hold the worst verdict.
            if (finding.verdict() == Verdict.INVALID && ofCode.get(PER_CODE - 1).verdict() != Verdict.INVALID) {
                ofCode.set(PER_CODE - 1, finding);
            }
            more.merge(finding.code(), 1, Integer::sum);
        }
    }

    void addAll(Iterable<Finding> findings) {
        findings.forEach(this::add);
    }

    void invalid(Code code, String subject, String reason) {
        add(Finding.invalid(code, subject, reason));
    }

    void indeterminate(Code code, String subject, String reason) {
        add(Finding.indeterminate(code, subject, reason));
    }

    /** Says that the check {@code code} was made on {@code subject}; VALID unless a problem is added. */
    void checked(Code code, String subject) {
        add(Finding.valid(code, subject));
    }

    synchronized boolean has(Code code) {
        return problems.containsKey(code);
    }

    /** Problems, and one VALID finding for each check that ran on a subject without a problem of that code. */
    synchronized List<Finding> all() {
        List<Finding> all = new ArrayList<>();
        for (Code code : Code.values()) {
            List<Finding> bad = problems.getOrDefault(code, List.of());
            int last = bad.size() - 1;
            for (int i = 0; i <= last; i++) {
                Integer further = i == last ? more.get(code) : null;
                all.add(further == null ? bad.get(i) : bad.get(i).with("more", further.toString()));
            }
            for (Finding good : ran.getOrDefault(code, Map.of()).values()) {
                if (bad.stream().noneMatch(f -> f.subject().equals(good.subject()))) {
                    all.add(good);
                }
            }
        }
        return all;
    }
}
