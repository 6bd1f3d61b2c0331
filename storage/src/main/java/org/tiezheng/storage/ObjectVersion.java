package org.tiezheng.storage;

import java.util.regex.Pattern;

/**
 * Names one version, and so one sequence of bytes, for ever.
 *
 * @param key see {@link ObjectKeys}
 * @param versionId as the store gave it: 1 to 1024 printable ASCII characters without space
 */
public record ObjectVersion(String key, String versionId) {
    private static final Pattern VERSION_ID = Pattern.compile("[!-~]{1,1024}");

    /** @throws IllegalArgumentException if a value is not of its form */
    public ObjectVersion {
        ObjectKeys.checkKey(key);
        if (!VERSION_ID.matcher(versionId).matches()) {
            throw new IllegalArgumentException("not a version id: \"" + versionId + "\"");
        }
    }

    /** {@code key@versionId}, for messages. */
    @Override
    public String toString() {
        return key + "@" + versionId;
    }
}
