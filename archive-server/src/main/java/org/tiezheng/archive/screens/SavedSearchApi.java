package org.tiezheng.archive.screens;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;

/** Saved searches over REST. */
@RestController
@RequestMapping("/api/v1/saved-searches")
class SavedSearchApi {
    private final SavedSearches searches;

    SavedSearchApi(SavedSearches searches) {
        this.searches = searches;
    }

    /** @param conditions by name, as the parameters of {@code GET /evidence} */
    record NewSearch(@Nullable String name, @Nullable Map<String, String> conditions, boolean shared) {}

    @GetMapping
    @PreAuthorize(Access.VIEW_EVIDENCE)
    List<SavedSearch> list() {
        return searches.visibleTo(CurrentActor.get().id());
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.VIEW_EVIDENCE)
    SavedSearch save(@RequestBody NewSearch search) {
        String name = search.name() == null ? "" : search.name();
        Map<String, String> conditions = search.conditions() == null ? Map.of() : search.conditions();
        return searches.save(CurrentActor.get(), name, EvidenceFilter.parse(conditions), search.shared());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.VIEW_EVIDENCE)
    void delete(@PathVariable long id) {
        searches.delete(CurrentActor.get(), id);
    }
}
