package org.tiezheng.capture.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeedUrlTest {

    @ParameterizedTest
    @CsvSource({
        "http://shop.test, http, shop.test, 80",
        "HTTPS://Shop.Test:8443/a?b=http://user@c#d, https, shop.test, 8443",
        "https://shop.test/商品?名=值|{}, https, shop.test, 443",
        "https://商店.测试/, https, xn--czrs0t.xn--0zwm56d, 443",
        "http://[::1]:8080/, http, [::1], 8080",
        "http://shop.test?x=@, http, shop.test, 80"
    })
    void webAddressesPass(String text, String scheme, String host, int port) throws Exception {
        SeedUrl url = SeedUrl.parse(text);

        assertThat(url).isEqualTo(new SeedUrl(text, scheme, host, port));
    }

    @ParameterizedTest
    @CsvSource({
        "file:///etc/passwd, SCHEME",
        "javascript:alert(1), SCHEME",
        "ftp://shop.test/, SCHEME",
        "shop.test, SCHEME",
        "'data:text/html,x', SCHEME",
        "view-source:http://shop.test, SCHEME",
        "chrome://settings, SCHEME",
        "http:/shop.test, SCHEME",
        "http://user@shop.test/, USER_INFO",
        "https://shop.test:443@evil.test/, USER_INFO",
        "https://u:p@shop.test, USER_INFO",
        "http://, SYNTAX",
        "http:///a, SYNTAX",
        "http://a:0/, SYNTAX",
        "http://a:99999/, SYNTAX",
        "http://shop.test\\@evil.test/, SYNTAX",
        "'http://shop.test/a b', SYNTAX",
        "http://[::1/, SYNTAX",
        "http://a:b/, SYNTAX",
        "http://1.2.3.4.5/, SYNTAX",
        "http://-x/, SYNTAX"
    })
    void everythingElseIsRefused(String text, SeedUrl.Refusal refusal) {
        SeedUrl.RefusedException e = catchThrowableOfType(SeedUrl.RefusedException.class, () -> SeedUrl.parse(text));

        assertThat(e.refusal()).isEqualTo(refusal);
    }

    @Test
    void invisibleAndControlCharactersAreRefused() {
        for (String bad : List.of("\n", "\t", "\u0000", "\u200b", "\u202e", "\u00a0", "\u0085", "\u3000")) {
            SeedUrl.RefusedException e = catchThrowableOfType(
                    SeedUrl.RefusedException.class, () -> SeedUrl.parse("http://shop.test/" + bad + "x"));
            assertThat(e.refusal()).isEqualTo(SeedUrl.Refusal.SYNTAX);
        }
    }

    @Test
    void aLiteralInternalAddressIsRefusedBeforeAnythingStarts() throws Exception {
        EgressPolicy policy = new EgressPolicy(List.of(AllowedTarget.parse("127.0.0.1:8080")), Set.of());

        assertThat(SeedUrl.parse("http://0x7f000001/").refusedBy(policy)).contains("loopback");
        assertThat(SeedUrl.parse("http://0x7f000001:8080/").refusedBy(policy)).isEmpty();
        assertThat(SeedUrl.parse("http://[::ffff:a9fe:a9fe]/").refusedBy(policy))
                .contains("metadata");
        assertThat(SeedUrl.parse("http://localhost/").refusedBy(policy)).isEmpty();
    }
}
