package org.tiezheng.archive.identity.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.identity.Scope;

class LimitsTest {
    private long nanos;

    private final Limits limits = new Limits(3, new TimeMeter() {
        @Override
        public long currentTimeNanos() {
            return nanos;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    });

    @Test
    void fourthOfThreeWaitsAndTheBucketFillsAgain() {
        for (int i = 0; i < 3; i++) {
            assertThat(limits.take("a")).isZero();
        }
        assertThat(limits.take("a")).isEqualTo(Duration.ofSeconds(20));
        assertThat(limits.take("b")).as("somebody else").isZero();
        nanos += Duration.ofSeconds(20).toNanos();
        assertThat(limits.look("a")).isZero();
        assertThat(limits.take("a")).isZero();
        assertThat(limits.look("a")).isPositive();
    }

    @Test
    void rememberedKeysAreLimited() {
        for (int i = 0; i < Limits.KEYS + 500; i++) {
            limits.spend("key" + i);
        }
        assertThat(limits.size()).isEqualTo(Limits.KEYS);
    }

    @Test
    void oneHostHasOneKeyHoweverManyAddressesItHas() {
        assertThat(Limits.address("2001:db8::1")).isEqualTo(Limits.address("2001:db8::ffff:ffff:ffff:ffff"));
        assertThat(Limits.address("2001:db8::1")).isNotEqualTo(Limits.address("2001:db8:0:1::1"));
        assertThat(Limits.address("fe80::1%eth0")).isEqualTo(Limits.address("fe80::2"));
        assertThat(Limits.address("192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(Limits.address(null)).isEqualTo("null");
    }

    @Test
    void scopesReachTheirPathsOnly() {
        assertThat(ScopeRules.allow(Set.of(Scope.EVIDENCE_READ), "GET", "/api/v1/evidence/1"))
                .isTrue();
        assertThat(ScopeRules.allow(Set.of(Scope.EVIDENCE_READ), "POST", "/api/v1/evidence/1"))
                .isFalse();
        assertThat(ScopeRules.allow(Set.of(Scope.EVIDENCE_READ), "GET", "/api/v1/evidencex"))
                .isFalse();
        assertThat(ScopeRules.allow(Set.of(Scope.EVIDENCE_WRITE), "GET", "/api/v1/jobs"))
                .isFalse();
        assertThat(ScopeRules.allow(Set.of(Scope.ADMIN), "GET", "/api/v1/evidence"))
                .isFalse();
        assertThat(ScopeRules.allow(Set.of(Scope.ADMIN), "GET", "/api/v1/not-listed"))
                .isTrue();
        assertThat(ScopeRules.allow(Set.of(Scope.CAPTURES_READ), "GET", "/api/v1/not-listed"))
                .isFalse();
        assertThat(ScopeRules.allow(Set.of(Scope.CAPTURES_READ), "GET", "/api/v1/me"))
                .isTrue();
        assertThat(ScopeRules.allow(Set.of(Scope.AGENT), "GET", "/api/v1/me")).isFalse();
        assertThat(ScopeRules.allow(Set.of(Scope.AGENT), "POST", "/api/agent/lease"))
                .isTrue();
        for (Scope scope : Scope.values()) {
            assertThat(ScopeRules.allow(Set.of(scope), "POST", "/api/agent/lease"))
                    .isEqualTo(scope == Scope.AGENT);
        }
    }

    @Test
    void rolesComeFromTheProvidersClaim() {
        var oidc = OidcTestSettings.of("http://127.0.0.1:1", "realm.roles");
        var sign = new ProviderSignIn(oidc, null, null);
        assertThat(sign.roles(Map.of("realm", Map.of("roles", java.util.List.of("inspectors", "other")))))
                .containsExactly(org.tiezheng.archive.identity.Role.INSPECTOR);
        assertThat(sign.roles(Map.of("realm", Map.of("roles", "auditors"))))
                .containsExactly(org.tiezheng.archive.identity.Role.AUDITOR);
        assertThat(sign.roles(Map.of("realm", "inspectors"))).isEmpty();
        assertThat(sign.roles(Map.of())).isEmpty();
    }
}
