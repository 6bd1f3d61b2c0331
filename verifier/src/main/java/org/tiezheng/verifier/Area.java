package org.tiezheng.verifier;

import org.tiezheng.evidence.Code;

/** The part of a package a check looks at: the first letter of its code. In the order of a report. */
public enum Area {
    /** The outer zip container. */
    Z,
    /** Manifests: every file listed, every listed file there and unchanged. */
    M,
    /** The inner web archive. */
    W,
    /** Time-stamps. */
    T,
    /** Signature. */
    S,
    /** Evidence record (RFC 4998). */
    R,
    /** Transparency log proof. */
    L;

    public static Area of(Code code) {
        return valueOf(code.name().substring(0, 1));
    }
}
