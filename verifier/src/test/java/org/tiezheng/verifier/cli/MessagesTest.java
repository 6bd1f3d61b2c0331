package org.tiezheng.verifier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.Area;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.cli.Messages.Language;

class MessagesTest {
    private static final Pattern CHINESE = Pattern.compile("\\p{IsHan}");
    private static final Pattern PLACE = Pattern.compile("\\{[0-9]\\}");

    @ParameterizedTest
    @EnumSource(Language.class)
    void everyCodeHasEveryText(Language language) {
        Messages messages = new Messages(language);
        for (Code code : Code.values()) {
            for (String part : List.of("title", "meaning", "consequence", "action")) {
                assertThat(messages.code(code, part)).as(code + "." + part).isNotBlank();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void everyNoteAreaAndVerdictHasItsText(Language language) {
        Messages messages = new Messages(language);
        for (Note note : Note.values()) {
            assertThat(messages.get("note." + note)).isNotBlank();
        }
        for (Area area : Area.values()) {
            assertThat(messages.get("area." + area)).isNotBlank();
        }
        for (Verdict verdict : Verdict.values()) {
            assertThat(messages.get("verdict." + verdict)).isNotBlank();
            assertThat(messages.get("verdict." + verdict + ".sentence")).isNotBlank();
        }
    }

    @Test
    void bothLanguagesHaveTheSameKeysAndPlaces() {
        Messages chinese = new Messages(Language.ZH);
        Messages english = new Messages(Language.EN);

        assertThat(new TreeSet<>(chinese.bundle().keySet()))
                .isEqualTo(new TreeSet<>(english.bundle().keySet()));
        for (String key : chinese.bundle().keySet()) {
            if (!key.equals("report.verdict")) {
                assertThat(places(chinese.get(key))).as(key).isEqualTo(places(english.get(key)));
            }
        }
    }

    @Test
    void codesOfTheBundlesExist() {
        for (String key : new Messages(Language.ZH).bundle().keySet()) {
            if (key.startsWith("code.")) {
                assertThat(Code.valueOf(key.substring(5, 8))).isNotNull();
            }
        }
    }

    @Test
    void chineseTextsAreChineseAndEnglishOnesAreNot() {
        Messages chinese = new Messages(Language.ZH);
        Messages english = new Messages(Language.EN);
        for (String key : chinese.bundle().keySet()) {
            assertThat(english.get(key)).as(key).doesNotContainPattern(CHINESE);
            if (key.startsWith("code.") || key.startsWith("note.") || key.startsWith("error.")) {
                assertThat(chinese.get(key)).as(key).containsPattern(CHINESE);
            }
        }
    }

    @Test
    void valuesAreFilledInWithoutQuotingRules() {
        Messages english = new Messages(Language.EN);

        assertThat(english.get("error.io", "{1} it's", "no")).isEqualTo("Cannot read {1} it's: no");
    }

    private static TreeSet<String> places(String text) {
        TreeSet<String> places = new TreeSet<>();
        PLACE.matcher(text).results().forEach(r -> places.add(r.group()));
        return places;
    }
}
