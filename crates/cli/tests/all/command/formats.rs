//! Files from other programs: SQL dumps, old encodings, damage by spreadsheets.

mod archives;
#[cfg(feature = "parquet")]
mod columnar;
mod databases;
mod fhir;
mod json;
mod sql;
mod text;
mod vsd;
mod workbooks;

use super::support::{EVA, MAX, NOBODY, Site, zip};

const MYSQL: &str = "\
-- MySQL dump 10.13
CREATE TABLE `users` (
  `id` int NOT NULL AUTO_INCREMENT,
  `email` varchar(255) DEFAULT NULL,
  `last_name` varchar(80), `first_name` varchar(80), `date_of_birth` date,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `users` VALUES (1,'max@example.de','O\\'Neil','Max','1970-02-01'),(2,NULL,'x',NOW(),NULL);
INSERT INTO `log` VALUES (1,'max@example.de logged in');
";

const POSTGRES: &str = "\
-- PostgreSQL database dump
COPY public.users (id, email, note) FROM stdin;
1\tmax@example.de\ta\\tb
2\t\\N\tx
\\.
";

#[test]
fn a_dump_of_mysql_is_read_by_the_name_of_its_table() {
    let site = Site::with_index();
    site.write("leak.sql", MYSQL);
    let build = "build --key key --output sql.leakdex --max-rejects 1 --rejects r";
    site.run(&format!("{build} leak.sql")).expect_error(&["date_of_birth), 'log'", "--table NAME"]);
    site.run(&format!("{build} --table nobody leak.sql")).expect_error(&["'nobody'", "'users'"]);
    let run = site.run(&format!("{build} --table users leak.sql")).expect(0);
    run.says_all(&[
        "SQL, table 'users', dialect mysql",
        "birth-date   <- 'date_of_birth' (column 5)",
    ]);
    assert_eq!(site.read("r"), "file,row,column,reason\nleak.sql,2,first_name,invalid-sql\n");
    site.write(
        "m.csv",
        "Nachname;Vorname;Geburtsdatum\nO'Neil;Max;1.2.1970\nMuster;Eva;1.2.1970\n",
    );
    site.run("check --key key --index sql.leakdex --all m.csv")
        .expect(0)
        .verdicts("affected not_affected");
}

#[test]
fn a_postgresql_dump_is_read_from_files_and_standard_input() {
    let site = Site::with_files();
    let run = site.feed("build --key key --output i --max-rejects 1 --format sql -", POSTGRES);
    run.expect(1);
    site.run("keygen key").expect(0);
    site.feed("build --key key --output i --max-rejects 1 --format sql -", POSTGRES).expect(0);
    site.write("leak.sql", POSTGRES);
    site.run("check --leak leak.sql --max-rejects 5 members.csv").expect(3).verdicts("affected");
}

#[test]
fn a_file_that_is_not_a_dump_is_refused() {
    let site = Site::with_files();
    site.write("leak.sql", "E-Mail;KVNR\nx@y.de;1\n");
    site.run("check --leak leak.sql members.csv").expect_error(&["leak.sql", "INSERT"]);
}

/// A leak whose only identifier is built from a name with umlauts.
const LEAK: &str = "Nachname;Vorname;Geburtsdatum\nMüller;Jörg;01.02.1970\n";

#[test]
fn cp850_is_read_if_set_and_detected_otherwise() {
    let site = Site::new();
    site.write("leak.csv", LEAK);
    site.write("m.csv", b"Nachname;Vorname;Geburtsdatum\nM\x81ller;J\x94rg;01.02.1970\n");
    site.run("check --leak leak.csv --encoding cp850 m.csv").expect(0).verdicts("affected");
    let run = site.run("check --leak leak.csv --all --rejects r m.csv").expect(3);
    run.says("look like CP850: try --encoding cp850").verdicts("indeterminate");
    let rejects = site.read("r");
    assert!(rejects.contains("m.csv,1,Nachname,mojibake"), "{rejects}");
}

#[test]
fn din_66003_has_letters_for_brackets_and_no_bar_as_a_delimiter() {
    let site = Site::new();
    site.write("leak.csv", LEAK);
    site.write("m.csv", "Nachname,Vorname,Geburtsdatum,E-Mail\nM}ller,J|rg,01.02.1970,a@b.de\n");
    let check = "check --leak leak.csv --encoding din-66003";
    // Both files are read in that encoding, and the leak is not valid in it.
    let run = site.run(&format!("{check} m.csv"));
    run.expect_error(&["no leaked row", "invalid-encoding"]);
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nM}ller;J|rg;01.02.1970\n");
    site.run(&format!("{check} m.csv")).expect(0).verdicts("affected");
    site.run(&format!("{check} --delimiter | m.csv")).expect_error(&["'|' is a letter"]);
    site.run(&format!("{check} --format jsonl m.csv")).expect_error(&["DIN 66003"]);
}

#[test]
fn previously_misdecoded_text_is_detected() {
    let site = Site::new();
    site.write("leak.csv", LEAK);
    site.write("m.csv", "Nachname;Vorname;Geburtsdatum\nMÃ¼ller;JÃ¶rg;01.02.1970\n");
    let run = site.run("check --leak leak.csv m.csv").expect(3);
    run.says("read in another encoding and written again");
}

#[test]
fn a_column_of_another_kind_is_reported_with_the_fitting_kind() {
    let site = Site::with_files();
    let rows: Vec<_> = (0..20).map(|number| format!("user{number}@example.de")).collect();
    site.write("m.csv", format!("Kontakt\n{}\n{MAX}\n", rows.join("\n")));
    let run = site.run("check --leak leak.csv --column Kontakt=kvnr m.csv").expect(3);
    let run = run.says("'Kontakt' is mapped to kvnr, but 20 of its first 21 values are invalid");
    run.says("--column 'Kontakt=email'");
    let run = site.run("check --leak leak.csv --column Kontakt=email m.csv").expect(3);
    assert!(!run.stderr.contains("is mapped to"), "{}", run.stderr);
}

#[test]
fn serial_numbers_are_dates_where_that_is_declared() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;25600\n");
    site.write("m.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;1.2.1970\n");
    site.run("check --leak leak.csv --date-format excel m.csv").expect(0).verdicts("affected");
    site.run("check --leak leak.csv m.csv").expect_error(&["no leaked row", "serial-number"]);
    let run = site.feed("normalize --date-format excel birth-date", "25600.0\n1.2.1970\n");
    run.expect(0).prints("ok\t1970-02-01\nok\t1970-02-01\n");
    let run = site.feed("normalize birth-date", "25600\n").expect(0);
    run.prints("invalid\t\tserial-number\n");
}

