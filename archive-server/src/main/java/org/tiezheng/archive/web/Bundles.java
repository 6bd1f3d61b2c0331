package org.tiezheng.archive.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.context.support.ResourceBundleMessageSource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The words of the screens: one pair of files {@code messages/<area>_zh_CN.properties} and {@code _en} for each area. A new
 * area needs no registration. Keys begin with their area's name, so that no two areas say different things under one key.
 */
public final class Bundles {
    private static final String SUFFIX = "_zh_CN.properties";

    private Bundles() {}

    /** Areas found on the class path, in alphabetical order. */
    public static Set<String> areas() throws IOException {
        Set<String> areas = new TreeSet<>();
        for (Resource file : new PathMatchingResourcePatternResolver().getResources("classpath*:messages/*" + SUFFIX)) {
            String name = file.getFilename();
            if (name != null) {
                areas.add(name.substring(0, name.length() - SUFFIX.length()));
            }
        }
        return areas;
    }

    /**
     * All areas as one source. Every text is a {@link java.text.MessageFormat}, with arguments or without: an apostrophe is
     * always written twice (or as ’).
     */
    public static ResourceBundleMessageSource source() throws IOException {
        ResourceBundleMessageSource source = new ResourceBundleMessageSource();
        source.setBasenames(areas().stream().map(area -> "messages/" + area).toArray(String[]::new));
        source.setDefaultEncoding(StandardCharsets.UTF_8.name());
        source.setFallbackToSystemLocale(false);
        source.setDefaultLocale(Locale.SIMPLIFIED_CHINESE);
        source.setAlwaysUseMessageFormat(true);
        return source;
    }
}
