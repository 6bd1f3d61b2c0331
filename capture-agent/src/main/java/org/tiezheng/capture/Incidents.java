package org.tiezheng.capture;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.tiezheng.capture.record.Incident;

/** Collects what did not go as it should. For any thread; bounded, since a hostile page can cause incidents at will. */
final class Incidents {
    private static final int MOST = 500;

    private final Clock clock;
    private final List<Incident> list = new ArrayList<>();
    private int dropped;

    Incidents(Clock clock) {
        this.clock = clock;
    }

    void add(String code, String detail) {
        add(clock.instant(), code, detail);
    }

    synchronized void add(Instant at, String code, String detail) {
        if (list.size() < MOST) {
            list.add(new Incident(at, code, detail));
        } else {
            dropped++;
        }
    }

    /** In order of time. */
    synchronized List<Incident> list() {
        List<Incident> all = new ArrayList<>(list);
        all.sort(Comparator.comparing(Incident::at));
        if (dropped > 0) {
            all.add(new Incident(clock.instant(), "MORE_INCIDENTS", dropped + " more were not kept"));
        }
        return all;
    }
}
