package org.tiezheng.evidence;

/**
 * What a check looks at. Codes are part of the format: printed, documented in {@code docs/format.md},
 * and never given another meaning. Gaps in the numbers belong to checks of later format parts.
 *
 * <p>The texts (title, meaning, consequence, what to do) are in the verifier's message bundles.
 */
public enum Code {
    /** No end-of-central-directory record at the very end of the file. */
    Z01,
    /** Bytes that are not covered by exactly one entry or header. */
    Z02,
    /** A local header that differs from its central directory entry. */
    Z03,
    /** Two entries with the same name, or names equal but for case. */
    Z04,
    /** A name outside the allowed form. */
    Z05,
    /** An entry that is not STORED, is encrypted, or has a data descriptor or foreign extra field. */
    Z06,
    /** {@code mimetype} is not the first entry or not the exact text. */
    Z07,
    /** An entry whose bytes do not have the CRC-32 of its header. */
    Z08,
    /** More entries, bytes or nesting than allowed. */
    Z09,

    /** A file that no manifest lists. */
    M01,
    /** A listed file that is missing. */
    M02,
    /** A file whose digest is not the listed one. */
    M03,
    /** A digest algorithm that is not allowed. */
    M04,
    /** A manifest that is not well-formed, has a DTD, or names a file twice. */
    M05,
    /** A manifest whose signature or token file is missing. */
    M06,
    /** A file in META-INF of no known kind. */
    M07,
    /** SHA256SUMS or SM3SUMS disagrees with the bytes. */
    M08,

    /** {@code datapackage.json} missing or not readable. */
    W01,
    /** A resource whose hash or size is not the listed one. */
    W02,
    /** A file in the WACZ that {@code datapackage.json} does not list. */
    W03,
    /** {@code datapackage-digest.json} does not hash {@code datapackage.json}. */
    W04,
    /** The WACZ-auth signature does not verify. */
    W05,
    /** A CDXJ line that does not hit the record it names. */
    W06,
    /** A WARC record whose block or payload digest is wrong. */
    W07,
    /** Profile or version of the WACZ is not the one of this format. */
    W08,
    /** {@code --deep}: a WARC record that {@code network.pcapng} does not contain. */
    W09,
    /** {@code --deep}: an exchange of {@code network.pcapng} that no WARC record holds. */
    W10,
    /** {@code --deep}: a WARC record that differs from the exchange on the wire. */
    W11,
    /** {@code --deep}: {@code network.pcapng} is missing or cannot be decoded, so nothing was compared. */
    W12,
    /** {@code capture.json} is missing or does not follow its schema. */
    W13,

    /** The token's message imprint is not the digest of the stamped bytes. */
    T01,
    /** The token's CMS signature does not verify. */
    T02,
    /** The token's ESSCertIDv2 does not name the certificate that signed it. */
    T03,
    /** The TSA certificate's extended key usage is not exactly timeStamping, critical. */
    T04,
    /** The TSA certificate was not valid at genTime. */
    T05,
    /** No path from the TSA certificate to a trust anchor at genTime. */
    T06,
    /** The TSA certificate was revoked before genTime (INVALID), or nothing tells (INDETERMINATE). */
    T07,
    /** An algorithm that was not acceptable at genTime. */
    T08,
    /** The TSA certificate has expired and no evidence record was made before that. */
    T09,
    /** genTime is more than ten minutes from the log leaf's time. */
    T10,

    /** The signature's message digest is not the digest of the manifest. */
    S01,
    /** The signature value does not verify. */
    S02,
    /** The signing-certificate-v2 attribute does not name the signer's certificate. */
    S03,
    /** No path from the signer to a trust anchor, or revoked, at the best known time. */
    S04,
    /** The signature time-stamp is missing or fails a T check. */
    S05,

    /** A file of the group is not in the first archive time-stamp of the first chain. */
    R01,
    /** A reduced hash tree does not lead to what its token is over. */
    R02,
    /** A renewed archive time-stamp does not cover the token before it. */
    R03,
    /** A renewal came too late or out of order: genTimes do not ascend, or what it renews had ended before. */
    R04,
    /** A new chain does not cover the data together with all chains before it. */
    R05,
    /** A token of an evidence record fails a T check. */
    R06,
    /** The group of an evidence record has extra or missing members. */
    R07,
    /** Not an evidence record in DER, or one beyond the limits. */
    R08,

    /** Not a log proof of this format. */
    L01,
    /** The checkpoint has no right signature of a log of the user's policy. */
    L02,
    /** The entry is not in the checkpoint's tree. */
    L03,
    /** Fewer witnesses than the user's policy asks for cosigned the checkpoint. */
    L04,
    /** The entry is of another package. */
    L05,
    /** The user's copy of the log does not begin with the checkpoint's tree. */
    L06,
    /** A witness saw the entry more than an hour after its time: a warning, never a verdict. */
    L07;
}
