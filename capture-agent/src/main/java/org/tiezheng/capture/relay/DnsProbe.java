package org.tiezheng.capture.relay;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks one name server about one name, outside of any capture. */
public final class DnsProbe {

    private DnsProbe() {}

    /**
     * @param name must be a host name: anything else is the error {@code malformed-name}
     * @param timeout for one answer; the whole takes at most four times as long
     */
    public static Resolution ask(InetSocketAddress server, String name, Clock clock, Duration timeout)
            throws InterruptedException {
        if (!(HostText.parse(name) instanceof HostText.Name host)) {
            return failed(name, clock, "malformed-name");
        }
        try (NameResolver resolver = new NameResolver(List.of(server), HostsFile.empty(), clock, timeout, 1)) {
            return resolver.resolve(host.name()).get(4 * timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return failed(name, clock, "timeout");
        } catch (ExecutionException e) {
            throw new IllegalStateException("resolutions never fail", e);
        }
    }

    private static Resolution failed(String name, Clock clock, String error) {
        return new Resolution(
                1, name, "dns", clock.instant(), clock.instant(), null, List.of(), List.of(), error, List.of());
    }
}
