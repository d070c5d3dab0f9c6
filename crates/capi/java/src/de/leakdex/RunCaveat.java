package de.leakdex;

import java.util.List;

/**
 * A doubt about a run as a whole, such as a damaged column. It contains no value of a person. If a member is not
 * affected, and one of {@code kinds} is in {@link Verdict#checked}, the member was not checked in full.
 *
 * @param side "leak" or "members"
 * @param column the column, or null
 * @param field the name of the field, or null
 * @param kinds the kinds of identifier whose absence from the leak proves nothing
 * @param sign the name of the sign, such as unlike-other-side
 * @param explanation a sentence for people
 * @param count how many values or rows show it
 * @param of how many values or rows were counted
 */
public record RunCaveat(
        String side,
        String column,
        String field,
        List<String> kinds,
        String sign,
        String explanation,
        long count,
        long of) {}
