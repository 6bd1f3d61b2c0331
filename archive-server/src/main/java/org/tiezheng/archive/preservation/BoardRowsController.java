package org.tiezheng.archive.preservation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.util.UriComponentsBuilder;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.web.Cursor;

/** Lists behind the figures of the board, as pages and over REST. What is filtered stands in the address. */
@Controller
@PreAuthorize(Access.VIEW_OPERATIONS)
class BoardRowsController {
    private static final int PAGE = 50;

    private final BoardRows rows;
    private final StampAuthorities authorities;

    BoardRowsController(BoardRows rows, StampAuthorities authorities) {
        this.rows = rows;
        this.authorities = authorities;
    }

    @GetMapping("/preservation/copies")
    String copies(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String store,
            @RequestParam(required = false) @Nullable String day,
            @RequestParam(required = false) @Nullable String cursor,
            Model model) {
        fill(
                model,
                "copies",
                rows.copies(state, store, day, cursor, PAGE),
                cursor,
                address("copies", state, store, null, day));
        model.addAttribute("states", List.of("never", "overdue", "bad", "remarked", "checked"));
        model.addAttribute("stores", List.of("objects", "custodian"));
        model.addAttribute("state", state);
        model.addAttribute("store", store);
        model.addAttribute("day", day);
        return "preservation/rows";
    }

    @GetMapping(path = "/api/v1/preservation/copies", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    Cursor.Page<BoardRows.CopyRow> copies(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String store,
            @RequestParam(required = false) @Nullable String day,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "50") int limit) {
        return rows.copies(state, store, day, cursor, limit);
    }

    @GetMapping("/preservation/packages")
    String packages(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(name = "class", required = false) @Nullable String classId,
            @RequestParam(required = false) @Nullable String cursor,
            Model model) {
        fill(
                model,
                "packages",
                rows.packages(state, classId, cursor, PAGE),
                cursor,
                address("packages", state, null, classId, null));
        model.addAttribute("states", List.of("open", "running", "soon", "ended", "locks-behind"));
        model.addAttribute("state", state);
        model.addAttribute("classId", classId);
        return "preservation/rows";
    }

    @GetMapping(path = "/api/v1/preservation/packages", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    Cursor.Page<BoardRows.PackageRow> packages(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(name = "class", required = false) @Nullable String classId,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "50") int limit) {
        return rows.packages(state, classId, cursor, limit);
    }

    @GetMapping("/preservation/recorded")
    String recorded(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            Model model) {
        fill(
                model,
                "recorded",
                rows.recorded(state, cursor, PAGE),
                cursor,
                address("recorded", state, null, null, null));
        model.addAttribute("states", List.of("waiting", "bad"));
        model.addAttribute("state", state);
        return "preservation/rows";
    }

    @GetMapping(path = "/api/v1/preservation/recorded", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    Cursor.Page<BoardRows.RecordRow> recorded(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "50") int limit) {
        return rows.recorded(state, cursor, limit);
    }

    @GetMapping("/preservation/batches")
    String batches(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            Model model) {
        fill(model, "batches", rows.batches(state, cursor, PAGE), cursor, address("batches", state, null, null, null));
        model.addAttribute("states", List.of("live", "ending", "ended", "open", "failing"));
        model.addAttribute("state", state);
        return "preservation/rows";
    }

    @GetMapping(path = "/api/v1/preservation/batches", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    Cursor.Page<BoardRows.BatchRow> batches(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "50") int limit) {
        return rows.batches(state, cursor, limit);
    }

    @GetMapping("/preservation/authorities")
    String authorities(Model model) {
        fill(model, "authorities", new Cursor.Page<>(authorities.seen(), null), null, "/preservation/authorities");
        return "preservation/rows";
    }

    @GetMapping(path = "/api/v1/preservation/authorities", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    List<StampAuthorities.Seen> authorities() {
        return authorities.seen();
    }

    private static void fill(Model model, String list, Cursor.Page<?> page, @Nullable String cursor, String base) {
        model.addAttribute("list", list);
        model.addAttribute("page", page);
        model.addAttribute("first", cursor == null || cursor.isEmpty());
        model.addAttribute("base", base);
    }

    private static String address(
            String list,
            @Nullable String state,
            @Nullable String store,
            @Nullable String classId,
            @Nullable String day) {
        UriComponentsBuilder address = UriComponentsBuilder.fromPath("/preservation/" + list);
        add(address, "state", state);
        add(address, "store", store);
        add(address, "class", classId);
        add(address, "day", day);
        return address.encode().toUriString();
    }

    private static void add(UriComponentsBuilder address, String name, @Nullable String value) {
        if (value != null && !value.isBlank()) {
            address.queryParam(name, "{" + name + "}").uriVariables(java.util.Map.of(name, value));
        }
    }
}
