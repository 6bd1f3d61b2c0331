package org.tiezheng.archive.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The menu: what a role can reach, in the order of the day's work. In templates {@code @navigation}. A page nobody serves is
 * not offered. The menu is a convenience and protects nothing; every page checks the role itself.
 */
public final class Navigation {
    private static final String OFFICERS = "INSPECTOR SECOND_OFFICER";
    private static final String READERS = OFFICERS + " LEGAL_REVIEWER RESPONSIBLE_LEADER ARCHIVIST AUDITOR";
    private static final String EVERYONE = READERS + " SYSTEM_ADMINISTRATOR";
    private static final String KEEPERS = "ARCHIVIST AUDITOR SYSTEM_ADMINISTRATOR";

    /** In the order shown. */
    private static final List<String> SECTIONS = List.of("work", "archive", "keeping", "operation");

    /** Section, path, roles. Labels are {@code nav.<section>} and {@code nav<path with dots>}. */
    private static final List<Entry> ALL = List.of(
            entry("work", "/", EVERYONE),
            entry("work", "/captures/new", OFFICERS),
            entry("work", "/captures", OFFICERS + " AUDITOR"),
            entry("work", "/batches", OFFICERS + " AUDITOR"),
            entry("work", "/schedules", OFFICERS + " AUDITOR"),
            entry("archive", "/evidence", READERS),
            entry("archive", "/confirmations", OFFICERS),
            entry("archive", "/quarantine", "INSPECTOR ARCHIVIST AUDITOR"),
            entry("archive", "/orphans", "INSPECTOR ARCHIVIST AUDITOR"),
            entry("keeping", "/preservation", KEEPERS),
            entry("keeping", "/retention", "RESPONSIBLE_LEADER ARCHIVIST AUDITOR"),
            entry("keeping", "/holds", "RESPONSIBLE_LEADER ARCHIVIST AUDITOR"),
            entry("keeping", "/appraisals", "RESPONSIBLE_LEADER ARCHIVIST AUDITOR"),
            entry("keeping", "/disposals", "RESPONSIBLE_LEADER ARCHIVIST AUDITOR"),
            entry("keeping", "/filing", "ARCHIVIST AUDITOR RESPONSIBLE_LEADER"),
            entry("keeping", "/preservation/log", KEEPERS),
            entry("keeping", "/records", KEEPERS),
            entry("keeping", "/reports", "ARCHIVIST AUDITOR"),
            entry("keeping", "/findings", "RESPONSIBLE_LEADER " + KEEPERS),
            entry("keeping", "/fixity", KEEPERS + " RESPONSIBLE_LEADER"),
            entry("operation", "/agents", "SYSTEM_ADMINISTRATOR ARCHIVIST AUDITOR"),
            entry("operation", "/stores", "SYSTEM_ADMINISTRATOR ARCHIVIST AUDITOR"),
            entry("operation", "/status", "SYSTEM_ADMINISTRATOR ARCHIVIST AUDITOR"),
            entry("operation", "/audit", "AUDITOR"),
            entry("operation", "/users", "SYSTEM_ADMINISTRATOR AUDITOR"),
            entry("operation", "/ui", "SYSTEM_ADMINISTRATOR"));

    private final Supplier<Set<String>> servedPaths;

    /** @param servedPaths paths of all pages that exist; asked when a page is shown, not before */
    public Navigation(Supplier<Set<String>> servedPaths) {
        this.servedPaths = servedPaths;
    }

    /** @param current whether it is the page being shown, or the nearest above it */
    public record Item(String path, String label, boolean current) {}

    public record Section(String label, List<Item> items) {}

    private record Entry(String section, String path, Set<String> roles) {}

    /** Every path of the menu, for the test that each is served. */
    static List<String> allPaths() {
        return ALL.stream().map(Entry::path).toList();
    }

    /** Menu of whoever asks; empty without a sign-in. */
    public List<Section> sections() {
        Set<String> roles = roles();
        Set<String> served = servedPaths.get();
        List<Entry> shown = ALL.stream()
                .filter(entry ->
                        served.contains(entry.path) && entry.roles.stream().anyMatch(roles::contains))
                .toList();
        String current = nearest(shown, path());
        List<Section> sections = new ArrayList<>();
        for (String section : SECTIONS) {
            List<Item> items = shown.stream()
                    .filter(entry -> entry.section.equals(section))
                    .map(entry -> new Item(entry.path, label(entry.path), entry.path.equals(current)))
                    .toList();
            if (!items.isEmpty()) {
                sections.add(new Section("nav." + section, items));
            }
        }
        return sections;
    }

    public boolean isSignedIn() {
        return !roles().isEmpty();
    }

    public boolean hasRole(String role) {
        return roles().contains(role);
    }

    /** Whether a page at {@code path} exists, for links between areas. */
    public boolean isServed(String path) {
        return servedPaths.get().contains(path);
    }

    /** Whether the menu offers {@code path} to whoever asks: what is not offered is not linked to. */
    public boolean isOffered(String path) {
        Set<String> roles = roles();
        return servedPaths.get().contains(path)
                && ALL.stream()
                        .anyMatch(entry ->
                                entry.path.equals(path) && entry.roles.stream().anyMatch(roles::contains));
    }

    /** Name shown at the top; what {@link Authentication#getName()} says, unless the principal is a {@link Person}. */
    public String userName() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication == null) {
            return "";
        }
        return authentication.getPrincipal() instanceof Person person ? person.displayName() : authentication.getName();
    }

    /** Keys of the roles of whoever asks, {@code nav.role.INSPECTOR}. */
    public List<String> roleLabels() {
        return roles().stream().sorted().map(role -> "nav.role." + role).toList();
    }

    /** A principal that has a name to show. */
    public interface Person {
        String displayName();
    }

    private static Set<String> roles() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication == null) {
            return Set.of();
        }
        return authentication.getAuthorities().stream()
                .map(GrantedAuthority::getAuthority)
                .filter(authority -> authority != null && authority.startsWith("ROLE_"))
                .map(authority -> authority.substring("ROLE_".length()))
                .filter(role -> !role.equals("ANONYMOUS"))
                .collect(Collectors.toSet());
    }

    private static String path() {
        if (!(RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)) {
            return "";
        }
        HttpServletRequest request = attributes.getRequest();
        return request.getRequestURI().substring(request.getContextPath().length());
    }

    private static String nearest(List<Entry> entries, String path) {
        String best = "";
        for (Entry entry : entries) {
            boolean covers = path.equals(entry.path) || (!entry.path.equals("/") && path.startsWith(entry.path + "/"));
            if (covers && entry.path.length() > best.length()) {
                best = entry.path;
            }
        }
        return best;
    }

    private static String label(String path) {
        return path.equals("/") ? "nav.home" : "nav" + path.replace('/', '.');
    }

    private static Entry entry(String section, String path, String roles) {
        return new Entry(section, path, Arrays.stream(roles.split(" ")).collect(Collectors.toUnmodifiableSet()));
    }
}
