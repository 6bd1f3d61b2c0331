package org.tiezheng.archive.identity.screens;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriComponentsBuilder;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditQuery;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;

/**
 * The filter of the audit page and its REST twin, as typed. Empty and absent are the same.
 *
 * @param from day in Beijing ({@code 2026-11-22}) or a time with its offset; inclusive
 * @param to day, which is included whole, or a time, which is not
 */
record AuditFilter(
        @Nullable String actor,
        @Nullable String action,
        @Nullable String type,
        @Nullable String object,
        @Nullable String result,
        @Nullable String from,
        @Nullable String to) {

    /** @throws Problem 400 naming the field */
    AuditQuery query() {
        return new AuditQuery(
                text(actor),
                text(action),
                text(type),
                text(object),
                wantedResult(),
                time("from", from, 0),
                time("to", to, 1));
    }

    private AuditEvent.@Nullable Result wantedResult() {
        String wanted = text(result);
        if (wanted == null) {
            return null;
        }
        try {
            return AuditEvent.Result.valueOf(wanted);
        } catch (IllegalArgumentException e) {
            throw Problem.invalid("result", "invalid").because(e);
        }
    }

    private static @Nullable Instant time(String field, @Nullable String value, int days) {
        String wanted = text(value);
        if (wanted == null) {
            return null;
        }
        try {
            return wanted.indexOf('T') > 0
                    ? OffsetDateTime.parse(wanted).toInstant()
                    : LocalDate.parse(wanted)
                            .plusDays(days)
                            .atStartOfDay(Format.BEIJING)
                            .toInstant();
        } catch (DateTimeParseException e) {
            throw Problem.invalid(field, "date").because(e);
        }
    }

    private static @Nullable String text(@Nullable String value) {
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** {@code ?actor=…&action=…}, only what is set. */
    String parameters() {
        UriComponentsBuilder address = UriComponentsBuilder.newInstance();
        add(address, "actor", actor);
        add(address, "action", action);
        add(address, "type", type);
        add(address, "object", object);
        add(address, "result", result);
        add(address, "from", from);
        add(address, "to", to);
        return address.encode().toUriString();
    }

    private static void add(UriComponentsBuilder address, String name, @Nullable String value) {
        String set = text(value);
        if (set != null) {
            address.queryParam(name, "{" + name + "}").uriVariables(java.util.Map.of(name, set));
        }
    }
}
