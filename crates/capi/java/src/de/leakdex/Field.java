package de.leakdex;

/** A field by which leakdex searches for a member. {@code docs/IDENTIFIERS.md} describes how each is normalised. */
public enum Field {
    // The order is that of the library's list. A test compares them.
    EMAIL("email"),
    /** The insured number of a German statutory health insurer. */
    KVNR("kvnr"),
    /** The number of a health card. */
    ICCSN("iccsn"),
    /** The number of a European health insurance card. */
    EHIC("ehic"),
    /** The number of the German pension insurance. */
    RVNR("rvnr"),
    STEUER_ID("steuer-id"),
    IDENTITY_DOCUMENT("identity-document"),
    IBAN("iban"),
    PHONE("phone"),
    EMAIL_ALIAS("email-alias"),
    MD5_EMAIL("md5-email"),
    SHA1_EMAIL("sha1-email"),
    SHA256_EMAIL("sha256-email"),
    USERNAME("username"),
    LAST_NAME("last-name"),
    FIRST_NAME("first-name"),
    /** The whole name in one value. */
    NAME("name"),
    /** The best form is {@code 1980-04-03}. */
    BIRTH_DATE("birth-date"),
    POSTAL_CODE("postal-code");

    private final String slug;

    Field(String slug) {
        this.slug = slug;
    }

    /** The name of the field in the command, in reports and in mappings of columns. */
    public String slug() {
        return slug;
    }

    /**
     * The field with this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Field of(String slug) {
        for (Field field : values()) {
            if (field.slug.equals(slug)) {
                return field;
            }
        }
        // The text may be a value in the wrong place, so the message does not repeat it.
        throw new IllegalArgumentException("there is no such field; Field.values() lists all");
    }
}
