package org.tiezheng.evidence.wacz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiezheng.evidence.Judges;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SurtTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://www.Shop.example/a?c=2&b=1 | example,shop)/a?b=1&c=2",
                "http://www2.example.com:80/ | com,example)/",
                "https://例子.测试/商品 | xn--0zwm56d,xn--fsqu00a)/%E5%95%86%E5%93%81",
            })
    void keyOf(String url, String key) {
        assertThat(Surt.of(url)).isEqualTo(key);
    }

    /** Everything the design names as different in other indexers, and the corners of the URL standard. */
    private static final List<String> URLS = List.of(
            "http://example.com",
            "https://www.example.com/",
            "https://www12.Example.com/A/B?B=2&A=1",
            "https://WWW.example.com/",
            "http://example.com:8080/x",
            "http://example.com:80/x",
            "https://example.com:443/x",
            "https://example.com:0443/x",
            "https://example.com:/x",
            "https://user:pass@example.com/x",
            "https://例子.测试/商品/1?名=值&a=b",
            "https://xn--fsqu00a.xn--0zwm56d/",
            "https://bücher.example/ü",
            "https://example.com/%7Euser/~user",
            "https://example.com/%e4%bd%a0/%E4%BD%A0",
            "https://example.com//double//slash",
            "https://example.com/a/./b/../c/%2e%2e/d/%2E",
            "https://example.com/..",
            "https://example.com/a/..",
            "https://example.com/a#fragment?x=1",
            "https://example.com/a?x=1#fragment",
            "https://example.com?x",
            "https://example.com/?",
            "https://example.com/?&&b&a",
            "https://example.com/a b?c d",
            "https://example.com/\"<>`{}|^\\x?'\"<>`{}|^\\",
            "https://example.com\\a\\b",
            "https:example.com/x",
            "https:///example.com/x",
            "https://example.com/\ta\nb",
            " https://example.com/",
            "https://example.com/ ",
            "http://127.0.0.1:9999/a",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://010.0.0.1/",
            "http://1.2.3.4.5/",
            "http://256.1.1.1/",
            "http://1.2.3.4./",
            "http://example.com./",
            "http://[::1]:8080/a",
            "http://[2001:DB8:0:0:1:0:0:1]/",
            "http://[::ffff:1.2.3.4]/",
            "http://[::g]/",
            "http://[1:2:3]/",
            "http://exa mple.com/",
            "http://exa%41mple.com/",
            "http://exa%zzmple.com/",
            "http://example.com:99999/",
            "http://example.com:ab/",
            "http:///",
            "http://",
            "http:",
            "https://a_b.example.com/",
            "https://-a.example.com/",
            "ftp://example.com/",
            "data:text/plain,x",
            "urn:uuid:1",
            "https://example.com/\u0130\u00df",
            "https://example.com/\ud800",
            "https://example.com/a;b=1,c",
            "https://example.com/a?b=%zz&c=%",
            "https://example.com/a?u=https://www.example.org/?x=1&y=[1]",
            "wss://www.example.com/socket",
            "https://example.com/a%2fb",
            "https://example.com/\u007f\u0001",
            "https://example.com/a?b=\u4f60 +\u007f");

    @Test
    void keysEqualThoseOfWarcioJs() throws Exception {
        assertThatKeysAgree(URLS);
    }

    @Test
    void keysOfRandomUrlsEqualThoseOfWarcioJs() throws Exception {
        String[] pieces = {
            "a",
            "B",
            "1",
            "0",
            ".",
            "..",
            "/",
            "//",
            "\\",
            "?",
            "&",
            "=",
            "#",
            ":",
            "@",
            "%",
            "%2e",
            "%7E",
            "%e4",
            "-",
            "_",
            "~",
            "'",
            "\"",
            "<",
            ">",
            "`",
            "{",
            "}",
            "|",
            "^",
            "[",
            "]",
            "!",
            "$",
            "(",
            ")",
            "*",
            "+",
            ",",
            ";",
            " ",
            "\t",
            "商",
            "é",
            "www.",
            "example.com",
            "127.0.0.1",
            "[::1]",
            ":80",
            ":443",
            ":8443",
            "😀"
        };
        Random random = new Random(2);
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            StringBuilder url = new StringBuilder(random.nextBoolean() ? "http://" : "https://");
            url.append(random.nextInt(4) > 0 ? "shop.example" : "");
            for (int k = random.nextInt(9); k > 0; k--) {
                url.append(pieces[random.nextInt(pieces.length)]);
            }
            urls.add(url.toString());
        }
        assertThatKeysAgree(urls);
    }

    private static void assertThatKeysAgree(List<String> urls) throws Exception {
        JsonMapper mapper =
                JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
        String output = Judges.node(mapper.writeValueAsString(urls), "surt.mjs");
        JsonNode theirs = mapper.readTree(output);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < urls.size(); i++) {
            String ours = Surt.of(urls.get(i));
            if (!ours.equals(theirs.get(i).asString())) {
                differences.add(urls.get(i) + " ours " + ours + " theirs " + theirs.get(i));
            }
        }
        assertThat(differences).isEmpty();
    }
}
