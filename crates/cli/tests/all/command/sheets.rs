//! Findings and rejects for people: workbooks, and CSV for Excel.

use std::path::Path;

use leakdex::Field;
use leakdex_input::{Input, Mapping, Options, Target};

use super::support::{FINDINGS, Site, records};

/// A list with titles, blank lines and a cell of two lines. Excel shows its rows as 5, 8, 9, 10 and 11.
const MEMBERS: &str = "\
Mitgliederliste Stand Januar

Mitglied;E-Mail;KVNR;Notiz

0001;MAX@example.de;;\"a
b\"


m2;;Z123456783;x
m3;;;
=m4;;Q 123 456 784;
m5;;Z12345678;
";

fn site() -> Site {
    let site = Site::with_index();
    site.write("members.csv", MEMBERS);
    site
}

/// The rows of a table with these columns, read like a member list.
fn rows(path: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let target = Target::Field(Field::Username);
    let mapping = |header: &&str| Mapping { header: (*header).into(), target: target.clone() };
    let columns = columns.iter().map(mapping).collect();
    let options = Options { columns, only_mapped: true, ..Options::default() };
    let mut input = Input::open(path, &options).expect("it can be read");
    let layout = input.layout();
    let mut all = Vec::new();
    while let Some(block) = input.next_block().expect("it can be read") {
        layout.rows(&block, |rows| {
            let columns = rows.columns().columns();
            for row in 0..rows.len() {
                let cell =
                    |column: &leakdex::Column<'_>| column.text(row).expect("a text").to_owned();
                all.push(columns.iter().map(cell).collect());
            }
        });
    }
    all
}

const GERMAN: [&str; 8] = [
    "Mitgliederliste",
    "Zeile",
    "Kennung",
    "Ergebnis",
    "Sicherheit",
    "Übereinstimmende Angaben",
    "Datenleck",
    "Offengelegte Daten",
];

#[test]
fn findings_for_excel_are_in_words_with_the_row_that_excel_shows() {
    let site = site();
    let check = "check --key key --index leak.leakdex members.csv --all --format-out excel";
    let run = site.run(check).expect(3);
    let text = run.stdout.strip_prefix('\u{feff}').expect("a byte-order mark");
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines[0], GERMAN.join(";") + ";Geprüft anhand;Lücken der Prüfung");
    let kinds = "\"E-Mail-Adresse; E-Mail-Adresse in anderer Schreibweise\"";
    let begin = format!("members.csv;5;0001;bestätigt betroffen;sehr wahrscheinlich;{kinds};leak;");
    assert!(lines[1].starts_with(&begin) && lines[1].contains("E-Mail-Adressen; "), "{text}");
    assert_eq!(lines[2], "members.csv;8;m2;nicht betroffen;;;;;Krankenversichertennummer (KVNR);");
    assert_eq!(lines[3], "members.csv;9;m3;offen, nicht prüfbar;;;;;;keine verwertbaren Angaben");
    let number = "Krankenversichertennummer (KVNR)";
    assert!(
        lines[4]
            .starts_with(&format!("members.csv;10;'=m4;bestätigt betroffen;sicher;{number};leak;")),
        "{text}"
    );
    assert_eq!(lines.len(), 6);
    assert!(run.stderr.contains("Excel will show 1 reference"), "{}", run.stderr);

    let english = site.run(&format!("{check} --lang en --quiet")).expect(3);
    for words in ["Member list;Row;Reference;", "members.csv;9;m3;open, could not be checked;"] {
        assert!(english.stdout.contains(words), "{}", english.stdout);
    }
    assert!(english.stderr.contains("as another number"), "also with --quiet");
}

