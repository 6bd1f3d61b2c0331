package org.tiezheng.archive.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Stops the start when a setting below {@code tiezheng.} belongs to no component: a misspelt setting would otherwise mean its
 * default. The settings of a component itself are checked by its record ({@code ignoreUnknownFields = false}).
 *
 * <p>Environment variables and JVM properties are not looked at: others' names may begin with TIEZHENG_ too.
 */
final class SettingsCheck implements BeanFactoryPostProcessor {
    private static final String OURS = "tiezheng.";
    /** Settings of no component. */
    private static final Set<String> SINGLE = Set.of("tiezheng.data");

    private final ConfigurableEnvironment environment;

    SettingsCheck(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        Set<String> known = new TreeSet<>();
        List<String> ours = new ArrayList<>();
        for (String bean : beans.getBeanNamesForAnnotation(ConfigurationProperties.class)) {
            ConfigurationProperties properties = beans.findAnnotationOnBean(bean, ConfigurationProperties.class);
            if (properties != null && properties.prefix().startsWith(OURS)) {
                known.add(properties.prefix());
                ours.add(bean);
            }
        }
        List<String> unknown = new ArrayList<>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> listed
                    && !source.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)
                    && !source.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)) {
                for (String name : listed.getPropertyNames()) {
                    if (name.startsWith(OURS)
                            && !SINGLE.contains(name)
                            && known.stream().noneMatch(prefix -> name.startsWith(prefix + "."))) {
                        Origin origin = OriginLookup.getOrigin(source, name);
                        unknown.add(name + (origin == null ? "" : " (" + origin + ")"));
                    }
                }
            }
        }
        if (!unknown.isEmpty()) {
            throw new UnknownSettingException(
                    "unknown: " + String.join(", ", unknown) + ". Settings begin with " + String.join(", ", known));
        }
        // All are read now: a wrong one stops the start before a database is made.
        ours.forEach(beans::getBean);
    }
}
