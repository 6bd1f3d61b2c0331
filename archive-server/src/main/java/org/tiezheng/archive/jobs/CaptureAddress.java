package org.tiezheng.archive.jobs;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.SeedUrl;

/**
 * An address that may be captured.
 *
 * @param url as given
 * @param host lower case, with the port if it is not the scheme's: politeness counts by it
 * @param pageKey SHA-256 of scheme, host, port, path and query: equal for the same page, whatever the fragment
 */
record CaptureAddress(String url, String host, String pageKey) {
    /**
     * Checks by the agent's own rules, so that what an agent would refuse is refused here already.
     *
     * @throws JobRefused if it is no web address, or names a host the egress policy forbids
     */
    static CaptureAddress parse(String text, EgressPolicy policy) {
        SeedUrl seed;
        try {
            seed = SeedUrl.parse(text.strip());
        } catch (SeedUrl.RefusedException e) {
            throw new JobRefused(Code.ADDRESS, shorten(text));
        }
        if (seed.refusedBy(policy).isPresent()) {
            throw new JobRefused(Code.ADDRESS, shorten(text));
        }
        boolean usual = seed.port() == (seed.scheme().equals("https") ? 443 : 80);
        String host = usual ? seed.host() : seed.host() + ":" + seed.port();
        return new CaptureAddress(seed.text(), host, sha256(seed.scheme() + "://" + host + path(seed.text())));
    }

    /** From the path on, without the fragment; "/" if there is none. */
    private static String path(String url) {
        int end = url.indexOf('#');
        String page = end < 0 ? url : url.substring(0, end);
        int authority = page.indexOf("//") + 2;
        for (int i = authority; i < page.length(); i++) {
            char c = page.charAt(i);
            if (c == '/') {
                return page.substring(i);
            }
            if (c == '?') {
                return "/" + page.substring(i);
            }
        }
        return "/";
    }

    static String sha256(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String shorten(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
