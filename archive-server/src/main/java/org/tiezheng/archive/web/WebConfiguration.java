package org.tiezheng.archive.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.tiezheng.archive.database.SharedSecrets;
import org.tiezheng.archive.web.sse.EventStreams;
import tools.jackson.databind.ObjectMapper;

/** Beans of what all screens share. */
@Configuration
class WebConfiguration implements WebMvcConfigurer {
    private final Languages languages = new Languages();

    @Bean
    MessageSource messageSource() throws IOException {
        return Bundles.source();
    }

    @Bean
    Languages localeResolver() {
        return languages;
    }

    @Bean
    Format fmt() {
        return new Format();
    }

    @Bean
    Navigation navigation(ObjectProvider<RequestMappingHandlerMapping> mappings) {
        return new Navigation(new Supplier<>() {
            private Set<String> paths = Set.of();

            @Override
            public Set<String> get() {
                if (paths.isEmpty()) {
                    paths = mappings.stream()
                            .flatMap(mapping -> mapping.getHandlerMethods().keySet().stream())
                            .flatMap(info -> info.getPatternValues().stream())
                            .collect(Collectors.toUnmodifiableSet());
                }
                return paths;
            }
        });
    }

    @Bean
    ProblemWriter problemWriter(MessageSource messages, ObjectMapper json) {
        return new ProblemWriter(messages, json);
    }

    /** Any server on the database can go on where another one ended. */
    @Bean
    Cursor cursors(SharedSecrets secrets) throws IOException {
        return new Cursor(secrets.get("cursor").getBytes(StandardCharsets.US_ASCII));
    }

    @Bean(destroyMethod = "close")
    EventStreams eventStreams() {
        return new EventStreams();
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(languages);
    }

    /** Asked for again every time, answered with 304: after an update nobody runs yesterday's script. */
    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/assets/**")
                .addResourceLocations("classpath:/static/assets/")
                .setCacheControl(CacheControl.noCache());
        registry.addResourceHandler("/vendor/**")
                .addResourceLocations("classpath:/static/vendor/")
                .setCacheControl(CacheControl.noCache());
    }
}
