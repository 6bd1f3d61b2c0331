package org.tiezheng.capture.browser;

import java.util.List;

/**
 * What can be read off the page, for the record and for telling block, login and CAPTCHA pages apart. All of it comes
 * from a hostile page and is cut to a bounded length.
 *
 * @param url address of the document that is shown
 * @param title of the document
 * @param contentType for example {@code text/html}
 * @param charset as decoded
 * @param language of the html element
 * @param readyState loading, interactive or complete
 * @param textLength characters of visible text
 * @param textStart the first 4,000 of them
 * @param elements number of elements
 * @param links number of links
 * @param forms number of forms
 * @param frames number of frames in frames
 * @param images number of images
 * @param imagesNotLoaded those that are not shown, at most 200
 * @param passwordFields visible password inputs
 * @param captchaHints elements and frames that look like a CAPTCHA, at most 20
 * @param overlays elements fixed over a large part of the window, at most 20
 * @param width of the document, CSS pixels
 * @param height of the document, CSS pixels
 * @param viewportWidth CSS pixels
 * @param viewportHeight CSS pixels
 * @param scale device pixels per CSS pixel
 * @param userAgent as the page's scripts see it
 * @param languages as the page's scripts see them
 * @param webdriver {@code navigator.webdriver}
 */
public record PageFacts(
        String url,
        String title,
        String contentType,
        String charset,
        String language,
        String readyState,
        long textLength,
        String textStart,
        int elements,
        int links,
        int forms,
        int frames,
        int images,
        List<ImageProblem> imagesNotLoaded,
        int passwordFields,
        List<String> captchaHints,
        List<String> overlays,
        double width,
        double height,
        double viewportWidth,
        double viewportHeight,
        double scale,
        String userAgent,
        List<String> languages,
        boolean webdriver) {

    /**
     * An image that is not shown.
     *
     * @param url as chosen by the page
     * @param problem {@code loading} or {@code broken}
     */
    public record ImageProblem(String url, String problem) {}

    public PageFacts {
        imagesNotLoaded = List.copyOf(imagesNotLoaded);
        captchaHints = List.copyOf(captchaHints);
        overlays = List.copyOf(overlays);
        languages = List.copyOf(languages);
    }
}
