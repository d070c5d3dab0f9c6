import de.leakdex.Field;
import de.leakdex.Index;
import de.leakdex.Key;
import de.leakdex.Member;
import de.leakdex.RunCaveat;
import de.leakdex.State;
import de.leakdex.Verdict;
import de.leakdex.Verdicts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;

/** Prints the affected members of a list: {@code Affected INDEX KEY MEMBERS.csv}. */
public final class Affected {
    private Affected() {}

    public static void main(String[] arguments) throws IOException {
        Index index;
        try (Key key = Key.load(Path.of(arguments[1]))) {
            index = Index.open(Path.of(arguments[0]), key);
        }
        try (index; Stream<String> lines = Files.lines(Path.of(arguments[2]))) {
            Iterator<Member> members = lines.skip(1).map(Affected::member).iterator();
            try (Verdicts verdicts = index.check(members)) {
                while (verdicts.hasNext()) {
                    print(verdicts.next());
                }
                // The caveats are known after the last verdict.
                for (RunCaveat caveat : verdicts.caveats()) {
                    System.out.println("caveat: " + caveat.side() + " " + caveat.field() + ": "
                            + caveat.explanation() + " (" + caveat.count() + " of " + caveat.of() + ")");
                }
            }
        }
    }

    private static void print(Verdict verdict) {
        if (verdict.state() == State.AFFECTED) {
            System.out.println(verdict.reference() + " is affected, " + verdict.strength() + ", by "
                    + verdict.breaches() + ": " + verdict.dataClasses());
        } else if (verdict.state() == State.INDETERMINATE) {
            // This is not a "no": nothing could be checked.
            System.out.println(verdict.reference() + " cannot be checked: " + verdict.reasons());
        }
    }

    /** A line of the member list. Its columns are those of examples/members.csv. */
    private static Member member(String line) {
        String[] cells = line.split(";", -1);
        return Member.builder()
                .reference(cells[0])
                .lastName(cells[1])
                .firstName(cells[2])
                .birthDate(cells[3])
                .postalCode(cells[4])
                .kvnr(cells[5])
                .with(Field.ICCSN, cells[6])
                .email(cells[7])
                .build();
    }
}
