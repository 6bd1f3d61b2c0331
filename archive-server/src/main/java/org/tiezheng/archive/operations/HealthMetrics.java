package org.tiezheng.archive.operations;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import org.tiezheng.archive.audit.AuditLog;

/** {@code tiezheng_health{part="store"}}: 1 up, 0.5 degraded, 0 down; and the length of the audit log. */
final class HealthMetrics implements MeterBinder {
    private final HealthWatch watch;
    private final List<HealthPart> parts;
    private final AuditLog audit;

    HealthMetrics(HealthWatch watch, List<HealthPart> parts, AuditLog audit) {
        this.watch = watch;
        this.parts = parts;
        this.audit = audit;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (HealthPart part : parts) {
            Gauge.builder(
                            "tiezheng.health",
                            watch,
                            seen -> figure(seen.report().parts().get(part.name())))
                    .tag("part", part.name())
                    .description("1 up, 0.5 degraded, 0 down")
                    .register(registry);
        }
        Gauge.builder("tiezheng.audit.rows", audit, log -> log.head().seq())
                .description("rows of the audit log")
                .register(registry);
    }

    private static double figure(@org.jspecify.annotations.Nullable Health health) {
        if (health == null) {
            return Double.NaN;
        }
        return switch (health.status()) {
            case UP -> 1;
            case DEGRADED -> 0.5;
            case DOWN -> 0;
        };
    }
}
