package org.tiezheng.archive.operations;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;

/** Health checks, open to load balancers without signing in. */
@Configuration(proxyBeanMethods = false)
class OperationsConfiguration {
    @Bean
    @Order(1)
    SecurityFilterChain healthSecurity(HttpSecurity http) {
        return http.securityMatcher("/health")
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(csrf -> csrf.disable())
                .build();
    }
}
