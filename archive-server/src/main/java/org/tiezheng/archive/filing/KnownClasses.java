package org.tiezheng.archive.filing;

import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.retention.ClassChanges;
import org.tiezheng.archive.retention.RetentionClass;
import org.tiezheng.archive.retention.RetentionClasses;
import org.tiezheng.archive.retention.Retentions;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;

/** The retention classes of package {@code retention}, as {@link Received} asks for them. */
final class KnownClasses implements Received.Classes {
    private final RetentionClasses classes;
    private final Retentions retentions;
    private final ClassChanges changes;
    private final Clock clock;

    KnownClasses(RetentionClasses classes, Retentions retentions, ClassChanges changes, Clock clock) {
        this.classes = classes;
        this.retentions = retentions;
        this.changes = changes;
        this.clock = clock;
    }

    @Override
    public Optional<Integer> years(String classId) {
        Optional<RetentionClass> found = classes.find(classId, LocalDate.ofInstant(clock.instant(), Format.BEIJING));
        return found.map(RetentionClass::years).or(() -> found.map(forEver -> 0));
    }

    @Override
    public void raise(UUID evidence, String classId, Actor by) {
        if (retentions.of(evidence).filter(of -> of.classId().equals(classId)).isPresent()) {
            return;
        }
        try {
            int unused = changes.raise(List.of(evidence), classId, "class of the imported package", by);
        } catch (Problem longer) {
            // What it has here is longer, and stays.
            if (longer.status() != HttpStatus.CONFLICT) {
                throw longer;
            }
        }
    }
}
