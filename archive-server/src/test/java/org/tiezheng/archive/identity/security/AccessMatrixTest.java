package org.tiezheng.archive.identity.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.authorization.method.PreAuthorizeAuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;

/**
 * Every endpoint for every role, against {@code access-matrix.txt}: {@code METHOD PATH LETTERS}, one line each.
 *
 * <p>A new endpoint fails this test until its line is there; the message gives the line the code stands for now. Read
 * it, ask whether that is what the law of {@code domain.md} B5 wants, then add it. Letters: I inspector, S second
 * officer, L legal reviewer, R responsible leader, K archivist, U auditor, Y system administrator, G agent's token,
 * {@code *} anybody, {@code +} anybody signed in, {@code -} nobody.
 */
class AccessMatrixTest extends ServerTest {
    private static final Map<Role, String> LETTERS = Map.of(
            Role.INSPECTOR, "I",
            Role.SECOND_OFFICER, "S",
            Role.LEGAL_REVIEWER, "L",
            Role.RESPONSIBLE_LEADER, "R",
            Role.ARCHIVIST, "K",
            Role.AUDITOR, "U",
            Role.SYSTEM_ADMINISTRATOR, "Y");

    /**
     * What an auditor may send: about his own account, his own bookmarks of searches, and looking harder. Nothing of
     * this changes what is kept or what others see.
     */
    private static final Set<String> AUDITORS_OWN = Set.of(
            "/account",
            "/api/v1/me",
            "/api/v1/tokens",
            "/audit/verify",
            "/api/v1/audit/chain",
            "/evidence/searches",
            "/api/v1/saved-searches",
            // His own work: adds a report about what is.
            "/reports",
            "/api/v1/reports",
            "/preservation/log/registers",
            "/api/v1/log/registers",
            // Asks for an address to look at.
            "/api/v1/evidence/{id}/replay");

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping mappings;

    private final PreAuthorizeAuthorizationManager rules = new PreAuthorizeAuthorizationManager();

    @Test
    void everyEndpointIsOpenToWhomTheTableSaysAndToNobodyElse() throws IOException {
        Map<String, String> expected = table();
        Map<String, String> found = endpoints();
        List<String> wrong = new ArrayList<>();
        found.forEach((endpoint, letters) -> {
            String wanted = expected.get(endpoint);
            if (wanted == null) {
                wrong.add("not in the table: " + endpoint + " " + letters);
            } else if (!wanted.equals(letters)) {
                wrong.add(endpoint + " is open to " + letters + ", the table says " + wanted);
            }
        });
        assertThat(wrong).as(String.join("\n", wrong)).isEmpty();
        Set<String> gone = new TreeSet<>(expected.keySet());
        gone.removeAll(found.keySet());
        assertThat(gone).as("in the table, but no endpoint").isEmpty();
    }

    @Test
    void auditorChangesNothing() {
        List<String> open = new ArrayList<>();
        endpoints().forEach((endpoint, letters) -> {
            String path = endpoint.substring(endpoint.indexOf(' ') + 1);
            boolean reads = endpoint.startsWith("GET ");
            boolean own =
                    AUDITORS_OWN.stream().anyMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"));
            if (letters.contains("U") && !reads && !own) {
                open.add(endpoint);
            }
        });
        assertThat(open).isEmpty();
    }

    @Test
    void systemAdministratorSeesNoEvidence() {
        List<String> open = new ArrayList<>();
        endpoints().forEach((endpoint, letters) -> {
            if (letters.contains("Y") && endpoint.contains("/evidence")) {
                open.add(endpoint);
            }
        });
        assertThat(open).isEmpty();
    }

    private static Map<String, String> table() throws IOException {
        Map<String, String> table = new TreeMap<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                java.util.Objects.requireNonNull(AccessMatrixTest.class.getResourceAsStream("/access-matrix.txt")),
                StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    int last = line.strip().lastIndexOf(' ');
                    String twice = table.put(
                            line.strip().substring(0, last).strip(),
                            line.strip().substring(last + 1));
                    assertThat(twice).as("twice: %s", line).isNull();
                }
            }
        }
        return table;
    }

    private Map<String, String> endpoints() {
        Map<String, String> endpoints = new TreeMap<>();
        for (Map.Entry<RequestMappingInfo, HandlerMethod> mapping :
                mappings.getHandlerMethods().entrySet()) {
            if (!ClosedWithoutRule.isOurs(mapping.getValue())) {
                continue;
            }
            String letters = letters(mapping.getValue());
            Set<String> methods = new TreeSet<>();
            mapping.getKey().getMethodsCondition().getMethods().forEach(method -> methods.add(method.name()));
            for (String method : methods.isEmpty() ? Set.of("ANY") : methods) {
                for (String path : mapping.getKey().getPatternValues()) {
                    endpoints.merge(
                            method + " " + path, letters, (one, other) -> one.equals(other) ? one : one + "/" + other);
                }
            }
        }
        return endpoints;
    }

    private String letters(HandlerMethod method) {
        if (!ClosedWithoutRule.hasRule(method)) {
            return "-";
        }
        if (allowed(
                method,
                new AnonymousAuthenticationToken("k", "a", AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS")))) {
            return "*";
        }
        if (allowed(method, with())) {
            return "+";
        }
        StringBuilder letters = new StringBuilder();
        for (Role role : Role.values()) {
            if (allowed(method, with(role.authority()))) {
                letters.append(LETTERS.get(role));
            }
        }
        if (allowed(method, with(Scope.AGENT.authority()))) {
            letters.append('G');
        }
        return letters.isEmpty() ? "-" : letters.toString();
    }

    private static Authentication with(String... authorities) {
        return UsernamePasswordAuthenticationToken.authenticated(
                "somebody", null, AuthorityUtils.createAuthorityList(authorities));
    }

    private boolean allowed(HandlerMethod handler, Authentication authentication) {
        AuthorizationResult result = rules.authorize(() -> authentication, new Call(handler));
        return result != null && result.isGranted();
    }

    /** The call as the rule sees it, without arguments: a rule that reads them would have to be tested for itself. */
    private record Call(HandlerMethod handler) implements MethodInvocation {
        @Override
        public Method getMethod() {
            return org.springframework.util.ClassUtils.getMostSpecificMethod(
                    handler.getMethod(), handler.getBeanType());
        }

        @Override
        public @Nullable Object[] getArguments() {
            return new @Nullable Object[handler.getMethod().getParameterCount()];
        }

        @Override
        public Object proceed() {
            throw new IllegalStateException("only the rule is asked");
        }

        @Override
        public @Nullable Object getThis() {
            return new Object() {
                @Override
                public String toString() {
                    return handler.getBeanType().getName();
                }
            };
        }

        @Override
        public AccessibleObject getStaticPart() {
            return handler.getMethod();
        }
    }
}
