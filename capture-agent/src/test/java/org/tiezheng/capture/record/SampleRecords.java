package org.tiezheng.capture.record;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/** Makes records of the model by looking at their components, so that a new key is tested the day it is added. */
final class SampleRecords {
    private static final Instant AT = Instant.parse("2026-11-21T08:00:00.123456789Z");
    /** Keys whose text has a form. */
    private static final Map<String, Object> FORMS = Map.ofEntries(
            Map.entry("CaptureRecord.format", CaptureRecord.FORMAT),
            Map.entry("Request.captureType", "web"),
            Map.entry("Request.accessMode", "public"),
            Map.entry("Step.name", "navigate"),
            Map.entry("Reason.code", "NO_DOCUMENT"),
            Map.entry("Incident.code", "CLOCK_UNPROVED"),
            Map.entry("Server.version", "tls/1.3"),
            Map.entry("NotBefore.nonce", "00".repeat(32)),
            Map.entry("NotBefore.token", "MA=="),
            Map.entry("Artefact.path", "evidence/page.pdf"),
            Map.entry("Redirect.status", 302),
            Map.entry("Target.status", 200),
            Map.entry("SntpSample.leap", 0),
            Map.entry("Completeness.verdict", Completeness.Verdict.PARTIAL));

    private SampleRecords() {}

    /** Every key has a value, every list an element. */
    static CaptureRecord full() {
        return make(CaptureRecord.class, true);
    }

    /** Keys that may be absent are; lists are empty but for the reason a verdict must have. */
    static CaptureRecord sparse() {
        return make(CaptureRecord.class, false);
    }

    private static <T> T make(Class<T> type, boolean full) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = value(type, components[i], full);
        }
        try {
            var constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type.toString(), e);
        }
    }

    private static @Nullable Object value(Class<?> owner, RecordComponent component, boolean full) {
        boolean optional = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        if (optional && !full) {
            return null;
        }
        String key = owner.getSimpleName() + "." + component.getName();
        if (FORMS.containsKey(key)) {
            return FORMS.get(key);
        }
        Type shape = component.getGenericType();
        if (shape instanceof ParameterizedType list) {
            Class<?> element = (Class<?>) list.getActualTypeArguments()[0];
            return full || key.equals("Completeness.reasons") ? List.of(sample(element, key, full)) : List.of();
        }
        return sample((Class<?>) shape, key, full);
    }

    private static Object sample(Class<?> type, String key, boolean full) {
        if (type == String.class) {
            return "铁证 " + key;
        }
        if (type == int.class || type == Integer.class) {
            return 3;
        }
        if (type == long.class || type == Long.class) {
            return 1L << 33;
        }
        if (type == double.class || type == Double.class) {
            return -0.25;
        }
        if (type == boolean.class || type == Boolean.class) {
            return true;
        }
        if (type == Instant.class) {
            return AT;
        }
        if (type == UUID.class) {
            return new UUID(1, 2);
        }
        if (type == Digest.class) {
            return key.endsWith("sm3") ? Digest.sm3("cd".repeat(32)) : Digest.sha256("ab".repeat(32));
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type.isRecord()) {
            return make(type, full);
        }
        throw new AssertionError("no sample for " + type + " of " + key);
    }
}
