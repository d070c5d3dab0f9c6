import de.leakdex.CheckOptions;
import de.leakdex.Field;
import de.leakdex.Index;
import de.leakdex.Key;
import de.leakdex.Member;
import de.leakdex.State;
import de.leakdex.Verdicts;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Times checks of members that Java has as objects, and a loop with HMACs and a set, for {@code benches/ways/ways.py}:
 * {@code Members MEMBERS.csv LEAK.csv INDEX KEY ROUNDS}. Prints for each way and round: its name, threads, seconds
 * and CPU seconds.
 */
public final class Members {
    private static final List<Field> FIELDS = List.of(Field.EMAIL, Field.KVNR, Field.FIRST_NAME, Field.LAST_NAME,
            Field.BIRTH_DATE, Field.POSTAL_CODE);

    private Members() {}

    /** A job to measure. */
    private interface Job {
        long run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        List<String[]> rows = rows(arguments[0]);
        List<Member> members = rows.stream().map(Members::member).toList();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
        Set<String> known = new HashSet<>();
        rows(arguments[1]).forEach(row -> known.addAll(hashed(mac, row)));
        try (Key key = Key.load(Path.of(arguments[3])); Index index = Index.open(Path.of(arguments[2]), key)) {
            for (int round = 0; round <= Integer.parseInt(arguments[4]); round++) {
                timed(round, "Java, an iterator", 1, () -> affected(index, members, 1));
                timed(round, "Java, an iterator", 2, () -> affected(index, members, 2));
                timed(round, "a loop in Java with hmac and a set", 1, () -> rows.stream()
                        .filter(row -> hashed(mac, row).stream().anyMatch(known::contains)).count());
            }
        }
    }

    private static List<String[]> rows(String file) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.skip(1).map(line -> line.split(",", -1)).toList();
        }
    }

    private static Member member(String[] cells) {
        Member.Builder member = Member.builder();
        for (int i = 0; i < FIELDS.size(); i++) {
            member.with(FIELDS.get(i), cells[i]);
        }
        return member.build();
    }

    private static long affected(Index index, List<Member> members, int threads) {
        CheckOptions options = CheckOptions.builder().threads(threads).build();
        long affected = 0;
        try (Verdicts verdicts = index.check(members.iterator(), options)) {
            while (verdicts.hasNext()) {
                affected += verdicts.next().state() == State.AFFECTED ? 1 : 0;
            }
        }
        return affected;
    }

    /** Three values of a row, hashed without normalising. */
    private static List<String> hashed(Mac mac, String[] row) {
        return Stream.of(row[0], row[1], row[3] + row[2] + row[4])
                .map(value -> new String(mac.doFinal(value.getBytes(StandardCharsets.UTF_8)), 0, 16,
                        StandardCharsets.ISO_8859_1))
                .toList();
    }

    private static void timed(int round, String way, int threads, Job job) throws Exception {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begin = System.nanoTime();
        long affected = job.run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        double cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
        if (affected == 0) {
            throw new IllegalStateException("nobody was found");
        }
        // The first round warms up the JIT.
        if (round > 0) {
            System.out.printf(Locale.ROOT, "%s;%d;%.4f;%.4f%n", way, threads, seconds, cpuSeconds);
        }
    }
}
