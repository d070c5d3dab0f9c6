package de.leakdex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Files that `.ci/capi` made with the command: an index of `leak.csv`, its key, findings on `members.csv`. */
final class Fixture {
    private static final Path FOLDER = Path.of(System.getProperty("leakdex.test.folder"));
    static final Path INDEX = FOLDER.resolve("leak.leakdex");
    /** An index of generation 7. The others have generation 0. */
    static final Path NEWER = FOLDER.resolve("newer.leakdex");
    static final Path SHARDS = FOLDER.resolve("shards");
    static final Path KEY = FOLDER.resolve("leak.key");
    static final Path OTHER_KEY = FOLDER.resolve("other.key");
    static final String AFFECTED = "M204815368";
    static final String NOT_AFFECTED = "A123456780";

    /** The fields of the columns of the member list. */
    private static final List<Field> COLUMNS = List.of(Field.LAST_NAME, Field.FIRST_NAME, Field.BIRTH_DATE,
            Field.POSTAL_CODE, Field.KVNR, Field.ICCSN, Field.EMAIL);

    private Fixture() {}

    static Index open() {
        try (Key key = Key.load(KEY)) {
            return Index.open(INDEX, key);
        }
    }

    static Member kvnr(String kvnr) {
        return Member.builder().kvnr(kvnr).build();
    }

    private static List<String> lines(String name) {
        try {
            return Files.readAllLines(FOLDER.resolve(name));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** The members, with their references. */
    static List<Member> members() {
        List<Member> members = new ArrayList<>();
        for (String line : lines("members.csv").subList(1, lines("members.csv").size())) {
            String[] cells = line.split(";", -1);
            Member.Builder member = Member.builder().reference(cells[0]);
            for (int i = 0; i < COLUMNS.size(); i++) {
                member.with(COLUMNS.get(i), cells[i + 1]);
            }
            members.add(member.build());
        }
        return members;
    }

    /** The command's findings by reference: verdict, strength, matched, breaches, data classes. */
    static Map<String, String> findings() {
        Map<String, String> findings = new TreeMap<>();
        for (String line : lines("findings.csv").subList(1, lines("findings.csv").size())) {
            String[] cells = line.split(",", -1);
            findings.put(cells[2], String.join("|", List.of(cells).subList(3, 8)));
        }
        return findings;
    }

    /** A verdict in the same form. */
    static String asFinding(Verdict verdict) {
        return String.join("|", verdict.state().name().toLowerCase(Locale.ROOT),
                verdict.strength() == null ? "" : verdict.strength().name().toLowerCase(Locale.ROOT),
                String.join(" ", verdict.matched()), String.join(" ", verdict.breaches()),
                String.join(" ", verdict.dataClasses()));
    }
}
