package org.tiezheng.auditor.audit;

/** What an audit can find. The code never changes its meaning; docs/audit.md explains each. */
public enum AuditCode {
    LOG_SIGNATURE(Area.LOG),
    LOG_QUORUM(Area.LOG),
    LOG_ROOT(Area.LOG),
    LOG_ENTRY(Area.LOG),
    LOG_TILE(Area.LOG),
    LOG_HISTORY(Area.LOG),
    LOG_KEY(Area.LOG),
    LEAF_UNREADABLE(Area.ENTRIES),
    LEAF_TWICE(Area.ENTRIES),
    LEAF_ALONE(Area.ENTRIES),
    LEAF_CONTRADICTS(Area.ENTRIES),
    TIME_BACK(Area.TIMES),
    TIME_AHEAD(Area.TIMES),
    TIME_SEAL(Area.TIMES),
    TIME_STORED(Area.TIMES),
    OBJECT_MISSING(Area.OBJECTS),
    OBJECT_SIZE(Area.OBJECTS),
    OBJECT_CHANGED(Area.CONTENT),
    OBJECT_UNREADABLE(Area.CONTENT),
    LOCK_MISSING(Area.LOCKS),
    LOCK_SHORT(Area.LOCKS),
    LOCK_WEAK(Area.LOCKS),
    HOLD_MISSING(Area.LOCKS),
    HOLD_UNKNOWN(Area.LOCKS),
    OBJECT_UNKNOWN(Area.STRANGERS),
    DISPOSAL_PRESENT(Area.DISPOSALS),
    DISPOSAL_EARLY(Area.DISPOSALS),
    DISPOSAL_UNENDED(Area.DISPOSALS),
    PACKAGE_REFUSED(Area.PACKAGES),
    PACKAGE_INCOMPLETE(Area.PACKAGES),
    PACKAGE_OTHER(Area.PACKAGES),
    RECORD_UNREADABLE(Area.RECORDS),
    RECORD_NONE(Area.RECORDS),
    RECORD_REFUSED(Area.RECORDS),
    REGISTER_UNREADABLE(Area.ROWS),
    REGISTER_UNKNOWN(Area.ROWS),
    ROW_MISSING(Area.ROWS),
    ROW_ALONE(Area.ROWS),
    ROW_DIFFERS(Area.ROWS),
    ROW_CHANGED(Area.ROWS),
    CHAIN_CHANGED(Area.CHAIN),
    EVENT_MISSING(Area.CHAIN);

    private final Area area;

    AuditCode(Area area) {
        this.area = area;
    }

    public Area area() {
        return area;
    }

    /** {@code LOG-ROOT}. */
    @Override
    public String toString() {
        return name().replace('_', '-');
    }
}
