package org.tiezheng.archive.catalogue;

import org.jspecify.annotations.Nullable;

/**
 * What of an evidence can be found by words: the row of {@code evidence_text}.
 *
 * @param body normalised texts, one per line, to look for parts that words alone do not decide
 * @param words for {@code array_to_tsvector}
 * @param cut whether the text had more words than fit
 */
record SearchText(String body, String[] words, boolean cut) {
    static final String ADDRESS = "url:";
    static final String SHOP = "shop:";
    static final String PLATFORM = "platform:";
    static final String FACT = "fact:";

    /** Page texts are a few kB; a page that is all text has its first million characters in the index. */
    static final int MAX_PAGE_TEXT = 1_000_000;

    /** What links say now. */
    record Links(
            @Nullable String clueNo,
            @Nullable String caseNo,
            @Nullable String factToProve,
            @Nullable String shop,
            @Nullable String platform,
            @Nullable String archivalCode) {}

    /** @param pageText text of the page; the beginning of it is used */
    static SearchText of(
            String targetUrl, @Nullable String finalUrl, @Nullable String title, Links links, String pageText) {
        StringBuilder body = new StringBuilder();
        SearchWords words = new SearchWords();
        // What persons gave and what is short comes first: if anything is cut, then the end of the page's text.
        add(body, words, "", links.archivalCode());
        add(body, words, "", links.clueNo());
        add(body, words, "", links.caseNo());
        add(body, words, FACT, links.factToProve());
        add(body, words, SHOP, links.shop());
        add(body, words, PLATFORM, links.platform());
        add(body, words, "", title);
        address(body, words, targetUrl);
        if (finalUrl != null && !finalUrl.equals(targetUrl)) {
            address(body, words, finalUrl);
        }
        boolean tooLong = pageText.length() > MAX_PAGE_TEXT;
        String text = tooLong ? pageText.substring(0, MAX_PAGE_TEXT) : pageText;
        // The separator tells where the page's own text begins, when links change and the rest is made anew.
        body.append(PAGE_TEXT).append(SearchWords.normal(text));
        words.add("", text);
        return new SearchText(body.toString(), words.toArray(), words.isCut() || tooLong);
    }

    /** The page's text in a {@link #body}, normalised. */
    static String pageText(String body) {
        int at = body.indexOf(PAGE_TEXT);
        return at < 0 ? "" : body.substring(at + PAGE_TEXT.length());
    }

    /** Form feed: no normalised text holds a control character. */
    private static final String PAGE_TEXT = "\f";

    /** As it is, and as people read it where that is another. */
    private static void address(StringBuilder body, SearchWords words, String address) {
        add(body, words, ADDRESS, address);
        ReadableAddress.of(address).ifPresent(readable -> add(body, words, ADDRESS, readable));
    }

    private static void add(StringBuilder body, SearchWords words, String prefix, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return;
        }
        body.append(SearchWords.normal(text)).append('\n');
        words.add("", text);
        if (!prefix.isEmpty()) {
            words.add(prefix, text);
        }
    }
}
