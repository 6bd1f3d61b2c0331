package org.tiezheng.verifier.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Says clearly why a file cannot be read, before and after trying. */
final class InputFile {
    private InputFile() {}

    /** Null if {@code file} can be tried; else the error text. */
    static @Nullable String problem(Path file, Messages messages) {
        String name = Printable.of(file.toString());
        try {
            if (!Files.exists(file)) {
                return messages.get("error.missing", name);
            }
            if (Files.isDirectory(file)) {
                return messages.get("error.directory", name);
            }
            if (!Files.isRegularFile(file)) {
                return messages.get("error.notRegular", name);
            }
            if (!Files.isReadable(file)) {
                return messages.get("error.unreadable", name);
            }
            return Files.size(file) == 0 ? messages.get("error.empty", name) : null;
        } catch (IOException e) {
            return problem(file, e, messages);
        }
    }

    static String problem(Path file, IOException e, Messages messages) {
        String name = Printable.of(file.toString());
        if (e instanceof NoSuchFileException) {
            return messages.get("error.missing", name);
        }
        if (e instanceof AccessDeniedException) {
            return messages.get("error.unreadable", name);
        }
        return messages.get("error.io", name, Printable.of(String.valueOf(e.getMessage())));
    }
}
