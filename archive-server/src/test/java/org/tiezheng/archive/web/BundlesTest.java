package org.tiezheng.archive.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

class BundlesTest {
    @Test
    void bothLanguagesOfEveryAreaHaveTheSameKeys() throws IOException {
        assertThat(Bundles.areas()).contains("common", "ui");
        for (String area : Bundles.areas()) {
            assertThat(new TreeSet<>(load(area, "en").stringPropertyNames()))
                    .as("keys of messages/%s_en.properties", area)
                    .isEqualTo(new TreeSet<>(load(area, "zh_CN").stringPropertyNames()));
        }
    }

    @Test
    void everyTextIsAMessageFormatWithTheSameArgumentsInBothLanguages() throws IOException {
        for (String area : Bundles.areas()) {
            Properties chinese = load(area, "zh_CN");
            Properties english = load(area, "en");
            for (String key : chinese.stringPropertyNames()) {
                assertThat(chinese.getProperty(key)).as(key).isNotBlank();
                assertThat(arguments(english.getProperty(key, "")))
                        .as("arguments of %s", key)
                        .isEqualTo(arguments(chinese.getProperty(key)));
                // An apostrophe that is not doubled swallows what follows it.
                assertThat(english.getProperty(key, "").replace("''", ""))
                        .as(key)
                        .doesNotContain("'");
                assertThat(new MessageFormat(chinese.getProperty(key), Locale.ROOT).toPattern())
                        .as(key)
                        .isNotNull();
            }
        }
    }

    @Test
    void noTwoAreasHaveTheSameKey() throws IOException {
        Set<String> seen = new TreeSet<>();
        List<String> twice = new ArrayList<>();
        for (String area : Bundles.areas()) {
            for (String key : load(area, "en").stringPropertyNames()) {
                if (!seen.add(key)) {
                    twice.add(key);
                }
            }
        }
        assertThat(twice).isEmpty();
    }

    /** Keys put together from a variable are not found here; the crawler of the screens finds those. */
    @Test
    void templatesUseOnlyKeysThatExist() throws IOException {
        Set<String> known = new TreeSet<>();
        for (String area : Bundles.areas()) {
            known.addAll(load(area, "en").stringPropertyNames());
        }
        Pattern use = Pattern.compile("#\\{([A-Za-z0-9._-]+)[(}]");
        List<String> unknown = new ArrayList<>();
        Resource[] templates = new PathMatchingResourcePatternResolver().getResources("classpath*:templates/**/*.html");
        assertThat(templates).isNotEmpty();
        for (Resource template : templates) {
            Matcher matcher = use.matcher(template.getContentAsString(StandardCharsets.UTF_8));
            while (matcher.find()) {
                if (!known.contains(matcher.group(1)) && !matcher.group(1).startsWith("area.")) {
                    unknown.add(template.getFilename() + ": " + matcher.group(1));
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    private static Set<String> arguments(String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = Pattern.compile("\\{(\\d+)").matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    private static Properties load(String area, String language) throws IOException {
        Properties properties = new Properties();
        try (Reader in = new InputStreamReader(
                new ClassPathResource("messages/" + area + "_" + language + ".properties").getInputStream(),
                StandardCharsets.UTF_8)) {
            properties.load(in);
        }
        return properties;
    }
}
