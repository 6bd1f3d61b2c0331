package org.tiezheng.archive.fixity;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What this server has checked since its start: {@code tiezheng.fixity.objects{store,outcome}}, {@code tiezheng.fixity.bytes{store}},
 * {@code tiezheng.fixity.alarms{store}}.
 */
final class FixityMeters implements MeterBinder {
    private final CopyOnWriteArrayList<MeterRegistry> registries = new CopyOnWriteArrayList<>();

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
    }

    void checked(Checked checked) {
        String store = checked.copy().storeId();
        for (MeterRegistry registry : registries) {
            Counter.builder("tiezheng.fixity.objects")
                    .description("copies checked")
                    .tag("store", store)
                    .tag("outcome", checked.outcome().name())
                    .register(registry)
                    .increment();
            Counter.builder("tiezheng.fixity.bytes")
                    .description("bytes read and hashed")
                    .baseUnit("bytes")
                    .tag("store", store)
                    .register(registry)
                    .increment(checked.bytesRead());
            if (checked.isAlarming()) {
                Counter.builder("tiezheng.fixity.alarms")
                        .description("checks that found something wrong")
                        .tag("store", store)
                        .register(registry)
                        .increment();
            }
        }
    }
}
