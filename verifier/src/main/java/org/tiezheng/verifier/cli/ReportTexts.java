package org.tiezheng.verifier.cli;

import java.util.List;
import java.util.Locale;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.Note;

/** What the verifier says about codes and verdicts, for other programs that show reports. Thread-safe. */
public final class ReportTexts {
    private static final ReportTexts CHINESE = new ReportTexts(new Messages(Messages.Language.ZH));
    private static final ReportTexts ENGLISH = new ReportTexts(new Messages(Messages.Language.EN));

    private final Messages messages;

    private ReportTexts(Messages messages) {
        this.messages = messages;
    }

    /** Chinese for every Chinese locale, English for any other. */
    public static ReportTexts in(Locale locale) {
        return locale.getLanguage().equals("zh") ? CHINESE : ENGLISH;
    }

    /** What the check looks at. */
    public String title(Code code) {
        return messages.code(code, "title");
    }

    /** What it means that the check failed. */
    public String meaning(Code code) {
        return messages.code(code, "meaning");
    }

    public String consequence(Code code) {
        return messages.code(code, "consequence");
    }

    /** What to do about it. */
    public String action(Code code) {
        return messages.code(code, "action");
    }

    /** What the note says; {@code notSealed} as in the report. */
    public String note(Note note, List<String> notSealed) {
        return messages.get("note." + note, String.join(", ", notSealed));
    }

    /** The verdict in one word. */
    public String verdict(Verdict verdict) {
        return messages.get("verdict." + verdict);
    }

    /** The verdict in one sentence. */
    public String sentence(Verdict verdict) {
        return messages.get("verdict." + verdict + ".sentence");
    }
}
