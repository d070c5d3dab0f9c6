package de.leakdex;

/** The outcome of a check for a member. */
public enum State {
    /** The member is in the leak. */
    AFFECTED,
    /** At least one identifier was checked, and none is in the leak. */
    NOT_AFFECTED,
    /** No identifier could be checked. This is not a "no". */
    INDETERMINATE;

    static State of(int number) {
        return values()[number - 1];
    }
}
