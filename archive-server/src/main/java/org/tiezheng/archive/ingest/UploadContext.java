package org.tiezheng.archive.ingest;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.NewEvidence;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is known of a package beside what it says itself: from its job, or from the person who brings it. Texts as in {@code
 * CaptureContext} of the jobs.
 *
 * @param officerIds accounts that had a part in the capture, in the order of {@code officerNames}
 * @param automatic made by a batch or schedule
 */
public record UploadContext(
        @Nullable String clueNo,
        @Nullable String caseNo,
        @Nullable String purpose,
        @Nullable String factToProve,
        @Nullable String shop,
        @Nullable String platform,
        List<String> officerIds,
        List<String> officerNames,
        boolean automatic) {
    public static final UploadContext NONE =
            new UploadContext(null, null, null, null, null, null, List.of(), List.of(), false);

    public UploadContext {
        officerIds = List.copyOf(officerIds);
        officerNames = List.copyOf(officerNames);
        if (officerIds.size() != officerNames.size()) {
            throw new IllegalArgumentException("officers without names");
        }
    }

    NewEvidence.InitialLinks links() {
        return new NewEvidence.InitialLinks(clueNo, caseNo, factToProve, shop, platform);
    }

    String toJson() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("clueNo", clueNo);
        json.put("caseNo", caseNo);
        json.put("purpose", purpose);
        json.put("factToProve", factToProve);
        json.put("shop", shop);
        json.put("platform", platform);
        json.put("automatic", automatic);
        ArrayNode ids = json.putArray("officerIds");
        officerIds.forEach(ids::add);
        ArrayNode names = json.putArray("officerNames");
        officerNames.forEach(names::add);
        return json.toString();
    }

    /** Reads what {@link #toJson} wrote. */
    static UploadContext ofJson(String text) {
        JsonNode json = JsonMapper.shared().readTree(text);
        return new UploadContext(
                text(json, "clueNo"),
                text(json, "caseNo"),
                text(json, "purpose"),
                text(json, "factToProve"),
                text(json, "shop"),
                text(json, "platform"),
                texts(json, "officerIds"),
                texts(json, "officerNames"),
                json.path("automatic").asBoolean(false));
    }

    private static @Nullable String text(JsonNode json, String key) {
        JsonNode value = json.path(key);
        return value.isString() ? value.asString() : null;
    }

    private static List<String> texts(JsonNode json, String key) {
        List<String> texts = new ArrayList<>();
        json.path(key).forEach(value -> texts.add(value.asString()));
        return texts;
    }
}
