package org.tiezheng.capture.agent;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the server wants captured. Texts are as the server sent them: {@link Captures} says what it cannot do.
 *
 * @param profile name of a device profile
 * @param language BCP 47 tag
 * @param video longest screen video; zero for none
 * @param timeout for all steps; null for the default
 * @param caseNo case or clue number, for the record
 * @param officers names, for the record
 */
public record JobRequest(
        String url,
        String profile,
        String language,
        Duration video,
        @Nullable Duration timeout,
        List<String> allowHosts,
        List<String> trustSpki,
        @Nullable String caseNo,
        @Nullable String purpose,
        List<String> officers) {

    public JobRequest {
        allowHosts = List.copyOf(allowHosts);
        trustSpki = List.copyOf(trustSpki);
        officers = List.copyOf(officers);
    }
}
