import de.leakdex.CheckOptions;
import de.leakdex.Field;
import de.leakdex.Index;
import de.leakdex.Key;
import de.leakdex.Member;
import de.leakdex.RunCaveat;
import de.leakdex.RunOutcome;
import de.leakdex.State;
import de.leakdex.Verdict;
import de.leakdex.Verdicts;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Checks the members of {@code tests/ways/mess.py}. Prints their verdicts with tabs between the columns, and then the
 * counts and caveats. Each member must get the same verdict if it is checked alone. Usage: {@code Lines MEMBERS.csv
 * THREADS INDEX KEY [INDEX KEY…]}.
 */
public final class Lines {
    /** The columns after the reference. The last column of the file is left out on purpose. */
    private static final List<Field> FIELDS = List.of(Field.EMAIL, Field.KVNR, Field.FIRST_NAME, Field.LAST_NAME,
            Field.BIRTH_DATE, Field.POSTAL_CODE, Field.PHONE);

    private Lines() {}

    public static void main(String[] arguments) throws IOException {
        CheckOptions options = CheckOptions.builder().threads(Integer.parseInt(arguments[1])).build();
        PrintStream out =
                new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
        try (Index index = open(Arrays.copyOfRange(arguments, 2, arguments.length));
                Stream<String> lines = Files.lines(Path.of(arguments[0]));
                Stream<String> again = Files.lines(Path.of(arguments[0]))) {
            Iterator<Member> members = lines.skip(1).map(Lines::member).iterator();
            Iterator<Member> singly = again.skip(1).map(Lines::member).iterator();
            try (Verdicts verdicts = index.check(members, options)) {
                while (verdicts.hasNext()) {
                    Verdict verdict = verdicts.next();
                    if (!verdict.equals(index.check(singly.next()))) {
                        throw new IllegalStateException(verdict.reference() + " has another verdict if checked alone");
                    }
                    out.println(line(verdict));
                }
                RunOutcome outcome = verdicts.outcome();
                out.println(tabs("counts", outcome.rows(), outcome.affected(), outcome.notAffected(),
                        outcome.indeterminate(), outcome.partiallyChecked()));
                for (RunCaveat caveat : outcome.caveats()) {
                    out.println(tabs("caveat", caveat.side(), text(caveat.column()), text(caveat.field()),
                            caveat.sign(), caveat.count(), caveat.of(), words(caveat.kinds())));
                }
            }
        }
        out.flush();
    }

    private static Index open(String[] pairs) {
        Path[] paths = new Path[pairs.length / 2];
        Key[] keys = new Key[pairs.length / 2];
        for (int i = 0; i < paths.length; i++) {
            paths[i] = Path.of(pairs[2 * i]);
            keys[i] = Key.load(Path.of(pairs[2 * i + 1]));
        }
        try {
            return Index.open(List.of(paths), List.of(keys));
        } finally {
            Arrays.stream(keys).forEach(Key::close);
        }
    }

    private static Member member(String line) {
        String[] cells = line.split(";", -1);
        Member.Builder member = Member.builder().reference(cells[0]);
        for (int i = 0; i < FIELDS.size(); i++) {
            member.with(FIELDS.get(i), cells[i + 1]);
        }
        return member.build();
    }

    private static String line(Verdict verdict) {
        boolean isAffected = verdict.state() == State.AFFECTED;
        return tabs("verdict", verdict.reference(), word(verdict.state()),
                isAffected ? word(verdict.strength()) : "", words(verdict.matched()),
                words(verdict.breaches()), words(verdict.breachStrengths()), words(verdict.dataClasses()),
                isAffected ? verdict.records() : "", words(verdict.checked()), verdict.isPartial(),
                words(verdict.reasons()));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String words(List<String> words) {
        return String.join(" ", words);
    }

    private static String text(String value) {
        return value == null ? "" : value;
    }

    private static String tabs(Object... cells) {
        return String.join("\t", Arrays.stream(cells).map(String::valueOf).toList());
    }
}
