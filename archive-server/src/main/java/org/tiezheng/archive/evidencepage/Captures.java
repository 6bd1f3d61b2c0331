package org.tiezheng.archive.evidencepage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceFile;
import org.tiezheng.archive.catalogue.EvidenceFiles;
import org.tiezheng.archive.evidencepage.capture.CaptureView;
import org.tiezheng.archive.evidencepage.capture.CertificateView;
import org.tiezheng.archive.evidencepage.capture.ConnectionsView;
import org.tiezheng.archive.evidencepage.capture.ConsoleView;
import org.tiezheng.archive.evidencepage.capture.Exchanges;
import org.tiezheng.archive.evidencepage.capture.MessageHead;
import org.tiezheng.archive.evidencepage.capture.PagesView;
import org.tiezheng.archive.evidencepage.capture.ScreenshotTiles;
import org.tiezheng.archive.evidencepage.capture.UnreadableFileException;
import org.tiezheng.archive.evidencepage.capture.WireView;
import org.tiezheng.archive.evidencepage.screenshot.ScreenshotCache;
import org.tiezheng.archive.evidencepage.screenshot.UnsupportedPictureException;

/**
 * What is inside archived captures, read in place from the store. Evidence never changes, so what was read is kept for the next
 * asker: a few of each kind, the least recently used forgotten.
 *
 * <p>Methods throw {@link FileNotFoundException} if the capture has no such file, {@link UnreadableFileException} if it is not
 * what its name promises, another {@link IOException} if the store fails. Safe for use by many threads.
 */
public final class Captures {
    private static final int KEPT = 48;
    /** Rows of exchanges in memory, over all captures: about 30 MB. */
    private static final int KEPT_ROWS = 60_000;

    private static final int MAX_TEXT_BYTES = 4 << 20;

    private final EvidenceCatalogue catalogue;
    private final EvidenceFiles files;
    private final Map<UUID, CaptureView> captures = new Recent<>(KEPT);
    private final Map<UUID, Shot> shots = new Recent<>(KEPT);
    private final LinkedHashMap<UUID, Exchanges> exchanges = new LinkedHashMap<>(16, 0.75f, true);

    public Captures(EvidenceCatalogue catalogue, EvidenceFiles files) {
        this.catalogue = catalogue;
        this.files = files;
    }

    private static final class Recent<V> extends LinkedHashMap<UUID, V> {
        private static final long serialVersionUID = 1;
        private final int most;

        Recent(int most) {
            super(16, 0.75f, true);
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, V> eldest) {
            return size() > most;
        }
    }

    /**
     * The full-page screenshot.
     *
     * @param tiled whether it is several files
     * @param cut whether the page went on below it
     */
    public record Shot(int width, int height, List<EvidenceFile> parts, boolean tiled, boolean cut) {
        public Shot {
            parts = List.copyOf(parts);
        }
    }

    /** capture.json. */
    public CaptureView capture(UUID id) throws UnreadableFileException, IOException {
        synchronized (captures) {
            CaptureView kept = captures.get(id);
            if (kept != null) {
                return kept;
            }
        }
        CaptureView read = CaptureView.read(files.openInner(id, CaptureView.PATH));
        synchronized (captures) {
            captures.put(id, read);
        }
        return read;
    }

    /** Files inside capture.wacz, in its order. */
    public List<EvidenceFile> files(UUID id) {
        return catalogue.files(id);
    }

    public Optional<EvidenceFile> file(UUID id, String name) {
        return files(id).stream().filter(file -> file.name().equals(name)).findFirst();
    }

    /** Content of one file, or a range of it; the caller closes it. */
    public InputStream open(UUID id, String name, long offset, long length) throws IOException {
        return files.openInner(id, name, offset, length);
    }

    public WireView wire(UUID id) throws UnreadableFileException, IOException {
        return WireView.read(files.openInner(id, WireView.PATH));
    }

    public ConnectionsView connections(UUID id) throws UnreadableFileException, IOException {
        return ConnectionsView.read(files.openInner(id, ConnectionsView.PATH));
    }

    /** What the page wrote to the browser's console. */
    public ConsoleView console(UUID id) throws UnreadableFileException, IOException {
        return ConsoleView.read(files.openInner(id, ConsoleView.PATH));
    }

    /** By SHA-256; empty if the capture has none, as one over plain HTTP. */
    public Map<String, CertificateView> certificates(UUID id) throws IOException {
        return file(id, CertificateView.PATH).isEmpty()
                ? Map.of()
                : CertificateView.read(files.openInner(id, CertificateView.PATH));
    }

    public List<PagesView.Page> pages(UUID id) throws UnreadableFileException, IOException {
        return PagesView.read(files.openInner(id, PagesView.PATH));
    }

