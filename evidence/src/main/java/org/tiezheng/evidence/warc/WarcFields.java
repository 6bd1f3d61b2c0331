package org.tiezheng.evidence.warc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The named fields of a WARC record in their order; names compare without case, a name may repeat. */
public final class WarcFields {
    private final List<Map.Entry<String, String>> fields;

    private WarcFields(List<Map.Entry<String, String>> fields) {
        this.fields = List.copyOf(fields);
    }

    /** First value, or null. */
    public @Nullable String first(String name) {
        for (Map.Entry<String, String> field : fields) {
            if (field.getKey().equalsIgnoreCase(name)) {
                return field.getValue();
            }
        }
        return null;
    }

    /** All values in order; empty if there is none. */
    public List<String> all(String name) {
        return fields.stream()
                .filter(field -> field.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    public List<Map.Entry<String, String>> list() {
        return fields;
    }

    /** Values by lower-case name, both in order. */
    Map<String, List<String>> byName() {
        Map<String, List<String>> byName = new LinkedHashMap<>();
        for (Map.Entry<String, String> field : fields) {
            byName.computeIfAbsent(field.getKey().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(field.getValue());
        }
        return byName;
    }

    @Override
    public String toString() {
        return fields.toString();
    }

    /** Collects fields. */
    static final class Builder {
        private final List<Map.Entry<String, String>> fields = new ArrayList<>();

        /** @throws IllegalArgumentException if name or value could not stand on one line of a header */
        Builder add(String name, String value) {
            boolean nameIsToken = !name.isEmpty()
                    && name.chars().allMatch(c -> Character.isLetterOrDigit(c) && c < 0x80 || c == '-' || c == '_');
            if (!nameIsToken || value.chars().anyMatch(c -> c < 0x20 || c == 0x7F)) {
                throw new IllegalArgumentException("not a WARC field: " + name);
            }
            fields.add(Map.entry(name, value));
            return this;
        }

        /** As read from a file: any text. */
        void addRead(String name, String value) {
            fields.add(Map.entry(name, value));
        }

        WarcFields build() {
            return new WarcFields(fields);
        }
    }
}