/// A workbook of two sheets. The first one has these rows.
pub fn workbook(rows: &str) -> Vec<u8> {
    workbook_of_two(rows, "")
}

/// A workbook whose sheets `Mitglieder` and `Leer` have these rows.
pub fn workbook_of_two(rows: &str, other_rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |id: &str, sort: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{sort}\" Target=\"{target}\"/>")
    };
    let sheets = relation("a", "worksheet", "worksheets/a.xml")
        + &relation("b", "worksheet", "worksheets/b.xml")
        + &relation("s", "styles", "styles.xml");
    let sheet =
        |rows| format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    zip(&[
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\">{}</Relationships>",
                relation("w", "officeDocument", "xl/workbook.xml")
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>\
             <sheet name=\"Mitglieder\" sheetId=\"1\" r:id=\"a\"/>\
             <sheet name=\"Leer\" sheetId=\"2\" r:id=\"b\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns=\"{PACKAGE}\">{sheets}</Relationships>"),
        ),
        // The second format is a date format.
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/>\
             <xf numFmtId=\"14\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/a.xml", sheet(rows)),
        ("xl/worksheets/b.xml", sheet(other_rows)),
    ])
}

pub fn text(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// A row of texts.
pub fn row(number: usize, cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let cells = ('A'..).zip(cells).filter(|(_, cell)| !cell.as_ref().is_empty());
    let cells = cells.map(|(column, cell)| text(&format!("{column}{number}"), cell.as_ref()));
    format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
}

#[test]
fn workbook_cells_are_read_as_displayed() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;PLZ;Geburtsdatum;Vorname\nMüßig;01067;1.2.1970;Jörg\n");
    let header = row(1, ["Nachname", "PLZ", "Geburtsdatum", "Vorname"]);
    let rows = format!(
        "{header}\
         <row r=\"2\">{}<c r=\"B2\"><v>1067</v></c><c r=\"C2\" s=\"1\"><v>25600</v></c>{}</row>\
         <row r=\"4\">{}<c r=\"C4\" t=\"e\"><v>#REF!</v></c></row>",
        text("A2", "Müßig"),
        text("D2", "Jörg"),
        text("A4", "Muster")
    );
    let book = workbook(&rows);
    site.write("m.xlsx", &book);
    let check = "check --leak leak.csv --all --rejects r";
    let run = site
        .run(&format!("{check} m.xlsx"))
        .expect(3)
        .says("XLSX, sheet 'Mitglieder'")
        .verdicts("affected indeterminate");
    assert!(run.stdout.contains("first-birth-region"), "{}", run.stdout);
    assert!(
        site.read("r").contains("m.xlsx,2,Geburtsdatum,formula-without-value"),
        "{}",
        site.read("r")
    );
    site.feed(&format!("{check} --sheet mitglieder -"), book.as_slice())
        .expect(3)
        .verdicts("affected indeterminate");
    site.run(&format!("{check} --sheet X m.xlsx"))
        .expect_error(&["no sheet 'X'", "'Mitglieder', and 1 more, not shown"]);
    site.run(&format!("{check} --sheet Leer m.xlsx")).expect_error(&["m.xlsx", "is empty"]);
    site.write("m.xlsx", &book[..book.len() / 2]);
    site.run(&format!("{check} m.xlsx"))
        .expect_error(&["not an Excel workbook (XLSX) that can be read"]);
}

