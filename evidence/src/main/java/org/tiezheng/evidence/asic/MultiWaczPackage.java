package org.tiezheng.evidence.asic;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.tiezheng.evidence.Digests;

/**
 * The outer {@code datapackage.json}: tells ReplayWeb.page (wabac.js) to replay the WACZ inside. Its form is known from
 * wabac.js alone, there is no specification.
 */
final class MultiWaczPackage {
    private MultiWaczPackage() {}

    static byte[] toJson(Digests wacz) {
        // Text, not a JSON library: every value is hexadecimal, a number or fixed.
        String template = """
                {
                  "profile": "multi-wacz-package",
                  "resources": [
                    {
                      "name": "capture.wacz",
                      "path": "%s",
                      "hash": "%s",
                      "sm3": "%s",
                      "bytes": %d
                    }
                  ]
                }
                """;
        String json = String.format(Locale.ROOT, template, AsicNames.WACZ, wacz.sha256(), wacz.sm3(), wacz.sizeBytes());
        return json.getBytes(StandardCharsets.US_ASCII);
    }
}
