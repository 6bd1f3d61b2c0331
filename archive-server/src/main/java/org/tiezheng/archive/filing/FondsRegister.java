package org.tiezheng.archive.filing;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.filing.CodePattern.BadPatternException;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fonds (全宗) of this archive and their settings. A setting is never changed: the next one is in force from then on, and every
 * code names the setting it was made by.
 */
public final class FondsRegister {
    private static final int MAX_NAME = 200;
    private static final int MAX_CODES = 200;

    private static final String NEWEST = """
            select distinct on (fonds_no) * from fonds_rule""";

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public FondsRegister(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * A setting as a person gives it.
     *
     * @param itemPattern and {@code volumePattern}: see {@link CodePattern}
     */
    public record Setting(
            String no,
            String name,
            String unit,
            String itemPattern,
            String volumePattern,
            Map<String, String> categories,
            Map<String, String> organisations) {
        public Setting {
            categories = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(categories));
            organisations = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(organisations));
        }
    }

    /** All fonds by their number, each with the setting in force. */
    public List<FondsRule> all() {
        return jdbc.sql(NEWEST + " order by fonds_no, id desc")
                .query(FondsRegister::rule)
                .list();
    }

    /** The setting in force. */
    public Optional<FondsRule> find(String no) {
        return jdbc.sql("select * from fonds_rule where fonds_no = :no order by id desc limit 1")
                .param("no", no)
                .query(FondsRegister::rule)
                .optional();
    }

    /** The settings a fonds ever had, newest first; at most 100. */
    public List<FondsRule> history(String no) {
        return jdbc.sql("select * from fonds_rule where fonds_no = :no order by id desc limit 100")
                .param("no", no)
                .query(FondsRegister::rule)
                .list();
    }

    /** A setting that is or was in force. */
    public Optional<FondsRule> rule(long id) {
        return jdbc.sql("select * from fonds_rule where id = :id")
                .param("id", id)
                .query(FondsRegister::rule)
                .optional();
    }

    /**
     * Puts a setting in force; makes the fonds if it is new.
     *
     * @throws Problem 400 with every field that cannot be
     */
    public FondsRule set(Setting setting, Actor by) {
        check(setting);
        FondsRule made = transactions.execute(status -> {
            boolean isNew = jdbc.sql("""
                            insert into fonds (no, made_at, made_by, made_by_name) values (:no, :at, :by, :name)
                            on conflict (no) do nothing""").params(who(setting.no(), by)).update() == 1;
            long id = insert(setting, by);
            audit.append(new AuditEvent(
                    by,
                    isNew ? "fonds.make" : "fonds.change",
                    "fonds",
                    setting.no(),
                    null,
                    AuditEvent.Result.OK,
                    "setting " + id + ": " + setting.itemPattern() + ", " + setting.volumePattern(),
                    null));
            return rule(id).orElseThrow();
        });
        return Objects.requireNonNull(made);
    }

    private Map<String, @Nullable Object> who(String no, Actor by) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("no", no);
        row.put("at", Timestamp.from(clock.instant()));
        row.put("by", by.id());
        row.put("name", by.name());
        return row;
    }

    private long insert(Setting setting, Actor by) {
        Map<String, @Nullable Object> row = who(setting.no(), by);
        row.put("fonds", setting.name().strip());
        row.put("unit", setting.unit().strip());
        row.put("item", setting.itemPattern());
        row.put("volume", setting.volumePattern());
        row.put("categories", json(setting.categories()));
        row.put("organisations", json(setting.organisations()));
        return jdbc.sql("""
                        insert into fonds_rule (fonds_no, name, unit, item_pattern, volume_pattern, categories, organisations,
                            made_at, made_by, made_by_name)
                        values (:no, :fonds, :unit, :item, :volume, :categories::jsonb, :organisations::jsonb, :at, :by, :name)
                        returning id""").params(row).query(Long.class).single();
    }

    private static void check(Setting setting) {
        List<Problem.FieldError> errors = new ArrayList<>();
        if (!CodePattern.Field.FONDS.admits(setting.no())) {
            errors.add(error("no", "filing.fonds-no"));
        }
        text(errors, "name", setting.name());
        text(errors, "unit", setting.unit());
        pattern(errors, "itemPattern", () -> CodePattern.item(setting.itemPattern()));
        pattern(errors, "volumePattern", () -> CodePattern.volume(setting.volumePattern()));
        codes(errors, "categories", setting.categories(), CodePattern.Field.CATEGORY);
        codes(errors, "organisations", setting.organisations(), CodePattern.Field.ORGANISATION);
        if (!errors.isEmpty()) {
            throw Problem.invalid(errors);
        }
    }

    private static void text(List<Problem.FieldError> errors, String field, String text) {
        if (text.isBlank()) {
            errors.add(error(field, "required"));
        } else if (text.length() > MAX_NAME) {
            errors.add(error(field, "too-long", MAX_NAME));
        } else if (!isPlain(text)) {
            errors.add(error(field, "invalid"));
        }
    }

    /** No control characters and no halves of surrogate pairs, which no database and no XML can hold. */
    static boolean isPlain(String text) {
        return text.codePoints()
                .noneMatch(point -> Character.isISOControl(point)
                        || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                        || point == 0xFFFE
                        || point == 0xFFFF);
    }

    private interface PatternReader {
        CodePattern read() throws BadPatternException;
    }

    private static void pattern(List<Problem.FieldError> errors, String field, PatternReader reader) {
        try {
            CodePattern unused = reader.read();
        } catch (BadPatternException bad) {
            errors.add(error(field, "filing.pattern." + bad.code(), String.valueOf(bad.getMessage())));
        }
    }

    private static void codes(
            List<Problem.FieldError> errors, String field, Map<String, String> codes, CodePattern.Field form) {
        if (codes.isEmpty() || codes.size() > MAX_CODES) {
            errors.add(error(field, "required"));
        }
        codes.forEach((code, name) -> {
            if (!form.admits(code)) {
                errors.add(error(field, "filing.code", code));
            } else if (name.isBlank() || name.length() > MAX_NAME || !isPlain(name)) {
                errors.add(error(field, "filing.code-name", code));
            }
        });
    }

    private static Problem.FieldError error(String field, String code, Object... arguments) {
        return new Problem.FieldError(field, code, List.of(arguments));
    }

    /** An array, not an object: jsonb keeps no order of keys, and the first is the default. */
    private static String json(Map<String, String> codes) {
        ArrayNode array = JsonMapper.shared().createArrayNode();
        codes.forEach((code, name) -> {
            ObjectNode one = array.addObject();
            one.put("code", code);
            one.put("name", name);
        });
        return array.toString();
    }

    private static Map<String, String> codes(String json) {
        Map<String, String> codes = new LinkedHashMap<>();
        for (JsonNode one : JsonMapper.shared().readTree(json)) {
            codes.put(one.path("code").asString(), one.path("name").asString());
        }
        return codes;
    }

    private static FondsRule rule(ResultSet row, int number) throws SQLException {
        try {
            return new FondsRule(
                    row.getLong("id"),
                    row.getString("fonds_no"),
                    row.getString("name"),
                    row.getString("unit"),
                    CodePattern.item(row.getString("item_pattern")),
                    CodePattern.volume(row.getString("volume_pattern")),
                    codes(row.getString("categories")),
                    codes(row.getString("organisations")),
                    row.getObject("made_at", OffsetDateTime.class).toInstant(),
                    row.getString("made_by_name"));
        } catch (BadPatternException changed) {
            throw new SQLException("setting " + row.getLong("id") + " holds a pattern that is none", changed);
        }
    }
}
