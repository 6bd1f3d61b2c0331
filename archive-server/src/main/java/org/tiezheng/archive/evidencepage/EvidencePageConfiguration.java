package org.tiezheng.archive.evidencepage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.tiezheng.archive.Main;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceFiles;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.catalogue.VerifyNow;
import org.tiezheng.archive.evidencepage.screenshot.ScreenshotCache;
import org.tiezheng.archive.replay.ReplayContent;
import org.tiezheng.archive.settings.ArchiveFolder;

/** Builds the evidence page. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EvidencePageSettings.class)
class EvidencePageConfiguration {
    @Bean
    Captures captures(EvidenceCatalogue catalogue, EvidenceFiles files) {
        return new Captures(catalogue, files);
    }

    @Bean
    OpenedEvidence openedEvidence(
            EvidenceAccess access,
            EvidenceCatalogue catalogue,
            Captures captures,
            VerifyNow verifications,
            MessageSource messages) {
        return new OpenedEvidence(access, catalogue, captures, verifications, messages);
    }

    @Bean
    ScreenshotCache screenshotCache(ArchiveFolder folder, EvidencePageSettings settings, Clock clock)
            throws IOException {
        return new ScreenshotCache(
                folder.folder("screenshot-strips"), settings.screenshotCache().toBytes(), clock);
    }

    @Bean
    ReplayContent replayContent(Captures captures) {
        return new ReplayContent() {
            @Override
            public OptionalLong sizeOf(UUID evidence) {
                try {
                    return OptionalLong.of(captures.waczBytes(evidence));
                } catch (IOException gone) {
                    return OptionalLong.empty();
                }
            }

            @Override
            public InputStream open(UUID evidence, long offset, long length) throws IOException {
                return captures.openWacz(evidence, offset, length);
            }
        };
    }

    @Bean
    OwnMachine ownMachine(EvidencePageSettings settings, Trust trust) {
        return new OwnMachine(settings.verifierJar() == null ? besideUs() : settings.verifierJar(), trust);
    }

    /** {@code tiezheng-verifier.jar} where a release or a build has it; null if neither is there. */
    private static @Nullable Path besideUs() {
        try {
            Path own = Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path folder = own.getParent();
            if (folder == null) {
                return null;
            }
            // archive-server/target/x.jar or archive-server/target/classes: the build's own is two folders up.
            for (Path candidate : new Path[] {
                folder.resolve("tiezheng-verifier.jar"),
                folder.resolve("lib/tiezheng-verifier.jar"),
                folder.resolve("../../verifier/target/tiezheng-verifier.jar").normalize()
            }) {
                if (Files.isRegularFile(candidate)) {
                    return candidate;
                }
            }
            return null;
        } catch (java.net.URISyntaxException | java.nio.file.FileSystemNotFoundException | SecurityException unknown) {
            return null;
        }
    }
}
