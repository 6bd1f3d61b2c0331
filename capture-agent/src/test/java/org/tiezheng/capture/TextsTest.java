package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.tiezheng.capture.environment.CleanlinessCheck;
import org.tiezheng.capture.environment.ClockProof;
import org.tiezheng.capture.record.Completeness;

class TextsTest {
    private static final Path DOCUMENT = Path.of("../docs/capture.md");

    @Test
    void bothLanguagesHaveTheSameTextsWithTheSamePlaces() {
        Texts zh = Texts.of("zh");
        Texts en = Texts.of("en");
        assertThat(zh.bundle().keySet()).isEqualTo(en.bundle().keySet());
        for (String key : zh.bundle().keySet()) {
            assertThat(places(zh.bundle().getString(key)))
                    .as(key)
                    .isEqualTo(places(en.bundle().getString(key)));
        }
    }

    @Test
    void everyStepVerdictAndStateHasItsText() throws IllegalAccessException {
        Texts texts = Texts.of("zh");
        for (String step : steps()) {
            assertThat(texts.bundle().containsKey("step." + step)).as(step).isTrue();
        }
        for (Completeness.Verdict verdict : Completeness.Verdict.values()) {
            assertThat(texts.get("verdict." + verdict)).isNotBlank();
        }
        for (ClockProof.Judgement judgement : ClockProof.Judgement.values()) {
            assertThat(texts.get("result.clock." + judgement, "1", "2")).isNotBlank();
        }
        for (CleanlinessCheck.Item item : CleanlinessCheck.Item.values()) {
            assertThat(texts.get("cleanliness." + item.word())).isNotBlank();
        }
        for (WorkState state : WorkState.values()) {
            assertThat(texts.get("state." + state)).isNotBlank();
        }
    }

    @Test
    void languageFollowsTheLauncher() {
        assertThat(Texts.ofEnvironment(Map.of()).locale().getLanguage()).isEqualTo("zh");
        assertThat(Texts.ofEnvironment(Map.of("LANG", "en_GB.UTF-8")).locale().getLanguage())
                .isEqualTo("en");
        assertThat(Texts.ofEnvironment(Map.of("LANG", "en_GB.UTF-8", "TIEZHENG_LANG", "zh"))
                        .locale()
                        .getLanguage())
                .isEqualTo("zh");
    }

    @Test
    void documentExplainsEveryStepReasonIncidentAndExitCode() throws IOException, IllegalAccessException {
        String document = Files.readString(DOCUMENT);
        assertThat(steps()).allMatch(step -> document.contains("`" + step + "`"));
        Set<String> codes = new TreeSet<>();
        Pattern code = Pattern.compile("\"([A-Z]{2,}(?:_[A-Z]+)+)\"");
        for (String source : List.of("CompletenessJudge", "Recording", "Surroundings")) {
            Matcher matcher =
                    code.matcher(Files.readString(Path.of("src/main/java/org/tiezheng/capture", source + ".java")));
            while (matcher.find()) {
                codes.add(matcher.group(1));
            }
        }
        codes.remove("ERR_CERT"); // Chromium's word, not ours
        assertThat(codes).hasSizeGreaterThan(25).allMatch(word -> document.contains("`" + word + "`"));
        for (int exit : new int[] {
            ExitCode.COMPLETE,
            ExitCode.NOT_COMPLETE,
            ExitCode.USAGE,
            ExitCode.WAITING,
            ExitCode.FAILED,
            ExitCode.CANCELLED
        }) {
            assertThat(document).contains("| " + exit + " | ");
        }
    }

    private static List<String> steps() throws IllegalAccessException {
        Set<String> names = new TreeSet<>();
        for (Field field : StepNames.class.getDeclaredFields()) {
            if (field.getType() == String.class) {
                names.add((String) field.get(null));
            }
        }
        return List.copyOf(names);
    }

    private static Set<String> places(String text) {
        Set<String> places = new TreeSet<>();
        Pattern.compile("\\{\\d}").matcher(text).results().forEach(match -> places.add(match.group()));
        return places;
    }
}