    /** All exchanges; the first to ask waits while the WARC is read through. */
    public Exchanges exchanges(UUID id) throws IOException {
        synchronized (exchanges) {
            Exchanges kept = exchanges.get(id);
            if (kept != null) {
                return kept;
            }
        }
        Exchanges read = Exchanges.read(files.openInner(id, Exchanges.PATH));
        synchronized (exchanges) {
            exchanges.put(id, read);
            int rows = exchanges.values().stream()
                    .mapToInt(each -> each.rows().size())
                    .sum();
            var eldest = exchanges.entrySet().iterator();
            while (rows > KEPT_ROWS && exchanges.size() > 1) {
                rows -= eldest.next().getValue().rows().size();
                eldest.remove();
            }
        }
        return read;
    }

    /** Head of one record of the WARC. */
    public MessageHead head(UUID id, Exchanges.Place place) throws UnreadableFileException, IOException {
        return MessageHead.read(files.openInner(id, Exchanges.PATH, place.offset(), place.lengthBytes()));
    }

    /** Text of the page, at most 4 MiB of it; bytes that are no UTF-8 are replaced. */
    public String text(UUID id) throws IOException {
        try (InputStream in = files.openInner(id, "evidence/page.txt")) {
            byte[] bytes = in.readNBytes(MAX_TEXT_BYTES);
            CharsetDecoder decoder = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
            CharBuffer text = decoder.decode(ByteBuffer.wrap(bytes));
            return visible(text);
        }
    }

    /** Without characters that reorder or hide text; a page may hold them, a reader must not be fooled by them. */
    private static String visible(CharSequence text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean plain = c == '\n' || c == '\t' || c == 0x200d || c == 0xfe0f;
            int type = Character.getType(c);
            if (plain || (type != Character.CONTROL && type != Character.FORMAT && type != Character.SURROGATE)) {
                out.appendCodePoint(c);
            } else if (c != '\r') {
                out.append('\ufffd');
            }
        });
        return out.toString();
    }

    /** Empty if the capture has no full-page screenshot. */
    public Optional<Shot> screenshot(UUID id) throws UnreadableFileException, IOException {
        synchronized (shots) {
            Shot kept = shots.get(id);
            if (kept != null) {
                return Optional.of(kept);
            }
        }
        Shot shot = shot(id);
        if (shot != null) {
            synchronized (shots) {
                shots.put(id, shot);
            }
        }
        return Optional.ofNullable(shot);
    }

    private @Nullable Shot shot(UUID id) throws UnreadableFileException, IOException {
        List<EvidenceFile> all = files(id);
        EvidenceFile single = named(all, "evidence/screenshot.png");
        if (single != null) {
            try {
                int[] size = ScreenshotCache.sizeOf(files.openInner(id, single.name()));
                return new Shot(size[0], size[1], List.of(single), false, false);
            } catch (UnsupportedPictureException e) {
                throw new UnreadableFileException(single.name() + ": " + e.getMessage(), e);
            }
        }
        if (named(all, ScreenshotTiles.PATH) == null) {
            return null;
        }
        ScreenshotTiles tiles = ScreenshotTiles.read(files.openInner(id, ScreenshotTiles.PATH));
        List<EvidenceFile> parts = new java.util.ArrayList<>();
        for (ScreenshotTiles.Tile tile : tiles.tiles()) {
            EvidenceFile part = named(all, "evidence/" + tile.file());
            if (part == null) {
                throw new UnreadableFileException("screenshot-tiles.json names a file that is not there");
            }
            parts.add(part);
        }
        return new Shot(tiles.width(), tiles.height(), parts, true, tiles.cut());
    }

    private static @Nullable EvidenceFile named(List<EvidenceFile> files, String name) {
        return files.stream()
                .filter(file -> file.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** The screenshot as the cache wants it. */
    public ScreenshotCache.Picture picture(UUID id, Shot shot) {
        return new ScreenshotCache.Picture(
                shot.width(),
                shot.height(),
                shot.parts().stream()
                        .map(part -> (ScreenshotCache.Part) () -> files.openInner(id, part.name()))
                        .toList());
    }

    /** Size of capture.wacz, for the replay. */
    public long waczBytes(UUID id) throws FileNotFoundException {
        return files.member(id, org.tiezheng.evidence.asic.AsicNames.WACZ).sizeBytes();
    }

    /** A range of capture.wacz, for the replay. */
    public InputStream openWacz(UUID id, long offset, long length) throws IOException {
        return files.open(id, org.tiezheng.evidence.asic.AsicNames.WACZ, offset, length);
    }
}
