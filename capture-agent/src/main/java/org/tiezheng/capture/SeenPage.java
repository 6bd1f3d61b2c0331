package org.tiezheng.capture;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the browser said of the page itself, for the completeness verdict.
 *
 * @param loaded a document of the site was committed (not the browser's own error page)
 * @param loadError {@code net::ERR_…} of the main document; null if none
 * @param finalUrl address at the end; without a page, the one that did not load; null if unknown
 * @param redirected whether the main document was reached over another address
 * @param title {@code document.title}; empty if unknown
 * @param text visible text, or its beginning
 * @param textLength length of the whole visible text, in characters, blanks at the ends not counted
 * @param images {@code img} elements with a source
 * @param imagesNotLoaded of these, those without a picture
 * @param passwordField whether the page shows a field for a password
 * @param otherContent whether it shows anything that is neither text nor {@code img}: canvas, video, svg, a background image,
 *     a frame
 * @param cut what the screenshot or scrolling left out, in words; empty if nothing
 */
record SeenPage(
        boolean loaded,
        @Nullable String loadError,
        @Nullable String finalUrl,
        boolean redirected,
        String title,
        String text,
        long textLength,
        int images,
        int imagesNotLoaded,
        boolean passwordField,
        boolean otherContent,
        List<String> cut) {

    SeenPage {
        cut = List.copyOf(cut);
    }

    /** Nothing could be asked. @param url that did not load */
    static SeenPage none(@Nullable String url, @Nullable String loadError) {
        return new SeenPage(false, loadError, url, false, "", "", 0, 0, 0, false, false, List.of());
    }
}
