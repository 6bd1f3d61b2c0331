package org.tiezheng.archive.filing;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckResult;
import org.tiezheng.archive.filing.check.CheckRun;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How filing looks in JSON. */
final class FilingJson {
    private FilingJson() {}

    static ObjectNode object() {
        return JsonMapper.shared().createObjectNode();
    }

    static ObjectNode items(List<ObjectNode> items) {
        ObjectNode json = object();
        ArrayNode array = json.putArray("items");
        items.forEach(array::add);
        return json;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    static ObjectNode of(FondsRule rule) {
        ObjectNode json = object();
        json.put("no", rule.no());
        json.put("setting", rule.id());
        json.put("name", rule.name());
        json.put("unit", rule.unit());
        json.put("itemPattern", rule.itemPattern().toString());
        json.put("volumePattern", rule.volumePattern().toString());
        codes(json.putObject("categories"), rule.categories());
        codes(json.putObject("organisations"), rule.organisations());
        json.put("madeAt", rule.madeAt().toString());
        json.put("madeByName", rule.madeByName());
        return json;
    }

    private static void codes(ObjectNode json, Map<String, String> codes) {
        codes.forEach(json::put);
    }

    static ObjectNode of(Filed filed) {
        ObjectNode json = object();
        json.put("evidenceId", filed.evidenceId().toString());
        json.put("archivalCode", filed.archivalCode());
        json.put("fonds", filed.fondsNo());
        json.put("setting", filed.ruleId());
        json.put("itemNo", filed.itemNo());
        json.put("volumeId", text(filed.volumeId()));
        json.put("volumeCode", filed.volumeCode());
        json.put("caseNo", filed.caseNo());
        json.put("retentionClass", filed.retentionClass());
        json.put("origin", filed.origin().name());
        json.put("checkId", text(filed.runId()));
        json.put("reason", filed.reason());
        json.put("reportSha256", filed.reportSha256());
        json.put("filedAt", filed.filedAt().toString());
        json.put("filedByName", filed.filedByName());
        ObjectNode metadata = json.putObject("metadata");
        Filing.elements(filed).forEach(metadata::put);
        return json;
    }

    static ObjectNode of(Volume volume) {
        ObjectNode json = object();
        json.put("id", volume.id().toString());
        json.put("archivalCode", volume.archivalCode());
        json.put("fonds", volume.fondsNo());
        json.put("volumeNo", volume.volumeNo());
        json.put("caseNo", volume.caseNo());
        json.put("retentionClass", volume.retentionClass());
        json.put("category", volume.category());
        json.put("organisation", volume.organisation());
        json.put("year", volume.year());
        json.put("items", volume.items());
        json.put("origin", volume.origin().name());
        json.put("openedAt", volume.openedAt().toString());
        json.put("openedByName", volume.openedByName());
        return json;
    }

    static ObjectNode of(FilingTask task) {
        ObjectNode json = object();
        json.put("id", task.id().toString());
        json.put("kind", task.kind().name());
        json.put("state", task.state().name());
        json.put("title", task.title());
        json.put("done", task.done());
        json.put("total", task.total());
        json.put("doneBytes", task.doneBytes());
        json.put("totalBytes", task.totalBytes());
        json.put("percent", task.percent());
        json.put("failure", task.failure());
        json.put("cancelledByName", task.cancelledByName());
        json.put("requestedByName", task.requestedBy().name());
        json.put("createdAt", task.createdAt().toString());
        Instant finished = task.finishedAt();
        json.put("finishedAt", text(finished));
        return json;
    }

    static ObjectNode of(FilingItem item) {
        ObjectNode json = object();
        json.put("position", item.position());
        json.put("evidenceId", item.evidenceId().toString());
        json.put("state", item.state().name());
        json.put("reason", item.reason());
        json.put("checkId", text(item.runId()));
        json.put("uploadId", text(item.uploadId()));
        json.put("sizeBytes", item.sizeBytes());
        json.put("sha256", item.sha256());
        json.put("sha512", item.sha512());
        return json;
    }

    static ObjectNode of(FilingDesk.Preview row) {
        ObjectNode json = object();
        json.put("evidenceId", row.evidence().id().toString());
        json.put("refusal", text(row.refusal()));
        Filing.Proposal proposal = row.proposal();
        if (proposal != null) {
            json.put("codeBegins", proposal.codeBegins());
            json.put("title", proposal.title());
            json.put("responsible", proposal.responsible());
            json.put("documentDate", proposal.documentDate().toString());
            json.put("retentionClass", proposal.retention().classId());
            json.put("caseNo", proposal.caseNo());
            json.put("year", proposal.year());
        }
        return json;
    }

    static ObjectNode of(CheckRun run, CheckReport texts, @Nullable String outcome, Locale locale) {
        ObjectNode json = object();
        json.put("id", run.id().toString());
        json.put("evidenceId", run.evidenceId().toString());
        json.put("profile", run.profile().name());
        json.put("ruleVersion", run.ruleVersion());
        json.put("state", run.state().name());
        json.put("outcome", outcome);
        json.put("operatorName", run.operatorName());
        json.put("startedAt", run.startedAt().toString());
        json.put("finishedAt", text(run.finishedAt()));
        json.put("failure", run.failure());
        ArrayNode items = json.putArray("items");
        for (CheckResult result : run.results()) {
            ObjectNode one = items.addObject();
            one.put("code", result.item().code(run.profile()));
            one.put("name", texts.name(result.item(), locale));
            one.put("blocks", result.item().blocks());
            one.put("result", result.result().name());
            one.put("detail", result.detail());
            ArrayNode arguments = one.putArray("arguments");
            result.arguments().forEach(arguments::add);
            one.put("text", texts.text(result, locale));
            run.answers().stream()
                    .filter(answer -> answer.item() == result.item())
                    .findFirst()
                    .ifPresent(answer -> {
                        ObjectNode said = one.putObject("answer");
                        said.put("result", answer.result().name());
                        said.put("note", answer.note());
                        said.put("byName", answer.answeredByName());
                        said.put("at", answer.answeredAt().toString());
                    });
        }
        return json;
    }

    static ObjectNode of(FilingFigures.Now now) {
        ObjectNode json = object();
        json.put("fonds", now.fonds());
        json.put("volumes", now.volumes());
        json.put("filed", now.filed());
        json.put("waiting", now.waiting());
        json.put("open", now.open());
        json.put("blocked", now.blocked());
        json.put("lastFiledAt", text(now.lastFiledAt()));
        return json;
    }

    static UUID id(@Nullable String text, String field) {
        try {
            return UUID.fromString(String.valueOf(text));
        } catch (IllegalArgumentException bad) {
            throw org.tiezheng.archive.web.Problem.invalid(field, "invalid");
        }
    }
}
