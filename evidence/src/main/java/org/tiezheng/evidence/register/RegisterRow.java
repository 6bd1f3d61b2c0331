package org.tiezheng.evidence.register;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What the catalogue says of one package.
 *
 * @param number order of archiving, from 1
 * @param fields those that have a value, in their order. Hostile text: escape it before printing
 */
public record RegisterRow(long number, UUID id, Map<RegisterField, String> fields) {
    /** @throws IllegalArgumentException if the number is none */
    public RegisterRow {
        if (number < 1) {
            throw new IllegalArgumentException("row " + number);
        }
        fields = fields.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<RegisterField, String>(fields));
    }

    public Optional<String> get(RegisterField field) {
        return Optional.ofNullable(fields.get(field));
    }
}
