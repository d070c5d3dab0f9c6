package de.leakdex;

/** How sure a match is, the least sure first. */
public enum Strength {
    /** A person has to review the match. */
    CANDIDATE,
    /** Names, date of birth and postcode agree. */
    PROBABLE,
    /** An address, a phone number or an account agrees. */
    STRONG,
    /** An official number agrees. */
    CERTAIN;

    static Strength of(int number) {
        return number == 0 ? null : values()[number - 1];
    }
}
