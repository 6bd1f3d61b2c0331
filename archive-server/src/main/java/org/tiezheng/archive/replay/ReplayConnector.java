package org.tiezheng.archive.replay;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/**
 * The second connector. The browser keeps what runs there apart from the screens because the port, or in production the
 * host name, is another one: another origin of the same site. (Of another site, private windows refuse service workers.)
 */
public final class ReplayConnector implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
    private final ReplaySettings settings;
    private @Nullable Connector connector;

    public ReplayConnector(ReplaySettings settings) {
        this.settings = settings;
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        Connector second = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        second.setPort(settings.port());
        second.setXpoweredBy(false);
        if (second.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
            protocol.setAddress(address(factory.getAddress()));
            protocol.setMaxThreads(64);
            protocol.setConnectionTimeout(20_000);
        }
        factory.addAdditionalConnectors(second);
        connector = second;
    }

    private @Nullable InetAddress address(@Nullable InetAddress ofMain) {
        String own = settings.address();
        if (own == null) {
            return ofMain;
        }
        try {
            return InetAddress.getByName(own);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("tiezheng.replay.address is not an address: " + own, e);
        }
    }

    /** Whether {@code request} came in here. The port decides, not the Host header, which the sender writes. */
    public boolean received(HttpServletRequest request) {
        Connector second = connector;
        return second != null && second.getLocalPort() > 0 && request.getLocalPort() == second.getLocalPort();
    }

    /** Whether there is an origin to embed yet. */
    public boolean listens() {
        Connector second = connector;
        return settings.url() != null || (second != null && second.getLocalPort() > 0);
    }

    /**
     * The origin to embed in a page that {@code request} asked for, such as {@code http://localhost:40123}.
     *
     * @throws IllegalStateException if the server does not listen yet
     */
    public URI origin(HttpServletRequest request) {
        URI url = settings.url();
        if (url != null) {
            return URI.create(url.getScheme() + "://" + url.getRawAuthority());
        }
        Connector second = connector;
        if (second == null || second.getLocalPort() <= 0) {
            throw new IllegalStateException("the replay connector does not listen");
        }
        String host = request.getServerName();
        return URI.create(request.getScheme() + "://"
                + (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":"
                + second.getLocalPort());
    }

    /**
     * Whether browsers give {@code origin} service workers: HTTPS, or this machine. Source: W3C Secure Contexts, section
     * 3.1.
     */
    public static boolean isSecure(URI origin) {
        String host = String.valueOf(origin.getHost()).toLowerCase(Locale.ROOT);
        return "https".equals(origin.getScheme())
                || host.equals("localhost")
                || host.endsWith(".localhost")
                || host.equals("[::1]")
                || host.matches("127(\\.[0-9]{1,3}){3}");
    }
}
