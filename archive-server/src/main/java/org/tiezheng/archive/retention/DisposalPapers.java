package org.tiezheng.archive.retention;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.web.Format;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * List (清册) and certificate (销毁证明) of a disposal: JSON without blanks, keys in one order, the same bytes from the same facts.
 * The format is in docs/retention.md.
 */
final class DisposalPapers {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private DisposalPapers() {}

    /** One piece of evidence as the list names it. */
    record Listed(
            String evidenceId,
            long number,
            @Nullable String archivalCode,
            @Nullable String title,
            @Nullable String caseNo,
            Instant capturedAt,
            String sha256,
            String sm3,
            long packageBytes,
            int objects,
            String classId,
            String ruleId,
            @Nullable String approvalDoc,
            Instant periodEndedAt,
            String appraisedBy,
            Instant appraisedAt,
            String opinion) {}

    static String list(
            String id,
            List<Listed> items,
            String opinion,
            String method,
            List<String> supervisors,
            String proposedBy,
            Instant proposedAt) {
        ObjectNode list = JSON.createObjectNode();
        list.put("v", 1).put("type", "tiezheng-disposal-list").put("id", id);
        list.put("proposedBy", proposedBy).put("proposedAt", time(proposedAt));
        list.put("opinion", opinion).put("method", method);
        ArrayNode names = list.putArray("supervisors");
        supervisors.forEach(names::add);
        ArrayNode array = list.putArray("items");
        for (Listed item : items) {
            array.addObject()
                    .put("evidenceId", item.evidenceId())
                    .put("number", item.number())
                    .put("archivalCode", item.archivalCode())
                    .put("title", item.title())
                    .put("caseNo", item.caseNo())
                    .put("capturedAt", time(item.capturedAt()))
                    .put("sha256", item.sha256())
                    .put("sm3", item.sm3())
                    .put("packageBytes", item.packageBytes())
                    .put("objects", item.objects())
                    .put("classId", item.classId())
                    .put("ruleId", item.ruleId())
                    .put("approvalDoc", item.approvalDoc())
                    .put("periodEndedAt", time(item.periodEndedAt()))
                    .put("appraisedBy", item.appraisedBy())
                    .put("appraisedAt", time(item.appraisedAt()))
                    .put("opinion", item.opinion());
        }
        return list.toString();
    }

    /** An object of the evidence; {@code result} is DELETED or SHARED. */
    record Gone(
            String member,
            String sha256,
            long sizeBytes,
            String result,
            @Nullable Integer versions) {}

    /** What became of one piece of evidence; objects only if it was destroyed. */
    record Result(
            String evidenceId,
            long number,
            String sha256,
            String state,
            @Nullable String why,
            Instant at,
            List<Gone> objects) {
        Result {
            objects = List.copyOf(objects);
        }
    }

    static String certificate(Disposal disposal, List<String> stores, List<Result> results, Instant at) {
        ObjectNode paper = JSON.createObjectNode();
        paper.put("v", 1).put("type", "tiezheng-disposal-certificate");
        paper.put("id", disposal.id().toString()).put("number", disposal.number());
        paper.put("listSha256", disposal.listSha256());
        paper.put("opinion", disposal.opinion()).put("method", disposal.method());
        ArrayNode names = paper.putArray("supervisors");
        disposal.supervisors().forEach(names::add);
        paper.put("proposedBy", disposal.proposedByName()).put("proposedAt", time(disposal.proposedAt()));
        paper.put("approvedBy", disposal.approvedByName())
                .put("approvedAt", timeOrNull(disposal.approvedAt()))
                .put("approval", disposal.approvalId().toString());
        paper.put("startedAt", timeOrNull(disposal.startedAt())).put("completedAt", time(at));
        ArrayNode places = paper.putArray("stores");
        stores.forEach(places::add);
        paper.put(
                "destroyed",
                results.stream()
                        .filter(result -> result.state().equals("DELETED"))
                        .count());
        paper.put("listed", results.size());
        ArrayNode array = paper.putArray("items");
        for (Result result : results) {
            ObjectNode item = array.addObject()
                    .put("evidenceId", result.evidenceId())
                    .put("number", result.number())
                    .put("sha256", result.sha256())
                    .put("state", result.state())
                    .put("why", result.why())
                    .put("at", time(result.at()));
            ArrayNode objects = item.putArray("objects");
            result.objects()
                    .forEach(object -> objects.addObject()
                            .put("member", object.member())
                            .put("sha256", object.sha256())
                            .put("size", object.sizeBytes())
                            .put("result", object.result())
                            .put("versions", object.versions()));
        }
        return paper.toString();
    }

    static byte[] bytes(String paper) {
        return paper.getBytes(StandardCharsets.UTF_8);
    }

    static String sha256(String paper) {
        return Digest.of(Digest.Algorithm.SHA256, bytes(paper)).hex();
    }

    private static String time(Instant at) {
        return at.atZone(Format.BEIJING).toOffsetDateTime().withNano(0).toString();
    }

    private static @Nullable String timeOrNull(@Nullable Instant at) {
        return at == null ? null : time(at);
    }
}
