package org.tiezheng.verifier;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.zip.MemberNames;
import org.tiezheng.verifier.StrictJson.BadJsonException;
import tools.jackson.core.JsonParser;

/**
 * What the verifier needs of a {@code datapackage.json}. Source: WACZ 1.1.1, section 5.2; docs/format.md.
 *
 * @param profile null if there is none
 * @param waczVersion null if there is none
 * @param created null if there is none
 */
record Datapackage(
        @Nullable String profile,
        @Nullable String waczVersion,
        @Nullable String created,
        List<Resource> resources) {

    private static final int MAX_RESOURCES = 1000;

    Datapackage {
        resources = List.copyOf(resources);
    }

    /** A listed file. Paths are legal member names, each listed once. */
    record Resource(String path, Digest hash, @Nullable Digest sm3, long bytes) {}

    /** @throws BadJsonException if it is not JSON, or a resource lacks path, hash or size */
    static Datapackage read(InputStream in) throws BadJsonException {
        Reader reader = new Reader();
        StrictJson.object(in, reader::topLevel);
        if (!reader.hasResources) {
            throw new BadJsonException("resources is missing");
        }
        return new Datapackage(reader.profile, reader.waczVersion, reader.created, reader.resources);
    }

    private static final class Reader {
        private @Nullable String profile;
        private @Nullable String waczVersion;
        private @Nullable String created;
        private boolean hasResources;
        private final List<Resource> resources = new ArrayList<>();
        private final Set<String> paths = new HashSet<>();

        private @Nullable String path;
        private @Nullable Digest hash;
        private @Nullable Digest sm3;
        private long bytes;

        void topLevel(String name, JsonParser json) throws BadJsonException {
            switch (name) {
                case "profile" -> profile = StrictJson.text(json);
                case "wacz_version" -> waczVersion = StrictJson.text(json);
                case "created" -> created = StrictJson.text(json);
                case "resources" -> {
                    hasResources = true;
                    StrictJson.items(json, this::resource);
                }
                default -> StrictJson.skip(json);
            }
        }

        private void resource(JsonParser json) throws BadJsonException {
            path = null;
            hash = null;
            sm3 = null;
            bytes = -1;
            StrictJson.fieldsOf(json, this::resourceField);
            if (path == null || hash == null || bytes < 0) {
                throw new BadJsonException("a resource lacks path, hash or bytes");
            }
            if (!paths.add(path)) {
                throw new BadJsonException(path + " is listed twice");
            }
            if (resources.size() == MAX_RESOURCES) {
                throw new BadJsonException("more than " + MAX_RESOURCES + " resources");
            }
            resources.add(new Resource(path, hash, sm3, bytes));
        }

        private void resourceField(String name, JsonParser json) throws BadJsonException {
            switch (name) {
                case "path" -> {
                    String text = StrictJson.text(json);
                    if (!MemberNames.isLegal(text)) {
                        throw new BadJsonException("a resource path is not a legal member name");
                    }
                    path = text;
                }
                case "hash" -> hash = digest(StrictJson.text(json), Digest.Algorithm.SHA256);
                case "sm3" -> sm3 = digest(StrictJson.text(json), Digest.Algorithm.SM3);
                case "bytes" -> bytes = StrictJson.wholeNumber(json);
                default -> StrictJson.skip(json);
            }
        }
    }

    /** @throws BadJsonException if {@code text} is not {@code <label>:<64 hex digits>} */
    static Digest digest(String text, Digest.Algorithm algorithm) throws BadJsonException {
        String prefix = algorithm.label() + ":";
        String hex = text.startsWith(prefix) ? text.substring(prefix.length()) : "";
        if (!Digest.isTextForm(hex)) {
            throw new BadJsonException("a digest is not " + prefix + "<64 hex digits>");
        }
        return new Digest(algorithm, hex);
    }
}
