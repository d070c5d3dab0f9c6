package de.leakdex;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The outcome of a run.
 *
 * @param rows all members: the sum of the next three numbers
 * @param affected members who are in the leak
 * @param notAffected members who were checked and not found
 * @param indeterminate members who could not be checked
 * @param partiallyChecked members who are not affected and were not checked in full, according to the caveats of
 *     their rows and of the run
 * @param caveats doubts about the run
 */
public record RunOutcome(
        long rows,
        long affected,
        long notAffected,
        long indeterminate,
        long partiallyChecked,
        List<RunCaveat> caveats) {

    static RunOutcome read(ByteBuffer answer) {
        long rows = answer.getLong();
        long affected = answer.getLong();
        long notAffected = answer.getLong();
        long indeterminate = answer.getLong();
        long partiallyChecked = answer.getLong();
        int count = answer.getInt();
        List<RunCaveat> caveats = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String side = Bytes.read(answer);
            String column = orNull(Bytes.read(answer));
            String field = orNull(Bytes.read(answer));
            List<String> kinds = Bytes.words(Bytes.read(answer));
            String sign = Bytes.read(answer);
            String explanation = Bytes.read(answer);
            caveats.add(new RunCaveat(
                    side, column, field, kinds, sign, explanation, answer.getLong(), answer.getLong()));
        }
        return new RunOutcome(rows, affected, notAffected, indeterminate, partiallyChecked, List.copyOf(caveats));
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
