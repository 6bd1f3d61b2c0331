package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadableAddressTest {
    @Test
    void percentSignsAndPunycodeBecomeWhatPeopleRead() {
        assertThat(ReadableAddress.of("https://shop.example/%E6%98%8E%E5%89%8D%E8%8C%B6?q=%e8%8c%b6&n=1"))
                .contains("https://shop.example/明前茶?q=茶&n=1");
        assertThat(ReadableAddress.of("https://xn--fiqs8s.example/a")).contains("https://中国.example/a");
        assertThat(ReadableAddress.of("https://shop.example/s?q=%B2%E8%D2%B6"))
                .as("GBK")
                .contains("https://shop.example/s?q=茶叶");
    }

    @Test
    void whatIsNotUnderstoodStaysAsItIs() {
        for (String address : new String[] {
            "https://shop.example/item/1",
            "https://shop.example/100%",
            "https://shop.example/%zz%4",
            "https://shop.example/%FF",
            "https://xn--.example/",
            "https://xn--99999999999.example/",
            "https://shop.example/xn--fiqs8s",
            "",
            "://",
            "$1\\"
        }) {
            assertThat(ReadableAddress.of(address)).as(address).isEmpty();
        }
    }
}
