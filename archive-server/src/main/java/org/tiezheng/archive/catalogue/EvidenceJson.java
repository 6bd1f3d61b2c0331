package org.tiezheng.archive.catalogue;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.AuditEntry;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The catalogue in REST: times ISO 8601 with the offset of Beijing, digests in lower-case hex, keys without a value null. */
final class EvidenceJson {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSxxx", Locale.ROOT)
            .withZone(Confirmations.BEIJING);

    private EvidenceJson() {}

    static ObjectNode object() {
        return JsonMapper.shared().createObjectNode();
    }

    static @Nullable String time(@Nullable Instant at) {
        return at == null ? null : TIME.format(at);
    }

    static ObjectNode of(Evidence evidence) {
        ObjectNode json = object();
        json.put("id", evidence.id().toString());
        json.put("number", evidence.number());
        json.put("jobId", evidence.jobId());
        json.put("fileName", evidence.fileName());
        json.put("sha256", evidence.sha256().hex());
        json.put("sm3", evidence.sm3().hex());
        json.put("sizeBytes", evidence.sizeBytes());
        json.put("packageSha256", evidence.packageSha256().hex());
        json.put("packageBytes", evidence.packageBytes());
        json.put("targetUrl", evidence.targetUrl());
        json.put("finalUrl", evidence.finalUrl());
        json.put("title", evidence.title());
        json.put("capturedFrom", time(evidence.capturedFrom()));
        json.put("capturedTo", time(evidence.capturedTo()));
        json.put("sealedAt", time(evidence.sealedAt()));
        json.put("archivedAt", time(evidence.archivedAt()));
        json.put("completeness", evidence.completeness());
        ArrayNode reasons = json.putArray("completenessReasons");
        evidence.completenessReasons().forEach(reasons::add);
        json.put("verdict", evidence.verdict().name());
        json.put("verifiedAt", time(evidence.verifiedAt()));
        json.put("embeddedAuthority", evidence.embeddedAuthority());
        json.put("origin", evidence.origin().name());
        json.put("automatic", evidence.automatic());
        json.put("reviewedAt", time(evidence.reviewedAt()));
        ArrayNode officers = json.putArray("officers");
        for (int i = 0; i < evidence.officerIds().size(); i++) {
            officers.addObject()
                    .put("accountId", evidence.officerIds().get(i))
                    .put("name", evidence.officerNames().get(i));
        }
        json.put("archivedByName", evidence.archivedByName());
        json.put("purpose", evidence.purpose());
        json.put("retainUntil", time(evidence.retainUntil()));
        json.put("clueNo", evidence.clueNo());
        json.put("caseNo", evidence.caseNo());
        json.put("factToProve", evidence.factToProve());
        json.put("shop", evidence.shop());
        json.put("platform", evidence.platform());
        json.put("confirmedAt", time(evidence.confirmedAt()));
        json.put("archivalCode", evidence.archivalCode());
        json.put("held", evidence.held());
        json.put("disposedAt", time(evidence.disposedAt()));
        json.put("disposalId", evidence.disposalId() == null ? null : String.valueOf(evidence.disposalId()));
        return json;
    }

    static ObjectNode of(EvidenceObject object) {
        return object().put("member", object.member())
                .put("sizeBytes", object.sizeBytes())
                .put("sha256", object.sha256())
                .put("sm3", object.sm3())
                .put("key", object.version().key())
                .put("versionId", object.version().versionId());
    }

    static ObjectNode of(EvidenceFile file) {
        return object().put("name", file.name())
                .put("sizeBytes", file.sizeBytes())
                .put("sha256", file.sha256())
                .put("sm3", file.sm3());
    }

    static ObjectNode of(CaseLinks.Link link) {
        return object().put("kind", link.kind().name())
                .put("value", link.value())
                .put(
                        "caseType",
                        link.caseType() == null ? null : link.caseType().name())
                .put("reason", link.reason())
                .put("linkedAt", time(link.linkedAt()))
                .put("linkedByName", link.linkedByName());
    }

    static ObjectNode of(Confirmations.Confirmation confirmation) {
        return object().put("accountId", confirmation.accountId())
                .put("name", confirmation.name())
                .put("unit", confirmation.unit())
                .put("certNo", confirmation.certNo())
                .put("certValidFrom", confirmation.certValidFrom().toString())
                .put("certValidTo", confirmation.certValidTo().toString())
                .put("method", confirmation.method().name())
                .put("confirmedAt", time(confirmation.confirmedAt()));
    }

    static ObjectNode of(CaseLinks.Review review) {
        return object().put("name", review.name())
                .put("note", review.note())
                .put("reviewedAt", time(review.reviewedAt()));
    }

    static ObjectNode of(Verification verification) {
        ObjectNode json = object().put("id", verification.id().toString())
                .put("evidenceId", verification.evidenceId().toString())
                .put("state", verification.state().name())
                .put("requestedByName", verification.requestedByName())
                .put("startedAt", time(verification.startedAt()))
                .put("finishedAt", time(verification.finishedAt()))
                .put("bytesTotal", verification.bytesTotal())
                .put("bytesRead", verification.bytesRead())
                .put("percent", verification.percent())
                .put(
                        "verdict",
                        verification.verdict() == null
                                ? null
                                : verification.verdict().name())
                .put("failure", verification.failure());
        ArrayNode options = json.putArray("options");
        verification.options().forEach(options::add);
        return json;
    }

    static ObjectNode of(Verification.Check check) {
        ObjectNode json = object().put("code", check.code())
                .put("verdict", check.verdict().name())
                .put("subject", check.subject());
        ObjectNode details = json.putObject("details");
        check.details().forEach(details::put);
        return json;
    }

    static ObjectNode of(AuditEntry entry) {
        return object().put("seq", entry.seq())
                .put("at", time(entry.at()))
                .put("actorName", entry.event().actor().name())
                .put("actorRole", entry.event().actor().role())
                .put("certNo", entry.event().actor().certNo())
                .put("action", entry.event().action())
                .put("result", entry.event().result().name())
                .put("reason", entry.event().reason())
                .put("hash", entry.hash());
    }

    static ObjectNode items(Iterable<? extends JsonNode> items) {
        ObjectNode json = object();
        ArrayNode array = json.putArray("items");
        items.forEach(array::add);
        return json;
    }
}
