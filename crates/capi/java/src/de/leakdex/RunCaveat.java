package de.leakdex;

/**
 * A doubt about a run as a whole, such as a damaged column. It contains no value of a person.
 *
 * @param side "leak" or "members"
 * @param column the column, or null
 * @param field the name of the field, or null
 * @param sign the name of the sign, such as unlike-other-side
 * @param explanation a sentence for people
 * @param count how many values or rows show it
 * @param of out of how many
 */
public record RunCaveat(
        String side, String column, String field, String sign, String explanation, long count, long of) {}
