package org.tiezheng.archive.evidencepage.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConsoleViewTest {
    private static ConsoleView read(String text) throws Exception {
        return ConsoleView.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theThreeKindsOfEventsAreToldInTheWordsOfTheConsole() throws Exception {
        ConsoleView console = read("""
                {"t":"2026-11-22T08:00:00Z","session":"S","method":"Runtime.consoleAPICalled","params":{"type":"warning","args":[{"type":"string","value":"库存"},{"type":"number","value":3},{"type":"object","description":"Object"},{"type":"undefined"}],"stackTrace":{"callFrames":[{"url":"https://shop.example/a.js","lineNumber":9}]}}}
                {"t":"2026-11-22T08:00:01Z","method":"Log.entryAdded","params":{"entry":{"source":"network","level":"error","text":"404 (Not Found)","url":"https://shop.example/x.png"}}}
                {"t":"2026-11-22T08:00:02Z","method":"Runtime.exceptionThrown","params":{"exceptionDetails":{"text":"Uncaught","exception":{"description":"TypeError: x is null"},"url":"https://shop.example/b.js","lineNumber":0}}}
                """);
        assertThat(console.messages())
                .containsExactly(
                        new ConsoleView.Message(
                                "2026-11-22T08:00:00Z",
                                "warning",
                                "库存 3 Object undefined",
                                "https://shop.example/a.js:10"),
                        new ConsoleView.Message(
                                "2026-11-22T08:00:01Z", "error", "404 (Not Found)", "https://shop.example/x.png"),
                        new ConsoleView.Message(
                                "2026-11-22T08:00:02Z",
                                "error",
                                "TypeError: x is null",
                                "https://shop.example/b.js:1"));
        assertThat(console.cut()).isFalse();
        assertThat(read("").messages()).isEmpty();
    }

    @Test
    void whatAShopWritesIsMadeFitToBeShownAndMoreThanAScreenIsCut() throws Exception {
        String line =
                "{\"t\":\"\",\"method\":\"Runtime.consoleAPICalled\",\"params\":{\"args\":[{\"value\":\"a\\u202eb\"}]}}\n";
        assertThat(read(line).messages().get(0).text()).isEqualTo("a\\u{202e}b");
        ConsoleView many = read(line.repeat(501));
        assertThat(many.messages()).hasSize(500);
        assertThat(many.cut()).isTrue();
        assertThat(read("{\"method\":\"Runtime.consoleAPICalled\"}").messages()).hasSize(1);
        assertThat(read("{\"params\":[1],\"t\":null}").messages()).hasSize(1);
        for (String bad : new String[] {"[", "{\"t\":1}", "null", "{}x", "{\"t\":\"\",\"t\":\"\"}"}) {
            assertThatThrownBy(() -> read(bad)).as(bad).isInstanceOf(UnreadableFileException.class);
        }
    }
}