#[test]
fn a_workbook_with_rows_on_several_sheets_is_refused_until_one_is_chosen() {
    let site = Site::with_index();
    let member = |kvnr| format!("<row>{}</row><row>{}</row>", text("A1", "KVNR"), text("A2", kvnr));
    site.write("m.xlsx", workbook_of_two(&member(NOBODY), &member(MAX)));
    let check = "check --key key --index leak.leakdex";
    let words = ["m.xlsx", "'Mitglieder', and 1 more, not shown", "--sheet NAME"];
    site.run(&format!("{check} m.xlsx")).expect_error(&words).prints("");
    site.run("build --key key --output i m.xlsx").expect_error(&words);
    site.run(&format!("{check} --all --sheet Leer m.xlsx")).expect(0).verdicts("affected");
    site.run(&format!("{check} --all --sheet Mitglieder m.xlsx"))
        .expect(0)
        .verdicts("not_affected");
    // A sheet with an existing but empty cell is empty.
    let nothing = "<row><c r=\"A1\" s=\"1\"/></row>";
    for book in [workbook_of_two(nothing, &member(MAX)), workbook_of_two(&member(MAX), nothing)] {
        site.write("m.xlsx", book);
        site.run(&format!("{check} m.xlsx")).expect(0).verdicts("affected");
    }
    site.write("m.xlsx", workbook_of_two(nothing, ""));
    site.run(&format!("{check} m.xlsx")).expect_error(&["m.xlsx", "is empty"]);
}

#[test]
fn a_date_cell_late_in_the_evening_is_suspect() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;1.2.1970\n");
    let header = text("A1", "Nachname") + &text("B1", "Vorname") + &text("C1", "Geburtsdatum");
    let row = |number: u32, date: &str| {
        let name = text(&format!("A{number}"), "Muster") + &text(&format!("B{number}"), "Max");
        format!("<row>{name}<c r=\"C{number}\" s=\"1\"><v>{date}</v></c></row>")
    };
    // 31 January at 23:00, and 2 February.
    let rows = row(2, "25599.958333333332") + &row(3, "25601");
    site.write("m.xlsx", workbook(&format!("<row>{header}</row>{rows}")));
    site.run("check --leak leak.csv --all --rejects r m.xlsx")
        .expect(3)
        .verdicts("indeterminate not_affected");
    assert!(site.read("r").contains("m.xlsx,1,Geburtsdatum,time-zone"), "{}", site.read("r"));
}

#[test]
fn the_header_of_a_workbook_is_found_below_titles_or_by_its_row() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR\n{MAX}\n"));
    let title = row(1, ["Liste"]) + &row(2, ["Stand", "2024"]);
    let table = row(4, ["Mitglied", "KVNR", "Ort"]) + &row(5, ["m1", MAX, "Essen"]);
    site.write("m.xlsx", workbook(&(title + &table + &row(7, ["m2", EVA]))));
    let run = site.run("check --leak leak.csv --all m.xlsx").expect(0);
    run.says("XLSX, sheet 'Mitglieder', header in row 4, title rows above it: 2")
        .verdicts("affected not_affected");
    let run = site.run("check --leak leak.csv --for m.xlsx:skip-rows=3 --all m.xlsx").expect(0);
    run.says("XLSX, sheet 'Mitglieder', rows skipped by --skip-rows: 3")
        .verdicts("affected not_affected");
    site.write("leak.csv", format!("\n\nAlt\nKVNR\n{MAX}\n"));
    let run = site.run("check --leak leak.csv --skip-rows 3 --all m.xlsx").expect(0);
    run.says_all(&[
        "leak.csv: CSV, one column, rows skipped by --skip-rows: 3",
        "XLSX, sheet 'Mitglieder', rows skipped by --skip-rows: 3",
    ])
    .verdicts("affected not_affected");
}
