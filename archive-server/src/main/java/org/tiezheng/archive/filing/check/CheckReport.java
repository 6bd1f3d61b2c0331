package org.tiezheng.archive.filing.check;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.filing.check.CheckResult.Result;
import org.tiezheng.archive.web.Languages;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The report of a check (检测报告) as it is kept: one line of JSON in UTF-8, keys in the order of docs/filing.md, the same input gives
 * the same bytes. Says every item with its result and the evidence for it, in Chinese and English.
 */
public final class CheckReport {
    private static final String FORMAT = "tiezheng-filing-report/1";

    private final MessageSource texts;

    public CheckReport(MessageSource texts) {
        this.texts = texts;
    }

    /**
     * Writes it.
     *
     * @param archivalCode as it was given
     * @param metadata DA/T 46 elements by their Chinese names
     * @param reason why it was filed although items were open or failed; null if none was needed
     */
    public byte[] write(
            CheckRun run,
            Evidence evidence,
            String archivalCode,
            Map<String, String> metadata,
            @Nullable String reason) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("format", FORMAT);
        json.put("runId", run.id().toString());
        json.put("profile", run.profile().name());
        json.put("ruleVersion", run.ruleVersion());
        json.put("evidenceId", run.evidenceId().toString());
        json.put("waczSha256", evidence.sha256().hex());
        json.put("packageSha256", evidence.packageSha256().hex());
        json.put("archivalCode", archivalCode);
        ObjectNode elements = json.putObject("metadata");
        metadata.forEach(elements::put);
        ObjectNode operator = json.putObject("operator");
        operator.put("id", run.operator());
        operator.put("name", run.operatorName());
        json.put("startedAt", time(run.startedAt()));
        json.put("finishedAt", time(run.finishedAt()));
        json.put("outcome", String.valueOf(run.outcome()));
        json.put("reason", reason);
        ArrayNode properties = json.putArray("properties");
        for (CheckItem.FourProperty property : CheckItem.FourProperty.values()) {
            ObjectNode one = properties.addObject();
            one.put("property", property.name());
            for (Result result : Result.values()) {
                one.put(result.name(), run.count(property, result));
            }
        }
        ArrayNode items = json.putArray("items");
        for (CheckResult result : run.results()) {
            items.add(item(run, result));
        }
        return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private ObjectNode item(CheckRun run, CheckResult result) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("code", result.item().code(run.profile()));
        json.put("name", name(result.item(), Languages.CHINESE));
        json.put("blocks", result.item().blocks());
        json.put("result", result.result().name());
        json.put("detail", result.detail());
        ArrayNode arguments = json.putArray("arguments");
        result.arguments().forEach(arguments::add);
        json.put("textZh", text(result, Languages.CHINESE));
        json.put("textEn", text(result, Locale.ENGLISH));
        run.answers().stream()
                .filter(answer -> answer.item() == result.item())
                .findFirst()
                .ifPresent(answer -> {
                    ObjectNode said = json.putObject("answer");
                    said.put("result", answer.result().name());
                    said.put("note", answer.note());
                    said.put("byName", answer.answeredByName());
                    said.put("at", time(answer.answeredAt()));
                });
        return json;
    }

    /** Name of an item. */
    public String name(CheckItem item, Locale language) {
        return texts.getMessage("filing.item." + item.number(), null, language);
    }

    /** The evidence for a result, as a sentence. */
    public String text(CheckResult result, Locale language) {
        return texts.getMessage(
                "filing.check." + result.detail(), result.arguments().toArray(), language);
    }

    private static @Nullable String time(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }
}
