package org.tiezheng.capture.record;

import java.util.List;
import java.util.UUID;
import org.tiezheng.capture.environment.ClockProof;

/**
 * The whole of {@code capture.json}. Key order in the file is the order here.
 *
 * @param format always {@link #FORMAT}
 * @param id of the capture and of the package made from it, random
 * @param steps in the order they ran; writing the WACZ and sealing come after this file
 * @param clock how far the machine's clock was from outside time (domain row 18)
 * @param artefacts every other file of the WACZ's {@code archive/} and {@code evidence/} folders, with its digests
 * @param incidents what did not go as it should, in order of time; empty if nothing
 */
public record CaptureRecord(
        String format,
        UUID id,
        Request request,
        Target target,
        List<Step> steps,
        Environment environment,
        ClockProof clock,
        Network network,
        Tls tls,
        TimeBracket timeBracket,
        Completeness completeness,
        List<Artefact> artefacts,
        List<Incident> incidents,
        Tool tool) {

    /** First version of this format; a change that old readers would misread gets another number. */
    public static final String FORMAT = "tiezheng-capture/1";

    public CaptureRecord {
        if (!format.equals(FORMAT)) {
            throw new IllegalArgumentException("expected format " + FORMAT + ", got " + format);
        }
        steps = List.copyOf(steps);
        artefacts = List.copyOf(artefacts);
        incidents = List.copyOf(incidents);
    }
}
