package org.tiezheng.capture.environment;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything {@link EnvironmentSurvey} found. Key order of its JSON is the order here.
 *
 * @param takenAt UTC
 * @param tookMs how long the survey took
 * @param fonts null if they could not be listed; {@link #unavailable()} then says why
 * @param processes null likewise
 * @param network its parts are empty when they could not be found out; {@link #unavailable()} says which
 * @param cleanliness the ten items in their order
 * @param unavailable what could not be found out
 */
public record EnvironmentRecord(
        Instant takenAt,
        long tookMs,
        ToolIdentity tool,
        Machine machine,
        List<Program> programs,
        @Nullable Fonts fonts,
        SandboxCapability sandbox,
        NetworkEnvironment network,
        @Nullable ProcessList processes,
        List<CleanlinessCheck> cleanliness,
        List<Unavailable> unavailable) {

    public EnvironmentRecord {
        programs = List.copyOf(programs);
        cleanliness = List.copyOf(cleanliness);
        unavailable = List.copyOf(unavailable);
    }

    public Optional<Program> program(String name) {
        return programs.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /** How many of the checks came out so; those that only the browser can tell are left out. */
    public long checks(CleanlinessCheck.Result result) {
        return cleanliness.stream()
                .filter(each -> !each.item().ofBrowser() && each.result() == result)
                .count();
    }

    /** The same with one check replaced, for what only the browser part can know. */
    public EnvironmentRecord with(CleanlinessCheck check) {
        List<CleanlinessCheck> checks = new ArrayList<>();
        cleanliness.forEach(each -> checks.add(each.item() == check.item() ? check : each));
        return new EnvironmentRecord(
                takenAt, tookMs, tool, machine, programs, fonts, sandbox, network, processes, checks, unavailable);
    }
}
