package org.tiezheng.capture.record;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** docs/capture.schema.json with an independent validator; for every test that makes a capture. */
public final class CaptureSchema {
    private CaptureSchema() {}

    public static String text() {
        try (InputStream in = CaptureJson.class.getResourceAsStream("capture.schema.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** @return what is wrong with {@code captureJson}; empty if nothing */
    public static List<Error> faults(String captureJson) {
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(text(), InputFormat.JSON);
        return schema.validate(
                captureJson,
                InputFormat.JSON,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }
}
