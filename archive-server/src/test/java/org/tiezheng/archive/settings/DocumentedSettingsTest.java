package org.tiezheng.archive.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/** docs/configuration.md names every setting there is, under the heading of its component. */
class DocumentedSettingsTest {
    @Test
    void everySettingIsDocumented() throws Exception {
        String document = Files.readString(Path.of("../docs/configuration.md"));
        ClassPathScanningCandidateComponentProvider scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
        List<String> missing = new ArrayList<>();
        Set<String> components = new TreeSet<>();
        for (BeanDefinition found : scanner.findCandidateComponents("org.tiezheng.archive")) {
            Class<?> type = Class.forName(found.getBeanClassName());
            if (type.getName().contains("Test")) {
                continue;
            }
            String prefix = type.getAnnotation(ConfigurationProperties.class).prefix();
            components.add(prefix);
            check(document, prefix, type, missing);
        }
        assertThat(components).contains("tiezheng.database", "tiezheng.operations", "tiezheng.jobs");
        assertThat(missing).isEmpty();
    }

    private static void check(String document, String prefix, Class<?> type, List<String> missing) {
        int begin = document.indexOf("# " + prefix + "\n");
        if (begin < 0) {
            missing.add("heading " + prefix);
            return;
        }
        int end = document.indexOf("\n## ", begin + 1);
        String section = document.substring(begin, end < 0 ? document.length() : end);
        for (RecordComponent component : type.getRecordComponents()) {
            String name = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (component.getType().isRecord() && component.getType().getName().startsWith("org.tiezheng")) {
                check(document, prefix + "." + name, component.getType(), missing);
            } else if (!section.contains("`" + name + "`") && !section.contains("`" + name + ".")) {
                missing.add(prefix + "." + name);
            }
        }
    }
}