#[test]
fn a_workbook_of_findings_has_the_cells_of_the_csv() {
    let site = site();
    let check = "check --key key --index leak.leakdex members.csv --all";
    let csv = site.run(check).expect(3).stdout;
    let run = site.run(&format!("{check} --output findings.xlsx --lang en")).expect(3);
    assert!(!run.stderr.contains("as another number"), "a workbook keeps texts: {}", run.stderr);
    let english = [
        "Member list",
        "Row",
        "Reference",
        "Result",
        "Strength",
        "Details in common",
        "Breach",
        "Leaked data",
    ];
    let found = rows(&site.path("findings.xlsx"), &english);
    let expected: Vec<Vec<String>> = records(&csv)
        .iter()
        .zip([5, 8, 9, 10, 11])
        .map(|(row, shown)| {
            let text = |cell: &str| leakdex_report::exact(cell).to_owned();
            let mut cells: Vec<String> = row.iter().map(text).collect();
            let english = leakdex_report::Language::En;
            cells[1] = shown.to_string();
            cells[3] = match &*cells[3] {
                "affected" => "confirmed as affected",
                "not_affected" => "not affected",
                _ => "open, could not be checked",
            }
            .to_owned();
            cells.truncate(8);
            let named = |cell: &str, name: &dyn Fn(&str) -> String| {
                let names: Vec<String> = cell.split_whitespace().map(name).collect();
                names.join("; ")
            };
            cells[4] = named(&cells[4], &|slug| english.strength(slug).into_owned());
            cells[5] = named(&cells[5], &|slug| english.kind(slug).into_owned());
            cells[7] = named(&cells[7], &|slug| english.data_class(slug).into_owned());
            cells
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!((found.len(), &*found[3][2]), (5, "=m4"));
    // Naming the format gives the same file.
    site.run(&format!("{check} --output also.xlsx --format-out xlsx --lang en")).expect(3);
    assert_eq!(site.bytes("also.xlsx"), site.bytes("findings.xlsx"));
}

#[test]
fn rejects_for_people_say_what_to_do() {
    let site = site();
    let check = "check --key key --index leak.leakdex members.csv";
    site.run(&format!("{check} --output f.csv --rejects r.xlsx")).expect(3);
    assert!(site.read("f.csv").starts_with(FINDINGS), "the findings stay as they are");
    let headers = ["Kennung", "Mitgliederliste", "Zeile", "Spalte", "Grund", "Abhilfe", "Code"];
    let found = rows(&site.path("r.xlsx"), &headers);
    let remedy = leakdex_report::Language::De.remedy("wrong-length", false);
    let of_row = leakdex_report::Language::De.remedy("no-identifier", false);
    let expected = [
        [
            "m3",
            "members.csv",
            "9",
            "(ganze Zeile)",
            "keine verwertbaren Angaben",
            of_row,
            "no-identifier",
        ],
        ["m5", "members.csv", "11", "KVNR", "falsche Länge", remedy, "wrong-length"],
    ];
    assert_eq!(found, expected.map(|row| row.map(str::to_owned).to_vec()));

    site.run(&format!("{check} --output f.csv --format-out excel --rejects r.csv")).expect(3);
    let text = site.read("r.csv");
    assert!(
        text.starts_with("\u{feff}Kennung;Mitgliederliste;Zeile;Spalte;Grund;Abhilfe;Code\r\n"),
        "{text}"
    );
    assert!(text.contains("members.csv;11;KVNR;falsche Länge;"), "{text}");
}

#[test]
fn rejects_of_a_leak_can_be_a_workbook() {
    let site = Site::new();
    site.write("leak.csv", "sep=;\nE-Mail;Nachname\na@example.de;A\n\nb;B\nc@example.de;C\n");
    site.run("keygen key").expect(0);
    let build = "build --key key --output leak.leakdex --max-rejects 100% leak.csv --rejects";
    site.run(&format!("{build} r.xlsx --lang en")).expect(0);
    let found = rows(&site.path("r.xlsx"), &["File", "Row", "Column", "Reason", "Remedy", "Code"]);
    let remedy = leakdex_report::Language::En.remedy("no-at-sign", true);
    assert_eq!(found[0], ["leak.csv", "4", "E-Mail", "no @ sign", remedy, "no-at-sign"]);
    site.run(&format!("{build} r.csv")).expect(0);
    assert!(
        site.read("r.csv").starts_with("file,row,column,reason\nleak.csv,2,E-Mail,no-at-sign\n")
    );
}

#[test]
fn rows_of_a_list_that_is_a_workbook_have_the_numbers_of_its_sheet() {
    let site = Site::with_index();
    // A workbook of findings is a valid member list. Excel also numbers its title rows.
    site.run("check --key key --index leak.leakdex members.csv --all --output list.xlsx").expect(3);
    let check = "check --key key --index leak.leakdex list.xlsx --all --format-out excel \
                 --column Kennung=username --column Zeile=id";
    let text = site.run(check).stdout;
    for row in 1..=4 {
        assert!(text.contains(&format!("list.xlsx;{};{};", row + 1, row + 1)), "{text}");
    }
}

#[test]
fn names_and_formats_that_contradict_each_other_are_wrong_usage() {
    let site = site();
    let check = "check --key key --index leak.leakdex members.csv";
    for (options, words) in [
        ("--output f.xlsx --format-out csv", "leave out --format-out"),
        ("--output f.xlsx --format-out jsonl", "leave out --format-out"),
        ("--output f.xlsx --format-out excel", "leave out --format-out"),
        ("--output f.csv --format-out xlsx", "ends in .xlsx"),
        ("--output f.xlsx --resume", "--format-out excel"),
        ("--output f.csv --rejects r.xlsx --resume", "write --rejects as CSV"),
    ] {
        let run = site.run(&format!("{check} {options}")).expect(2);
        assert!(run.stderr.contains(words), "{options}: {}", run.stderr);
        assert!(!site.exists("f.xlsx") && !site.exists("f.csv"), "{options}");
    }
}

#[test]
fn a_workbook_on_the_command_line_overrides_the_settings() {
    let site = site();
    let settings = "key = 'key'\nindex = 'leak.leakdex'\n[check]\nmembers = 'members.csv'\n\
                    output = 'f.csv'\nformat-out = 'csv'\nresume = true\n";
    site.write("leakdex.toml", settings);
    site.run("check --output f.xlsx").expect(3);
    assert!(site.bytes("f.xlsx").starts_with(b"PK"));
    site.run("check").expect(3);
    assert!(site.read("f.csv").starts_with(FINDINGS));
}

#[test]
fn findings_for_people_are_read_as_those_of_an_earlier_run() {
    let site = Site::with_index();
    let check = "check --key key --index leak.leakdex members.csv";
    for language in ["de", "en"] {
        for (format, name) in [("excel", "f.csv"), ("xlsx", "f.xlsx")] {
            let options = format!("--lang {language} --format-out {format} --output {name} --all");
            site.run(&format!("{check} {options}")).expect(3);
            let again = site.run(&format!("{check} --previous {name}")).expect(3).stdout;
            assert_eq!(again.matches(",no\n").count(), 2, "{language} {format}: {again}");
            assert!(!again.contains(",yes\n"), "{language} {format}: {again}");
        }
    }
    // Findings of nobody list nobody.
    site.write("nobody.csv", "Mitglied;KVNR\nn1;Z123456783\n");
    site.run("check --key key --index leak.leakdex nobody.csv --output none.xlsx").expect(0);
    let again = site.run(&format!("{check} --previous none.xlsx")).expect(3).stdout;
    assert_eq!(again.matches(",yes\n").count(), 2, "{again}");
    // A workbook of another sort is refused.
    site.run(&format!("{check} --output f.csv --rejects r.xlsx")).expect(3);
    let run = site.run(&format!("{check} --previous r.xlsx")).expect(1);
    assert!(run.stderr.contains("--previous r.xlsx: "), "{}", run.stderr);
}

#[test]
fn findings_for_excel_can_be_resumed() {
    let site = site();
    let check = "check --key key --index leak.leakdex members.csv --all --format-out excel";
    let whole = site.run(check).expect(3).stdout;
    site.run(&format!("{check} --output f.csv --resume")).expect(3);
    assert_eq!(site.read("f.csv"), whole);
}
