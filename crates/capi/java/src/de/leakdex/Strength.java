package de.leakdex;

/** How certain a match is, from the least to the most certain. */
public enum Strength {
    /** A person has to review the match. */
    CANDIDATE,
    /** Names, date of birth and postcode agree well, or an alias of an e-mail address agrees. */
    PROBABLE,
    /** An e-mail address or its hash, a phone number, an IBAN or a username agrees. */
    STRONG,
    /** An official number agrees. */
    CERTAIN;

    static Strength of(int number) {
        return number == 0 ? null : values()[number - 1];
    }
}
