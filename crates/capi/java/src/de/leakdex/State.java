package de.leakdex;

/** The outcome of a check for a member. */
public enum State {
    /** A leaked record matches the member. A match may still be doubtful. */
    AFFECTED,
    /** At least one identifier was checked, and no leaked record matches the member. */
    NOT_AFFECTED,
    /** No identifier could be checked. This is not a "no". */
    INDETERMINATE;

    static State of(int number) {
        return values()[number - 1];
    }
}
