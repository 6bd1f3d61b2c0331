package org.tiezheng.archive.preservation;

import java.util.Locale;
import org.springframework.context.MessageSource;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ResponseBody;
import org.tiezheng.archive.identity.Access;

/** The preservation board, as a page that renews itself and over REST. */
@Controller
class BoardController {
    private final Board board;
    private final MessageSource messages;

    BoardController(Board board, MessageSource messages) {
        this.board = board;
        this.messages = messages;
    }

    /** Sentences of alarms, for the template: their arguments are a list. */
    public record Words(MessageSource messages, Locale locale) {
        public String of(Board.Alarm alarm) {
            return messages.getMessage(
                    "board.alarm." + alarm.code(), alarm.arguments().toArray(), locale);
        }
    }

    @GetMapping("/preservation")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String page(Model model, Locale locale) {
        fill(model, locale);
        return "preservation/board";
    }

    /** The part that renews itself. */
    @GetMapping("/preservation/live")
    @PreAuthorize(Access.VIEW_OPERATIONS)
    String live(Model model, Locale locale) {
        fill(model, locale);
        return "preservation/board :: live";
    }

    private void fill(Model model, Locale locale) {
        model.addAttribute("board", board.view());
        model.addAttribute("words", new Words(messages, locale));
    }

    @GetMapping(path = "/api/v1/preservation", produces = MediaType.APPLICATION_JSON_VALUE)
    @PreAuthorize(Access.VIEW_OPERATIONS)
    @ResponseBody
    Board.View view() {
        return board.view();
    }
}
