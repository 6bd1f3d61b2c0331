package org.tiezheng.verifier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Code;

/** The section "Verifier codes" of docs/format.md lists every code with the texts that {@code explain} prints. */
class CodesDocumentTest {
    @Test
    void theTableOfCodesIsTheOneOfTheProgram() throws IOException {
        Messages english = new Messages(Messages.Language.EN);
        List<String> expected = Arrays.stream(Code.values())
                .map(c -> "| " + c + " | " + english.code(c, "title") + " | " + english.code(c, "meaning") + " |")
                .toList();

        String document = Files.readString(Path.of("..", "docs", "format.md"));
        String section = document.substring(document.indexOf("## Verifier codes"));

        assertThat(section.lines().filter(l -> l.matches("\\| [A-Z][0-9]{2} \\|.*")))
                .containsExactlyElementsOf(expected);
    }
}
