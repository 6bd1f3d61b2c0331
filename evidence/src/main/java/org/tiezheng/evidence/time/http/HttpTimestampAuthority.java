package org.tiezheng.evidence.time.http;

import java.io.IOException;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.Imprint;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.Asn1Shape;
import org.tiezheng.evidence.trust.SignedCms;
import org.tiezheng.evidence.trust.Texts;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * An external time-stamp authority, asked over HTTP or HTTPS.
 *
 * <p>Each request carries a fresh nonce and asks for the certificate. The answer counts only if it was granted for this
 * imprint and this nonce. CRLs that the token lacks are fetched from where its certificates say, if these lead to one of
 * {@link #anchors()}, and put into it: a verifier has nothing else to go by. One request is tried once: the caller decides about repeating. No redirect is followed.
 *
 * <p>Source: RFC 3161 sections 2.4 and 3.4. Safe for use by several threads.
 */
public final class HttpTimestampAuthority implements TimestampAuthority {
    private static final int MAX_STATUS_TEXT = 200;

    private final URI url;
    private final @Nullable String authorization;
    private final TrustAnchors anchors;
    private final Duration timeout;
    private final HttpClient client;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param url {@code http} or {@code https}; {@code user:password@} in it becomes basic authentication
     * @param anchors what its tokens must lead to
     * @param timeout for each exchange (the token, each CRL): connecting, sending, receiving the last byte
     * @throws IllegalArgumentException if {@code url} has another scheme or no host, or {@code timeout} is not positive
     */
    public HttpTimestampAuthority(URI url, TrustAnchors anchors, Duration timeout) {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
            throw new IllegalArgumentException("expected an http or https URL with a host");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be positive, got " + timeout);
        }
        this.url = withoutUserInfo(url);
        this.authorization = url.getUserInfo() == null
                ? null
                : "Basic "
                        + Base64.getEncoder().encodeToString(url.getUserInfo().getBytes(StandardCharsets.UTF_8));
        this.anchors = anchors;
        this.timeout = timeout;
        this.client = HttpClient.newBuilder()
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** The URL without user info, query and fragment: those may hold secrets, and the name is printed. */
    @Override
    public String name() {
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        return url.getScheme() + "://" + url.getHost() + port + (url.getRawPath() == null ? "" : url.getRawPath());
    }

    @Override
    public TrustAnchors anchors() {
        return anchors;
    }

    @Override
    public boolean embedded() {
        return false;
    }

    @Override
    public TimestampToken stamp(Digest sha256) throws TimestampException {
        if (sha256.algorithm() != Digest.Algorithm.SHA256) {
            throw new IllegalArgumentException("tokens are over SHA-256, got " + sha256);
        }
        return stamp(Imprint.of(sha256));
    }

    @Override
    public TimestampToken stamp(Imprint imprint) throws TimestampException {
        TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        TimeStampRequest request = generator.generate(
                new ASN1ObjectIdentifier(imprint.oid()), imprint.value(), new BigInteger(64, random).setBit(63));
        TimestampToken token = tokenOf(exchange(query(encoded(request))), request);
        return CrlDownload.complete(token, anchors, name(), this::crl);
    }

    /** From the distribution points that the token's certificates name, if these lead to one of {@link #anchors()}. */
    @Override
    public TimestampToken withCrlsOfNow(TimestampToken token) throws TimestampException {
        return CrlDownload.refresh(token, anchors, name(), this::crl);
    }

    private TimestampToken tokenOf(byte[] answer, TimeStampRequest request) throws TimestampException {
        try {
            Asn1Shape.check(answer);
            TimeStampResponse response = new TimeStampResponse(answer);
            int status = response.getStatus();
            if (status != PKIStatus.GRANTED && status != PKIStatus.GRANTED_WITH_MODS) {
                throw refused(response);
            }
            response.validate(
                    request); // imprint, nonce, policy, version; the token has the SigningCertificate attribute
            return TimestampToken.parse(response.getTimeStampToken()
                    .toCMSSignedData()
                    .toASN1Structure()
                    .getEncoded(ASN1Encoding.DL)); // some authorities send BER
        } catch (TSPException | IOException | MalformedTokenException e) {
            throw new TimestampException(name() + ": unusable answer: " + printable(e), true, e);
        } catch (RuntimeException e) {
            // Bouncy Castle reports malformed ASN.1 with IllegalArgumentException, ClassCastException and others.
            throw new TimestampException(name() + ": not an RFC 3161 answer: " + printable(e), true, e);
        }
    }

    private TimestampException refused(TimeStampResponse response) {
        PKIFailureInfo failure = response.getFailInfo();
        List<String> words = new ArrayList<>();
        words.add("status " + response.getStatus());
        if (failure != null) {
            words.add(name(failure.intValue()));
        }
        if (response.getStatusString() != null) {
            String text = response.getStatusString();
            words.add(Texts.printable(text.substring(0, Math.min(text.length(), MAX_STATUS_TEXT))));
        }
        // RFC 3161 section 2.4.2: these two are the authority's own trouble; the others are about our request.
        boolean retryHelps = failure != null
                && (failure.intValue() == PKIFailureInfo.timeNotAvailable
                        || failure.intValue() == PKIFailureInfo.systemFailure);
        return new TimestampException(name() + ": refused: " + String.join(", ", words), retryHelps);
    }

    private static String name(int failure) {
        return switch (failure) {
            case PKIFailureInfo.badAlg -> "badAlg";
            case PKIFailureInfo.badRequest -> "badRequest";
            case PKIFailureInfo.badDataFormat -> "badDataFormat";
            case PKIFailureInfo.timeNotAvailable -> "timeNotAvailable";
            case PKIFailureInfo.unacceptedPolicy -> "unacceptedPolicy";
            case PKIFailureInfo.unacceptedExtension -> "unacceptedExtension";
            case PKIFailureInfo.addInfoNotAvailable -> "addInfoNotAvailable";
            case PKIFailureInfo.systemFailure -> "systemFailure";
            default -> "failure 0x" + Integer.toHexString(failure);
        };
    }

    private HttpRequest query(byte[] request) {
        HttpRequest.Builder post = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .header("Content-Type", "application/timestamp-query")
                .header("Accept", "application/timestamp-reply")
                .POST(HttpRequest.BodyPublishers.ofByteArray(request));
        if (authorization != null) {
            post.header("Authorization", authorization);
        }
        return post.build();
    }

    private byte[] crl(URI from) throws TimestampException {
        try {
            return exchange(HttpRequest.newBuilder(from).timeout(timeout).GET().build());
        } catch (IllegalArgumentException e) {
            throw new TimestampException(name() + ": no usable CRL URL: " + printable(e), false, e);
        }
    }

    private byte[] exchange(HttpRequest request) throws TimestampException {
        CompletableFuture<HttpResponse<byte[]>> sent =
                client.sendAsync(request, info -> new LimitedBody(SignedCms.MAX_BYTES));
        try {
            // HttpRequest.timeout ends with the headers; this limit covers the body too.
            HttpResponse<byte[]> response = sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() != 200) {
                boolean retryHelps = response.statusCode() >= 500 || response.statusCode() == 429;
                throw new TimestampException(
                        name() + ": HTTP status " + response.statusCode() + " from " + host(request), retryHelps);
            }
            return response.body();
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new TimestampException(name() + ": no answer from " + host(request) + " within " + timeout, true, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new TimestampException(name() + ": " + host(request) + ": " + printable(cause), true, cause);
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new TimestampException(name() + ": interrupted", true, e);
        }
    }

    private static String host(HttpRequest request) {
        return Texts.printable(request.uri().getHost());
    }

    private static byte[] encoded(TimeStampRequest request) {
        try {
            return request.getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException("encoding our own request", e);
        }
    }

    private static String printable(Throwable failure) {
        String message = failure.getMessage();
        if (message != null) {
            return Texts.printable(message);
        }
        // The JDK's client says nothing about why it could not connect.
        return failure instanceof ConnectException
                ? "no connection: refused, or no such host"
                : failure.getClass().getSimpleName();
    }

    private static URI withoutUserInfo(URI url) {
        String text = url.toString();
        String userInfo = url.getRawUserInfo();
        return userInfo == null ? url : URI.create(text.replace(userInfo + "@", ""));
    }

    @Override
    public String toString() {
        return name();
    }
}
