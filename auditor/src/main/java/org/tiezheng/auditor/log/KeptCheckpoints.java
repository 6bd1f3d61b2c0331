package org.tiezheng.auditor.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.MalformedLogException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checkpoints that somebody kept: a file with one as it was published, or what {@code monitor} writes, with all it saw. */
public final class KeptCheckpoints {
    private static final long MAX_BYTES = 1L << 30;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private KeptCheckpoints() {}

    /**
     * @throws IOException if the file cannot be read, or a line is none of a journal
     * @throws MalformedLogException if a checkpoint is none
     */
    public static List<Checkpoint> read(Path file) throws IOException, MalformedLogException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException(file + " is larger than " + MAX_BYTES + " bytes");
        }
        if (!isJournal(file)) {
            return List.of(Checkpoint.parse(Files.readAllBytes(file)));
        }
        List<Checkpoint> checkpoints = new ArrayList<>();
        try (var lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode note = JSON.readTree(line).path("checkpoint");
                if (note.isString()) {
                    checkpoints.add(Checkpoint.parse(Base64.getDecoder().decode(note.asString())));
                }
            }
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException(file + " is no journal of a monitor", e);
        }
        return checkpoints;
    }

    private static boolean isJournal(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return in.read() == '{';
        }
    }
}
