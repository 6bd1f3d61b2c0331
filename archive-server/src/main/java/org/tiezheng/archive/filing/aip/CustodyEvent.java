package org.tiezheng.archive.filing.aip;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something that happened to a package, as METS and PREMIS tell it. */
public record CustodyEvent(
        long seq,
        Instant at,
        String action,
        String result,
        @Nullable String detail,
        String actorName,
        String actorRole) {}
