package de.leakdex;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known at the end of a run.
 *
 * @param countsJson the counts of the run, as JSON
 * @param caveats what is doubtful about the run
 */
public record RunEnd(String countsJson, List<RunCaveat> caveats) {
    static RunEnd read(ByteBuffer answer) {
        String counts = Bytes.read(answer);
        int count = answer.getInt();
        List<RunCaveat> caveats = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String side = Bytes.read(answer);
            String column = orNull(Bytes.read(answer));
            String field = orNull(Bytes.read(answer));
            String sign = Bytes.read(answer);
            String explanation = Bytes.read(answer);
            caveats.add(new RunCaveat(side, column, field, sign, explanation, answer.getLong(), answer.getLong()));
        }
        return new RunEnd(counts, List.copyOf(caveats));
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
