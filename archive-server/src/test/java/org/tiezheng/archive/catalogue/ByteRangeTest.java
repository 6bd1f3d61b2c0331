package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ByteRangeTest {
    private static String of(@Nullable String header) {
        ByteRange.Answer answer = ByteRange.of(header, 100);
        return answer.status()
                + (answer.range() == null
                        ? ""
                        : " " + answer.range().offset() + "+" + answer.range().length());
    }

    @Test
    void oneRangeIsAnswered206() {
        assertThat(of("bytes=0-9")).isEqualTo("206 0+10");
        assertThat(of("bytes=90-")).isEqualTo("206 90+10");
        assertThat(of("bytes=90-500")).isEqualTo("206 90+10");
        assertThat(of("Bytes = 5 - 5")).isEqualTo("206 5+1");
        assertThat(of("bytes=-10")).isEqualTo("206 90+10");
    }

    @Test
    void aSuffixLongerThanTheWholeIsTheWhole() {
        assertThat(of("bytes=-65558")).isEqualTo("206 0+100");
    }

    @Test
    void whatBeginsBehindTheEndIs416() {
        assertThat(of("bytes=100-")).isEqualTo("416");
        assertThat(of("bytes=-0")).isEqualTo("416");
    }

    @Test
    void whatIsNotOneRangeOfBytesIsIgnored() {
        for (String header : new String[] {
            "",
            "bytes=",
            "bytes=-",
            "bytes=9-5",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=a-b",
            "bytes=99999999999999999999-"
        }) {
            assertThat(of(header)).as(header).isEqualTo("200 0+100");
        }
        assertThat(of(null)).isEqualTo("200 0+100");
    }
}
