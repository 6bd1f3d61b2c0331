package org.tiezheng.archive.filing.check;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Holds capture.json to the published schema, docs/capture.schema.json. Safe for use by many threads. */
final class CaptureSchema {
    /** One fault more or less does not matter where there are so many. */
    private static final int MAX_FAULTS = 200;

    private static final String RESOURCE = "/org/tiezheng/capture/record/capture.schema.json";

    private final Schema schema;

    CaptureSchema() {
        try (InputStream in = CaptureSchema.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is not in the program");
            }
            schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(new String(in.readAllBytes(), StandardCharsets.UTF_8), InputFormat.JSON);
        } catch (IOException damaged) {
            throw new IllegalStateException(RESOURCE, damaged);
        }
    }

    /** At most {@value #MAX_FAULTS}; one of keyword {@code json} if the text is no JSON. */
    List<SchemaFault> faults(String json) {
        try {
            List<SchemaFault> faults = new ArrayList<>();
            for (Error error : schema.validate(
                    json,
                    InputFormat.JSON,
                    context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))) {
                if (faults.size() < MAX_FAULTS) {
                    faults.add(new SchemaFault(
                            String.valueOf(error.getKeyword()),
                            error.getInstanceLocation() + ": " + error.getMessage()));
                }
            }
            return faults;
        } catch (SchemaException | IllegalArgumentException | tools.jackson.core.JacksonException notJson) {
            return List.of(new SchemaFault("json", String.valueOf(notJson.getMessage())));
        }
    }
}
