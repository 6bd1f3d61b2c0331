package org.tiezheng.archive.operations;

import java.util.List;
import org.tiezheng.evidence.time.TimestampAuthority;

/** The time-stamp authorities that the server itself may ask, in order of preference. */
public record StampingAuthorities(List<TimestampAuthority> list) {
    public StampingAuthorities {
        list = List.copyOf(list);
    }
}
