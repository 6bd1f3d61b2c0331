package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SearchWordsTest {
    @Test
    void chineseGivesPairsAndTheLastCharacterAndOtherWordsStayWhole() {
        assertThat(new SearchWords().add("", "正品iPhone手机壳,15 Pro").toArray())
                .containsExactly("正品", "品", "iphone", "手机", "机壳", "壳", "15", "pro");
    }

    @Test
    void fullWidthFormsAndCaseAreFolded() {
        assertThat(new SearchWords().add("", "ABC１２３").toArray()).containsExactly("abc123");
    }

    @Test
    void charactersBeyondTheBasicPlaneArePairedWhole() {
        assertThat(new SearchWords().add("", "𠮷野家").toArray()).containsExactly("𠮷野", "野家", "家");
    }

    @Test
    void oneCharacterAndLatinWordsAreBeginningsAndPairsAreExact() {
        assertThat(SearchWords.query("", "茶")).isEqualTo("'茶':*");
        assertThat(SearchWords.query("", "茶叶")).isEqualTo("'茶叶'");
        assertThat(SearchWords.query("", "龙井茶 iPho")).isEqualTo("'龙井' & '井茶' & 'ipho':*");
        assertThat(SearchWords.query("shop:", "茶叶")).isEqualTo("'shop:茶叶'");
    }

    @Test
    void aQueryCannotLeaveItsQuotes() {
        assertThat(SearchWords.query("", "a' | 'b\\ & !c:*")).isEqualTo("'a':* & 'b':* & 'c':*");
        assertThat(SearchWords.query("", "'&|!()<->")).isEmpty();
    }

    @Test
    void whatWordsAloneDoNotDecideIsLookedForInTheText() {
        assertThat(SearchWords.substrings("茶叶")).isEmpty();
        assertThat(SearchWords.substrings("龙井茶 shop")).containsExactly("龙井茶");
        assertThat(SearchWords.substrings("正品iPhone")).containsExactly("正品iphone");
        assertThat(SearchWords.substrings("shop.example")).containsExactly("shop.example");
    }

    @Test
    void hostileTextHasNoCharacterThatADatabaseRefuses() {
        assertThat(SearchWords.normal("a\0b\ud800c\r\n\td")).isEqualTo("a b c d");
    }

    @Test
    void tooManyWordsAreCutAndSaidSo() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            text.append("word").append(i).append(' ');
        }
        SearchWords words = new SearchWords().add("", text.toString());
        assertThat(words.isCut()).isTrue();
        assertThat(words.toArray()).hasSizeBetween(50_000, 120_000);
    }
}
