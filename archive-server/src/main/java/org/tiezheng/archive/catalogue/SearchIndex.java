package org.tiezheng.archive.catalogue;

import org.springframework.jdbc.core.simple.JdbcClient;

/** The words that evidence is found by, when what persons say of it changes. */
final class SearchIndex {
    private final JdbcClient jdbc;

    SearchIndex(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Makes the words anew: the page's own text stays, what persons said changes. */
    void renew(Evidence evidence) {
        String body = jdbc.sql("select body from evidence_text where number = :number")
                .param("number", evidence.number())
                .query(String.class)
                .single();
        SearchText text = SearchText.of(
                evidence.targetUrl(),
                evidence.finalUrl(),
                evidence.title(),
                new SearchText.Links(
                        evidence.clueNo(),
                        evidence.caseNo(),
                        evidence.factToProve(),
                        evidence.shop(),
                        evidence.platform(),
                        evidence.archivalCode()),
                SearchText.pageText(body));
        jdbc.sql("""
                        update evidence_text set body = :body, cut = cut or :cut, words = array_to_tsvector(:words)
                        where number = :number""")
                .param("number", evidence.number())
                .param("body", text.body())
                .param("cut", text.cut())
                .param("words", text.words())
                .update();
    }
}
