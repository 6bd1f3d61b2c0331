package org.tiezheng.evidence.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which logs and witnesses somebody trusts, and how many witnesses are enough. Comes from its user, never from a package.
 *
 * <pre>
 * log log.example/evidence+…
 * witness court w.court.example+…
 * witness notary w.notary.example+…
 * group both all court notary
 * quorum both
 * </pre>
 *
 * <p>Source: C2SP tlog-policy. Immutable.
 */
public final class LogPolicy {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_LINES = 1000;
    private static final String NONE = "none";

    private final List<Site> logs = new ArrayList<>();
    private final Map<String, Site> witnesses = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private String quorum = "";

    /**
     * A log or a witness.
     *
     * @param key public key, with its name
     * @param url where it answers; null if the policy does not say
     */
    public record Site(VerifierKey key, @Nullable String url) {}

    private record Group(int needed, List<String> members) {}

    private LogPolicy() {}

    /** @throws MalformedLogException if {@code file} is no policy; the message names the line */
    public static LogPolicy parse(byte[] file) throws MalformedLogException {
        if (file.length > MAX_BYTES) {
            throw new MalformedLogException("larger than " + MAX_BYTES + " bytes");
        }
        LogPolicy policy = new LogPolicy();
        String[] lines = new String(file, StandardCharsets.UTF_8).split("\n", -1);
        if (lines.length > MAX_LINES) {
            throw new MalformedLogException("more than " + MAX_LINES + " lines");
        }
        Set<String> members = new HashSet<>();
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                policy.line(Arrays.asList(line.split("[ \t]+", -1)), members);
            } catch (MalformedLogException e) {
                throw new MalformedLogException("line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        if (policy.quorum.isEmpty()) {
            throw new MalformedLogException("no quorum line");
        }
        return policy;
    }

    private void line(List<String> words, Set<String> members) throws MalformedLogException {
        switch (words.get(0)) {
            case "log" -> {
                VerifierKey key = key(words, 1, 3);
                if (key.type().isCosignature()
                        || logs.stream().anyMatch(l -> l.key().hasSameKeyAs(key))) {
                    throw new MalformedLogException("not the key of a log, or one that stands here twice");
                }
                logs.add(new Site(key, words.size() == 3 ? words.get(2) : null));
            }
            case "witness" -> {
                VerifierKey key = key(words, 2, 4);
                if (!key.type().isCosignature()
                        || witnesses.values().stream().anyMatch(w -> w.key().hasSameKeyAs(key))) {
                    throw new MalformedLogException("not the key of a witness, or one that stands here twice");
                }
                define(words.get(1));
                witnesses.put(words.get(1), new Site(key, words.size() == 4 ? words.get(3) : null));
            }
            case "group" -> group(words, members);
            case "quorum" -> {
                if (words.size() != 2 || !quorum.isEmpty() || !(words.get(1).equals(NONE) || isDefined(words.get(1)))) {
                    throw new MalformedLogException("one quorum, of a name defined above, or none");
                }
                quorum = words.get(1);
            }
            default -> throw new MalformedLogException("neither log, witness, group nor quorum");
        }
    }

    private static VerifierKey key(List<String> words, int at, int most) throws MalformedLogException {
        if (words.size() <= at || words.size() > most) {
            throw new MalformedLogException("a verifier key and perhaps an address are needed");
        }
        return VerifierKey.parse(words.get(at));
    }

    private void group(List<String> words, Set<String> members) throws MalformedLogException {
        if (words.size() < 4) {
            throw new MalformedLogException("a group has a name, a number and members");
        }
        List<String> names = List.copyOf(words.subList(3, words.size()));
        for (String name : names) {
            if (!isDefined(name) || !members.add(name)) {
                throw new MalformedLogException(name + " is not defined above, or is in a group already");
            }
        }
        String needed = words.get(2);
        int count = switch (needed) {
            case "any" -> 1;
            case "all" -> names.size();
            default -> needed.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(needed) : 0;
        };
        if (count < 1 || count > names.size()) {
            throw new MalformedLogException(needed + " of " + names.size() + " members");
        }
        define(words.get(1));
        groups.put(words.get(1), new Group(count, names));
    }

    private boolean isDefined(String name) {
        return witnesses.containsKey(name) || groups.containsKey(name);
    }

    private void define(String name) throws MalformedLogException {
        if (name.equals(NONE) || isDefined(name)) {
            throw new MalformedLogException(name + " is defined already");
        }
    }

    public List<Site> logs() {
        return List.copyOf(logs);
    }

    /** By their names in this policy. */
    public Map<String, Site> witnesses() {
        return Map.copyOf(witnesses);
    }

    /** The trusted log that signed {@code checkpoint}; empty if its origin is unknown here or the signature is wrong. */
    public Optional<Site> logOf(Checkpoint checkpoint) {
        return logs.stream()
                .filter(log -> log.key().name().equals(checkpoint.origin()) && checkpoint.signedBy(log.key()))
                .findFirst();
    }

    /**
     * The same witnesses and quorum, without addresses, for {@code log} alone: what somebody needs who verifies offline.
     *
     * @return a file of this form
     */
    public String forVerifiers(VerifierKey log) {
        StringBuilder text = new StringBuilder("log " + log + "\n");
        witnesses.forEach((name, site) -> text.append("witness ")
                .append(name)
                .append(' ')
                .append(site.key())
                .append('\n'));
        groups.forEach((name, group) -> text.append("group ")
                .append(name)
                .append(' ')
                .append(group.needed())
                .append(' ')
                .append(String.join(" ", group.members()))
                .append('\n'));
        return text + "quorum " + quorum + "\n";
    }

    /** Whether anybody but the log's operator has to have seen a tree. */
    public boolean needsWitnesses() {
        return !quorum.equals(NONE);
    }

    /** Whether enough witnesses cosigned {@code checkpoint}. */
    public boolean isWitnessed(Checkpoint checkpoint) {
        return isMet(site -> checkpoint.cosignedAt(site.key()).isPresent());
    }

    /** Whether the witnesses of which {@code holds} is true are enough; of what, says the caller. */
    public boolean isMet(Predicate<Site> holds) {
        return !needsWitnesses() || isMet(quorum, holds);
    }

    private boolean isMet(String name, Predicate<Site> holds) {
        Site witness = witnesses.get(name);
        if (witness != null) {
            return holds.test(witness);
        }
        Group group = groups.get(name);
        return group != null
                && group.members().stream().filter(m -> isMet(m, holds)).count() >= group.needed();
    }
}
