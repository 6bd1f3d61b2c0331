package org.tiezheng.archive.evidencepage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings {@code tiezheng.evidence-page.*}.
 *
 * @param screenshotCache most bytes of screenshot strips kept on this machine
 * @param verifierJar the one-jar verifier that is offered for download; if null it is looked for beside the server's own jar
 */
@ConfigurationProperties(prefix = "tiezheng.evidence-page", ignoreUnknownFields = false)
public record EvidencePageSettings(
        @DefaultValue("4GB") DataSize screenshotCache,
        @Nullable Path verifierJar) {}
