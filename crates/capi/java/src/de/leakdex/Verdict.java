package de.leakdex;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The verdict on a member. Its text shows no value of the member and no reference.
 *
 * @param reference your reference of the member, or null
 * @param state the outcome of the check
 * @param strength the strength of the best match; null unless the member is affected
 * @param isPartial whether a member who is not affected was checked only in part
 * @param records how many leaked records matched
 * @param matched the kinds that matched, such as kvnr
 * @param breaches the breaches that the member is in
 * @param breachStrengths the strength of the match in each breach, in the order of {@code breaches}
 * @param dataClasses the classes of data in the rows that matched
 * @param checked the kinds that were checked with a sound value
 * @param reasons the codes of the reasons why values could not be used, and why a member who is not affected was not
 *     checked in full
 */
public record Verdict(
        String reference,
        State state,
        Strength strength,
        boolean isPartial,
        long records,
        List<String> matched,
        List<String> breaches,
        List<String> breachStrengths,
        List<String> dataClasses,
        List<String> checked,
        List<String> reasons) {

    static Verdict read(ByteBuffer answer, String reference) {
        return read(answer, reference, new HashMap<>());
    }

    /** A verdict of a list. Many members have the same words, which {@code known} keeps. */
    static Verdict read(ByteBuffer answer, String reference, Map<String, List<String>> known) {
        State state = State.of(answer.get());
        Strength strength = Strength.of(answer.get());
        boolean isPartial = answer.get() != 0;
        long records = answer.getLong();
        return new Verdict(reference, state, strength, isPartial, records, words(answer, known),
                words(answer, known), words(answer, known), words(answer, known), words(answer, known),
                words(answer, known));
    }

    private static List<String> words(ByteBuffer answer, Map<String, List<String>> known) {
        String words = Bytes.read(answer);
        return known.computeIfAbsent(words, Bytes::words);
    }

    @Override
    public String toString() {
        return "Verdict[" + state + (strength == null ? "" : " " + strength) + "]";
    }
}
