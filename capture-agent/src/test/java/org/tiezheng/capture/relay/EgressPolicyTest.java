package org.tiezheng.capture.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EgressPolicyTest {
    private static final EgressPolicy STRICT = new EgressPolicy(List.of(), Set.of());

    private static InetAddress address(String text) {
        return ((HostText.Literal) HostText.parse(text)).address();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, loopback",
        "127.255.255.254, loopback",
        "0.0.0.0, unspecified",
        "0.1.2.3, unspecified",
        "10.0.0.1, private",
        "172.16.0.1, private",
        "172.31.255.255, private",
        "192.168.1.1, private",
        "100.64.0.1, shared",
        "100.127.255.255, shared",
        "169.254.1.1, link-local",
        "169.254.169.254, metadata",
        "100.100.100.200, metadata",
        "168.63.129.16, metadata",
        "fd00:ec2::254, metadata",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "255.255.255.255, broadcast",
        "240.0.0.1, reserved",
        "192.0.0.8, reserved",
        "192.0.2.1, documentation",
        "198.51.100.7, documentation",
        "203.0.113.9, documentation",
        "198.18.0.1, benchmark",
        "198.19.255.255, benchmark",
        "192.88.99.1, reserved",
        "::, unspecified",
        "::1, loopback",
        "fe80::1, link-local",
        "febf::1, link-local",
        "fc00::1, private",
        "fdff::1, private",
        "fec0::1, private",
        "ff02::1, multicast",
        "2001:db8::1, documentation",
        "3fff::1, documentation",
        "2001::1, tunnel",
        "2001:10::1, reserved",
        "::ffff:127.0.0.1, loopback",
        "::ffff:a9fe:a9fe, metadata",
        "::ffff:10.1.2.3, private",
        "::127.0.0.1, not-global",
        "64:ff9b::7f00:1, embedded-loopback",
        "64:ff9b::a9fe:a9fe, embedded-metadata",
        "64:ff9b::c0a8:101, embedded-private",
        "64:ff9b:1::1, not-global",
        "2002:7f00:1::, embedded-loopback",
        "2002:a00:1::1, embedded-private",
        "2400:1234::5efe:7f00:1, embedded-loopback",
        "2400:1234::200:5efe:c0a8:1, embedded-private",
        "100::1, not-global",
        "5f00::1, not-global",
        "4000::5efe:808:808, not-global",
        "8000::1, not-global"
    })
    void internalAddressesAreRefusedByTheirRule(String text, String rule) {
        assertThat(STRICT.refusal(null, address(text), 443)).contains(rule);
        assertThat(STRICT.refusal("shop.test", address(text), 80)).contains(rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "114.114.114.114",
                "9.255.255.255",
                "11.0.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "169.253.0.1",
                "192.167.1.1",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2400:3200::1",
                "2606:4700::1111",
                "64:ff9b::808:808",
                "2002:808:808::1",
                "::ffff:8.8.8.8",
                "2400:1234::5efe:808:808"
            })
    void publicAddressesPass(String text) {
        assertThat(STRICT.refusal("shop.test", address(text), 443)).isEmpty();
    }

    @Test
    void aPublicAddressOfThisVeryMachineIsRefused() {
        EgressPolicy policy = new EgressPolicy(List.of(), Set.of(address("8.8.8.8"), address("10.0.0.1")));

        assertThat(policy.refusal("shop.test", address("8.8.8.8"), 80)).contains("this-machine");
        assertThat(policy.refusal(null, address("10.0.0.1"), 80)).contains("private");
        assertThat(policy.refusal(null, address("8.8.4.4"), 80)).isEmpty();
    }

    @Test
    void anExceptionCoversWhatItNamesAndNothingElse() {
        EgressPolicy policy = new EgressPolicy(
                List.of(
                        AllowedTarget.parse("Intranet.Test"),
                        AllowedTarget.parse("shop.test:8443"),
                        AllowedTarget.parse("127.0.0.2:8080"),
                        AllowedTarget.parse("[::1]:9000"),
                        AllowedTarget.parse("10.20.0.0/16")),
                Set.of());

        assertThat(policy.refusal("intranet.test", address("192.168.3.4"), 1)).isEmpty();
        assertThat(policy.refusal("www.intranet.test", address("192.168.3.4"), 1))
                .isPresent();
        assertThat(policy.refusal("shop.test", address("127.0.0.1"), 8443)).isEmpty();
        assertThat(policy.refusal("shop.test", address("127.0.0.1"), 22)).isPresent();
        assertThat(policy.refusal(null, address("127.0.0.2"), 8080)).isEmpty();
        assertThat(policy.refusal("any.test", address("127.0.0.2"), 8080)).isEmpty();
        assertThat(policy.refusal(null, address("127.0.0.2"), 80)).isPresent();
        assertThat(policy.refusal(null, address("::1"), 9000)).isEmpty();
        assertThat(policy.refusal(null, address("10.20.30.40"), 5432)).isEmpty();
        assertThat(policy.refusal(null, address("10.21.0.1"), 5432)).isPresent();
        assertThat(policy.refusal(null, address("127.0.0.1"), 1)).isPresent();
        assertThat(policy.allowed()).contains("Intranet.Test", "[::1]:9000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a b", "10.0.0.0/33", "host:0", "host:65536", "http://x", "*.test", "10.0.0.0/x", "[::1"})
    void anExceptionThatMakesNoSenseIsRefused(String text) {
        assertThatThrownBy(() -> AllowedTarget.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0x7f000001, 127.0.0.1", "2130706433, 127.0.0.1", "0177.0.0.1, 127.0.0.1", "127.1, 127.0.0.1",
        "127.0.1, 127.0.0.1", "0x7F.1, 127.0.0.1", "017700000001, 127.0.0.1", "127.0.0.1., 127.0.0.1",
        "0, 0.0.0.0", "0x, 0.0.0.0", "[::ffff:127.0.0.1], 127.0.0.1", "::ffff:7f00:1, 127.0.0.1",
        "[0:0:0:0:0:0:0:1], 0:0:0:0:0:0:0:1", "0xa9fea9fe, 169.254.169.254", "4294967295, 255.255.255.255"
    })
    void everyNotationOfAnAddressIsThatAddress(String text, String expected) {
        assertThat(HostText.parse(text))
                .isInstanceOfSatisfying(
                        HostText.Literal.class,
                        literal ->
                                assertThat(literal.address().getHostAddress()).isEqualTo(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "256.1.1.1",
                "1.2.3.4.5",
                "4294967296",
                "08.1.1.1",
                "1..1",
                "a.1",
                "::1%lo",
                "[::1",
                "[]",
                "::g",
                "a b",
                "a\u0000b",
                "-a.test",
                "a_.-",
                "a..b",
                ".",
                "\u4e2d.test",
                "a/b",
                "a@b",
                "1.2.3.0x1ffffffff",
                "%31.test"
            })
    void whatIsNeitherAddressNorNameIsMalformed(String text) {
        assertThat(HostText.parse(text)).isInstanceOf(HostText.Malformed.class);
    }

    @Test
    void namesLoseCaseAndTrailingDot() {
        assertThat(HostText.parse("WWW.Shop.TEST.")).isEqualTo(new HostText.Name("www.shop.test"));
        assertThat(HostText.parse("xn--fiqs8s")).isEqualTo(new HostText.Name("xn--fiqs8s"));
        assertThat(HostText.parse("_dmarc.shop.test")).isEqualTo(new HostText.Name("_dmarc.shop.test"));
        assertThat(HostText.parse("0x.test")).isEqualTo(new HostText.Name("0x.test"));
    }

    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8::, 2001:db8::",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:0:3:4:5:6:7:8, 1:0:3:4:5:6:7:8",
        "fe80::, fe80::",
        "1::8, 1::8",
        "0:1::, 0:1::",
        "192.0.2.1, 192.0.2.1"
    })
    void addressesAreWrittenAsRfc5952Says(String text, String expected) {
        assertThat(Addresses.text(address(text))).isEqualTo(expected);
    }
}
