package org.tiezheng.capture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which browser request is which exchange on the wire: same method and address, then same status, then order of time.
 *
 * <p>The two clocks are one machine's, but the log's times are the browser's view (queued requests are logged before they
 * are sent), so time orders and never decides by distance.
 */
final class RequestMatching {
    private final Map<BrowserRequest, WireExchange> matched = new IdentityHashMap<>();
    private final List<BrowserRequest> unmatched = new ArrayList<>();
    private final List<WireExchange> extra = new ArrayList<>();

    private RequestMatching() {}

    private record Key(String method, String url) {}

    static RequestMatching of(List<BrowserRequest> requests, List<WireExchange> exchanges) {
        RequestMatching matching = new RequestMatching();
        Map<Key, List<WireExchange>> wire = new HashMap<>();
        exchanges.stream()
                .sorted(Comparator.comparing(WireExchange::at))
                .forEach(exchange -> wire.computeIfAbsent(
                                new Key(method(exchange), Addresses.comparable(exchange.url())),
                                key -> new ArrayList<>())
                        .add(exchange));
        List<BrowserRequest> fromNetwork = requests.stream()
                .filter(request -> request.source() == BrowserRequest.Source.NETWORK)
                .sorted(Comparator.comparing(BrowserRequest::at))
                .toList();
        // Those with a status first, so that a request that failed early does not take the exchange of one that went
        // well.
        List<BrowserRequest> later = new ArrayList<>();
        for (BrowserRequest request : fromNetwork) {
            if (request.status() == null || !matching.take(wire, request, true)) {
                later.add(request);
            }
        }
        for (BrowserRequest request : later) {
            if (!matching.take(wire, request, false)) {
                matching.unmatched.add(request);
            }
        }
        wire.values().forEach(matching.extra::addAll);
        matching.extra.sort(Comparator.comparing(WireExchange::at));
        return matching;
    }

    /** A WebSocket over HTTP/2 is a CONNECT on the wire (RFC 8441) and a GET in the browser's log. */
    private static String method(WireExchange exchange) {
        return exchange.method().equals("CONNECT") ? "GET" : exchange.method();
    }

    private boolean take(Map<Key, List<WireExchange>> wire, BrowserRequest request, boolean sameStatus) {
        List<WireExchange> candidates = wire.get(new Key(request.method(), Addresses.comparable(request.url())));
        if (candidates == null) {
            return false;
        }
        for (Iterator<WireExchange> each = candidates.iterator(); each.hasNext(); ) {
            WireExchange exchange = each.next();
            if (!sameStatus || Objects.equals(exchange.status(), request.status())) {
                each.remove();
                matched.put(request, exchange);
                return true;
            }
        }
        return false;
    }

    /** Null if the wire has none. */
    @Nullable
    WireExchange exchangeOf(BrowserRequest request) {
        return matched.get(request);
    }

    int matched() {
        return matched.size();
    }

    /** Requests of source NETWORK without an exchange. */
    List<BrowserRequest> unmatched() {
        return unmatched;
    }

    /** Exchanges no request asked for. */
    List<WireExchange> extra() {
        return extra;
    }
}
