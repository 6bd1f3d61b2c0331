package org.tiezheng.evidence.asic;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of the files in a package, and what each name means. Source: docs/format.md, "Container". */
public final class AsicNames {
    public static final String MIMETYPE = "mimetype";
    /** Content of {@link #MIMETYPE}: 31 ASCII bytes, no newline. */
    public static final String MIMETYPE_TEXT = "application/vnd.etsi.asic-e+zip";

    public static final String WACZ = "wacz/capture.wacz";
    public static final String DATAPACKAGE = "datapackage.json";
    public static final String SHA256SUMS = "SHA256SUMS";
    public static final String SM3SUMS = "SM3SUMS";
    public static final String VERIFY_TXT = "VERIFY.txt";

    /** The five files every signature and token covers, in the order of the container. */
    public static final List<String> COVERED = List.of(WACZ, DATAPACKAGE, SHA256SUMS, SM3SUMS, VERIFY_TXT);

    private AsicNames() {}

    /** {@code META-INF/ASiCManifest001.xml}; numbers run from 1 to 999, one for each signature or token. */
    public static String manifest(int number) {
        return numbered("META-INF/ASiCManifest%03d.xml", number);
    }

    /** {@code META-INF/signature001.p7s}: CAdES signature of manifest 001. */
    public static String signature(int number) {
        return numbered("META-INF/signature%03d.p7s", number);
    }

    /** {@code META-INF/timestamp002.tst}: RFC 3161 token over manifest 002. */
    public static String timestamp(int number) {
        return numbered("META-INF/timestamp%03d.tst", number);
    }

    /** {@code META-INF/ASiCEvidenceRecordManifest001.xml}: lists the group of record 001. */
    public static String evidenceRecordManifest(int number) {
        return numbered("META-INF/ASiCEvidenceRecordManifest%03d.xml", number);
    }

    /** {@code META-INF/evidencerecord001.ers}: RFC 4998, DER. */
    public static String evidenceRecord(int number) {
        return numbered("META-INF/evidencerecord%03d.ers", number);
    }

    /** {@code META-INF/log001.tlog-proof}: C2SP tlog-proof of the package's entry. */
    public static String logProof(int number) {
        return numbered("META-INF/log%03d.tlog-proof", number);
    }

    private static String numbered(String format, int number) {
        if (number < 1 || number > 999) {
            throw new IllegalArgumentException("number " + number + " is not 1 to 999");
        }
        return String.format(Locale.ROOT, format, number);
    }

    /**
     * What a file in {@code META-INF/} is, by its name. In the order of the container; files of the first four kinds are
     * sorted by number first, so that each manifest stands before what signs or stamps it.
     */
    public enum Kind {
        /** {@code ASiCManifest001.xml}. */
        MANIFEST("ASiCManifest[0-9]{3}\\.xml"),
        /** {@code signature001.p7s}. */
        SIGNATURE("signature[0-9]{3}\\.p7s"),
        /** {@code timestamp002.tst}. */
        TIMESTAMP("timestamp[0-9]{3}\\.tst"),
        /** {@code sm2-timestamp001.tsr}: optional token under SM2 and SM3, over SM3SUMS. */
        SM2_TIMESTAMP("sm2-timestamp[0-9]{3}\\.tsr"),
        /** {@code ASiCEvidenceRecordManifest001.xml}. */
        EVIDENCE_RECORD_MANIFEST("ASiCEvidenceRecordManifest[0-9]{3}\\.xml"),
        /** {@code evidencerecord001.ers}: RFC 4998. */
        EVIDENCE_RECORD("evidencerecord[0-9]{3}\\.ers"),
        /** {@code log001.tlog-proof}: C2SP tlog-proof. */
        LOG_PROOF("log[0-9]{3}\\.tlog-proof"),
        /** {@code trust/<name>.pem}: certificates for convenience, never trusted by themselves. */
        TRUST("trust/[A-Za-z0-9._-]+\\.pem");

        private static final String FOLDER = "META-INF/";
        private final Pattern pattern;

        Kind(String pattern) {
            this.pattern = Pattern.compile(FOLDER + pattern);
        }

        /** Empty if {@code name} is in no way known: outside META-INF/, or a finding M07 inside it. */
        public static Optional<Kind> of(String name) {
            for (Kind kind : values()) {
                if (kind.pattern.matcher(name).matches()) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    /**
     * The one order of members in a package, for known names: {@link #MIMETYPE}, {@link #COVERED}, then the kinds of {@code
     * META-INF/}. Manifests with what signs or stamps them come first, by number; then the other kinds, each by number.
     * Names that are not known have no place in it; they come last.
     */
    public static final Comparator<String> ORDER = Comparator.comparingInt(AsicNames::group)
            .thenComparingInt(AsicNames::numberOf)
            .thenComparing(name -> Kind.of(name).map(Kind::ordinal).orElse(0))
            .thenComparing(Comparator.naturalOrder());

    private static final int UNKNOWN = Integer.MAX_VALUE;

    private static int group(String name) {
        if (name.equals(MIMETYPE)) {
            return 0;
        }
        int covered = COVERED.indexOf(name);
        if (covered >= 0) {
            return 1 + covered;
        }
        int proofs = 1 + COVERED.size();
        return Kind.of(name)
                .map(kind -> switch (kind) {
                    case MANIFEST, SIGNATURE, TIMESTAMP -> proofs;
                    case SM2_TIMESTAMP -> proofs + 1;
                    case EVIDENCE_RECORD_MANIFEST, EVIDENCE_RECORD -> proofs + 2;
                    case LOG_PROOF -> proofs + 3;
                    case TRUST -> proofs + 4;
                })
                .orElse(UNKNOWN);
    }

    /** Whether the format says what a file of this name is. */
    public static boolean isKnown(String name) {
        return group(name) != UNKNOWN;
    }

    /** Whether a file belongs to the group of the package's evidence record: what is covered, manifests, signatures, tokens. */
    public static boolean isInRecordGroup(String name) {
        return COVERED.contains(name)
                || Kind.of(name)
                        .filter(kind -> kind == Kind.MANIFEST || kind == Kind.SIGNATURE || kind == Kind.TIMESTAMP)
                        .isPresent();
    }

    /** True for every name below {@code META-INF/}, known or not. */
    public static boolean isMetaInf(String name) {
        return name.startsWith(Kind.FOLDER);
    }

    private static final Pattern NUMBER = Pattern.compile("([0-9]{3})\\.[a-z0-9-]+$");

    /** The number in a numbered name of {@link Kind}; 0 for trust files. */
    static int numberOf(String name) {
        Matcher matcher = NUMBER.matcher(name);
        return matcher.find() && !Kind.TRUST.pattern.matcher(name).matches() ? Integer.parseInt(matcher.group(1)) : 0;
    }
}
