package org.tiezheng.verifier;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;
import org.tiezheng.verifier.StrictJson.BadJsonException;

/**
 * The lines of {@code indexes/index.cdx}, each to be met by the record it names (W06). Lines are read
 * before the pass; {@link WarcLane} reports records; {@link #finish()} tells which lines were never met.
 * Safe for use by several threads.
 */
final class CdxIndex {
    /** Larger indexes would not fit the memory this verifier promises. About 100,000 lines. */
    static final long MAX_BYTES = 32L << 20;

    private static final Pattern FORM = Pattern.compile("(\\S+) ([0-9]{14}|[0-9]{17}) (\\{.*\\})");

    private record Line(
            int number,
            String timestamp,
            @Nullable String url,
            @Nullable String status,
            @Nullable String digest,
            long length) {}

    private record Place(String file, long offset) {}

    private final String subject;
    private final Findings findings;
    private final Map<Place, List<Line>> open = new HashMap<>();
    /** WARC files that were read to their end. */
    private final Set<String> read = new HashSet<>();

    private CdxIndex(String subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
    }

    /** An index without lines, for an archive that has none or whose index cannot be read. */
    static CdxIndex empty(String subject, Findings findings) {
        return new CdxIndex(subject, findings);
    }

    /**
     * Reads the index; lines that are not of the form become findings.
     *
     * @throws IOException if {@code in} fails
     */
    static CdxIndex read(InputStream in, String subject, Findings findings) throws IOException {
        CdxIndex index = new CdxIndex(subject, findings);
        findings.checked(Code.W06, subject);
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            try {
                index.add(number, line);
            } catch (BadJsonException e) {
                index.bad(number, "the line is not of the form: " + e.getMessage());
            }
        }
        return index;
    }

    private void add(int number, String text) throws BadJsonException {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new BadJsonException("key, timestamp, JSON");
        }
        Map<String, String> texts = new HashMap<>();
        long[] place = {-1, -1};
        StrictJson.object(form.group(3), (name, json) -> {
            switch (name) {
                case "offset" -> place[0] = StrictJson.wholeNumber(json);
                case "length" -> place[1] = StrictJson.wholeNumber(json);
                case "status" -> texts.put(name, Long.toString(StrictJson.wholeNumber(json)));
                case "url", "digest", "filename" -> texts.put(name, StrictJson.text(json));
                default -> StrictJson.skip(json);
            }
        });
        String file = texts.get("filename");
        if (file == null || place[0] < 0 || place[1] < 0) {
            throw new BadJsonException("filename, offset or length is missing");
        }
        Line line =
                new Line(number, form.group(2), texts.get("url"), texts.get("status"), texts.get("digest"), place[1]);
        open.computeIfAbsent(new Place(file, place[0]), p -> new ArrayList<>(1)).add(line);
    }

    /**
     * A record of the WARC {@code file} at {@code offset}: lines that point there must describe it.
     *
     * @param length compressed length of the record
     * @param status of the HTTP response, if it is one
     */
    synchronized void record(String file, long offset, long length, WarcHeader header, OptionalInt status) {
        List<Line> lines = open.remove(new Place(file, offset));
        if (lines == null) {
            return;
        }
        for (Line line : lines) {
            if (line.length() != length) {
                bad(line.number(), "the record there has another length");
            } else if (line.url() == null || !line.url().equals(header.targetUri())) {
                bad(line.number(), "the record there has another address");
            } else if (line.digest() != null
                    && !line.digest().equals(header.field("warc-payload-digest").orElse(null))) {
                bad(line.number(), "the record there has another payload digest");
            } else if (line.status() != null
                    && status.isPresent()
                    && !line.status().equals(Integer.toString(status.getAsInt()))) {
                bad(line.number(), "the record there has another HTTP status");
            } else if (!line.timestamp().substring(0, 14).equals(header.timestamp())) {
                bad(line.number(), "the record there has another date");
            }
        }
    }

    /** All records of {@code file} were reported. */
    synchronized void warcRead(String file) {
        read.add(file);
    }

    /** Reports the lines that no record met. */
    synchronized void finish() {
        open.forEach((place, lines) -> lines.forEach(line -> {
            if (read.contains(place.file())) {
                bad(line.number(), "no record begins there");
            } else {
                findings.add(Finding.indeterminate(
                                Code.W06, subject, "the WARC it points into is missing or not readable to its end")
                        .with("line", Integer.toString(line.number())));
            }
        }));
    }

    private void bad(int number, String reason) {
        findings.add(Finding.invalid(Code.W06, subject, reason).with("line", Integer.toString(number)));
    }
}
