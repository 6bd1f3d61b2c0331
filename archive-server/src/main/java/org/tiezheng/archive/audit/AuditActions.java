package org.tiezheng.archive.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;

/**
 * Codes of all actions that can stand in the audit log. Their words are {@code audit.action.<code>} of the bundle {@code audit}; the
 * log itself, its exports and the REST interface have the codes, which never change their meaning.
 */
public final class AuditActions {
    /** Before the code, in the bundle. */
    public static final String KEY = "audit.action.";

    private static final String BUNDLE = "/messages/audit_en.properties";

    private AuditActions() {}

    /** In alphabetical order, as the bundle that every server carries lists them. */
    public static List<String> codes() {
        Properties words = new Properties();
        try (InputStream in = AuditActions.class.getResourceAsStream(BUNDLE)) {
            if (in == null) {
                throw new IllegalStateException("no " + BUNDLE + " in this build");
            }
            words.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + BUNDLE, e);
        }
        return words.stringPropertyNames().stream()
                .filter(key -> key.startsWith(KEY))
                .map(key -> key.substring(KEY.length()))
                .sorted()
                .toList();
    }
}
