package org.tiezheng.archive.filing.check;

/** When the check is made. The same items and the same rules; what the archival code is compared with differs. */
public enum Profile {
    /** On filing (归档). */
    GD,
    /** While kept, of what was filed (长期保存). */
    CQ
}
