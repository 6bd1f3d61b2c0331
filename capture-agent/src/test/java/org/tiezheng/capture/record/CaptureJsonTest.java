package org.tiezheng.capture.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CaptureJsonTest {
    @Test
    void fullRecordFollowsTheSchema() throws IOException {
        assertThat(CaptureSchema.faults(text(SampleRecords.full()))).isEmpty();
    }

    @Test
    void sparsestRecordFollowsTheSchema() throws IOException {
        assertThat(CaptureSchema.faults(text(SampleRecords.sparse()))).isEmpty();
    }

    @Test
    void schemaRefusesUnknownKeysWrongTimesAndWrongDigests() throws IOException {
        String good = text(SampleRecords.full());
        assertThat(CaptureSchema.faults(good.replace("\"request\" :", "\"requests\" :")))
                .isNotEmpty();
        assertThat(CaptureSchema.faults(good.replace("08:00:00.123456Z", "08:00:00Z")))
                .isNotEmpty();
        assertThat(CaptureSchema.faults(good.replace("abababab", "ABABABAB"))).isNotEmpty();
        assertThat(CaptureSchema.faults(good.replace("\"ok\"", "\"fine\""))).isNotEmpty();
    }

    @Test
    void readingGivesBackWhatWasWritten() throws IOException {
        String text = text(SampleRecords.full());
        assertThat(text(read(text))).isEqualTo(text);
        assertThat(read(text).artefacts().get(0).sm3().algorithm()).isEqualTo(Digest.Algorithm.SM3);
    }

    @Test
    void keysStandInTheOrderOfTheRecords() throws IOException {
        assertThat(new JsonMapper().readTree(text(SampleRecords.full())).propertyNames())
                .containsExactly(Arrays.stream(CaptureRecord.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toArray(String[]::new));
    }

    @Test
    void everyKeyOfTheRecordsIsDescribedInTheSchemaAndNoOther() throws IOException {
        compare(CaptureRecord.class, new JsonMapper().readTree(CaptureSchema.text()));
    }

    @Test
    void hostileTextEndsAsACheckedException() {
        for (String bad : List.of("", "null", "[]", "{\"format\":1}", "{\"format\":\"x\"", "{\"id\":\"\"}", "\u0000")) {
            assertThatThrownBy(() -> read(bad)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> read(text(SampleRecords.full()).replace("\"no\" : 3", "\"no\" : 3, \"no\" : 3")))
                .isInstanceOf(IOException.class);
    }

    private static void compare(Class<?> type, JsonNode schema) {
        assertThat(schema.get("properties").propertyNames())
                .as(type.getSimpleName())
                .containsExactly(Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toArray(String[]::new));
        for (RecordComponent component : type.getRecordComponents()) {
            JsonNode property = schema.get("properties").get(component.getName());
            assertThat(property.has("description")).as(component.toString()).isTrue();
            Type shape = component.getGenericType();
            if (shape instanceof ParameterizedType list) {
                shape = list.getActualTypeArguments()[0];
                property = property.get("items");
            }
            if (shape instanceof Class<?> inner && inner.isRecord() && inner != Digest.class) {
                compare(inner, property);
            }
        }
    }

    private static String text(CaptureRecord capture) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CaptureJson.write(capture, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static CaptureRecord read(String text) throws IOException {
        return CaptureJson.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
