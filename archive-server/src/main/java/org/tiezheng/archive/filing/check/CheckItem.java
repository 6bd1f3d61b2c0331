package org.tiezheng.archive.filing.check;

import java.util.Arrays;
import java.util.Optional;

/**
 * One item of the check. Names of items are in the message bundles under {@code filing.item.<number>}.
 *
 * <p>Source: DA/T 70-2018, codes as domain.md C5 has them; items 1-9, 2-7, 2-8 and 3-4 to 3-7 carry names that were not confirmed
 * there.
 */
public enum CheckItem {
    FIXITY("1-1", true),
    METADATA_LENGTH("1-2", false),
    METADATA_FORMAT("1-3", false),
    METADATA_RANGE("1-4", false),
    VALUES_PLAUSIBLE("1-5", false),
    SPECIAL_CHARACTERS("1-6", false),
    CODE_FORM("1-7", false),
    CODE_UNIQUE("1-8", false),
    RESERVED("1-9", false),
    CONTENT_ATTRIBUTES("1-10", false),
    METADATA_TO_CONTENT("1-11", false),
    DESCRIPTION_FILES("1-12", false),
    PACKAGE_STRUCTURE("1-13", false),
    PACKAGE_EQUAL("1-14", true),
    TOTAL_ITEMS("2-1", false),
    TOTAL_BYTES("2-2", false),
    METADATA_COMPLETE("2-3", false),
    METADATA_REQUIRED("2-4", false),
    PROCESS_COMPLETE("2-5", true),
    NUMBERS_CONSECUTIVE("2-6", false),
    CONTENT_COMPLETE("2-7", false),
    ATTACHMENTS_COMPLETE("2-8", false),
    SCOPE("2-9", false),
    MANIFEST_METADATA("2-10", false),
    MANIFEST_CONTENT("2-11", false),
    METADATA_READABLE("3-1", false),
    DATABASE_READABLE("3-2", false),
    CONTENT_FORMAT("3-3", false),
    CONTENT_READABLE("3-4", false),
    VIEWERS("3-5", false),
    CODECS("3-6", false),
    ENVIRONMENT("3-7", false),
    PACKAGE_OPEN("3-8", false),
    SCANNER("4-1", false),
    VIRUS("4-2", true),
    EXTRA_FILES("4-3", false),
    MEDIUM_SPEED("4-4", false),
    MEDIUM_APPEARANCE("4-5", false),
    MEDIUM_DISC("4-6", false),
    PROCESS_SAFE("4-7", false);

    private final String number;
    private final boolean blocks;

    CheckItem(String number, boolean blocks) {
        this.number = number;
        this.blocks = blocks;
    }

    /** The four properties (四性). */
    public enum FourProperty {
        AUTHENTICITY,
        COMPLETENESS,
        USABILITY,
        SECURITY
    }

    /** {@code 1-14}. */
    public String number() {
        return number;
    }

    /** With the profile's letters: {@code GD-1-14}. */
    public String code(Profile profile) {
        return profile + "-" + number;
    }

    public FourProperty property() {
        return FourProperty.values()[number.charAt(0) - '1'];
    }

    /** Whether evidence that fails here is not filed, whatever reason is given. */
    public boolean blocks() {
        return blocks;
    }

    /** The item of a code such as {@code GD-1-14}. */
    public static Optional<CheckItem> ofCode(String code) {
        int dash = code.indexOf('-');
        String number = dash < 0 ? "" : code.substring(dash + 1);
        return Arrays.stream(values())
                .filter(item -> item.number.equals(number))
                .findFirst();
    }
}
