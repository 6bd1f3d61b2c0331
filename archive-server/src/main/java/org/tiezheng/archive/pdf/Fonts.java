package org.tiezheng.archive.pdf;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the letters come from: Noto Sans SC, regular and bold (OFL-1.1, fetched at build time and pinned in {@code web/vendor.json}),
 * then the TrueType files an operator adds for characters those do not have. A character is drawn with the first that has it.
 *
 * <p>Noto Sans SC has the whole of the Unified Ideographs and Extension A (personal names such as 㐂, 䶮), little of Extension B.
 */
public final class Fonts {
    private final List<Source> more;

    @FunctionalInterface
    interface Source {
        InputStream open() throws IOException;
    }

    private Fonts(List<Source> more) {
        this.more = List.copyOf(more);
    }

    /** The bundled ones alone. */
    public static Fonts bundled() {
        return new Fonts(List.of());
    }

    /**
     * The bundled ones, then {@code files} in their order.
     *
     * @param files TrueType with glyf outlines; opened when a document is made, so a wrong one fails that document
     */
    public static Fonts withMore(List<Path> files) {
        List<Source> more = new ArrayList<>();
        for (Path file : files) {
            more.add(() -> Files.newInputStream(file));
        }
        return new Fonts(more);
    }

    List<Source> regular() {
        return chain("NotoSansSC-Regular.ttf");
    }

    Source bold() {
        return () -> bundled("NotoSansSC-Bold.ttf");
    }

    private List<Source> chain(String first) {
        List<Source> chain = new ArrayList<>();
        chain.add(() -> bundled(first));
        chain.addAll(more);
        return chain;
    }

    private static InputStream bundled(String name) throws IOException {
        InputStream in = Fonts.class.getResourceAsStream("/fonts/" + name);
        if (in == null) {
            throw new FileNotFoundException("font " + name + " is missing: the build fetches it, see web/vendor.json");
        }
        return in;
    }
}
