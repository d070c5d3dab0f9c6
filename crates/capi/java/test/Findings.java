import de.leakdex.Field;
import de.leakdex.Index;
import de.leakdex.Key;
import de.leakdex.Member;
import de.leakdex.RunCaveat;
import de.leakdex.Verdict;
import de.leakdex.Verdicts;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Writes verdicts as the command writes findings, to compare: {@code Findings INDEX KEY MEMBERS.csv FOLDER}.
 * The member list has the id first, then columns with the names of fields, written with underscores.
 */
final class Findings {
    private Findings() {}

    public static void main(String[] arguments) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(arguments[2]));
        List<Field> fields = Arrays.stream(lines.get(0).split(";")).skip(1)
                .map(name -> Field.of(name.replace('_', '-'))).toList();
        List<Member> members = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(";", -1);
            Member.Builder member = Member.builder();
            for (int i = 0; i < fields.size(); i++) {
                member.with(fields.get(i), cells[i + 1]);
            }
            members.add(member.build());
        }
        Path folder = Path.of(arguments[3]);
        try (Key key = Key.load(Path.of(arguments[1])); Index index = Index.open(Path.of(arguments[0]), key)) {
            try (PrintStream out = new PrintStream(folder.resolve("one.txt").toFile())) {
                members.forEach(member -> out.println(finding(index.check(member))));
            }
            try (Verdicts verdicts = index.check(members.iterator());
                    PrintStream out = new PrintStream(folder.resolve("many.txt").toFile());
                    PrintStream caveats = new PrintStream(folder.resolve("caveats.txt").toFile())) {
                verdicts.forEachRemaining(verdict -> out.println(finding(verdict)));
                for (RunCaveat caveat : verdicts.caveats()) {
                    caveats.println(caveat.side() + " " + caveat.field() + " " + caveat.sign() + " " + caveat.count()
                            + " " + caveat.of());
                }
            }
        }
    }

    private static String finding(Verdict verdict) {
        return String.join(",", verdict.state().name().toLowerCase(Locale.ROOT),
                verdict.strength() == null ? "" : verdict.strength().name().toLowerCase(Locale.ROOT),
                String.join(" ", verdict.matched()), String.join(" ", verdict.breaches()),
                String.join(" ", verdict.dataClasses()));
    }
}
