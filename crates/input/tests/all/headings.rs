//! Headers below titles.

use leakdex_input::Options;

use crate::{open, refused};

/// How the file is read, and how many rows it has.
fn read(text: &str, options: &Options) -> (String, u64) {
    let mut input = open(text, options);
    let (layout, mut rows) = (input.layout(), 0);
    while let Some(block) = input.next_block().expect("readable") {
        rows += layout.rows(&block, |_| {});
    }
    (input.describe().join("\n"), rows)
}

const ROWS: &str = "M-1;a@b.de;1.2.1970\nM-2;c@d.de;3.4.1980\n";

#[test]
fn a_header_below_titles_is_found_and_reported() {
    let titles = "Mitgliederliste;;\nStand: 01.02.2024, 2 Personen\n\n";
    let table = format!("Mitgliedsnummer;E-Mail;Geburtsdatum\n{ROWS}");
    for (text, expected) in [
        (format!("{titles}{table}"), ", header in row 4, title rows above it: 2"),
        (format!("\n\n{table}"), "delimiter ';', encoding"),
        (format!("sep=;\nListe\n{table}"), ", header in row 3, title rows above it: 1"),
        (table.clone(), "delimiter ';', encoding"),
    ] {
        let (described, rows) = read(&text, &Options::default());
        assert!(described.contains(expected), "{described}");
        assert!(described.contains("email        <- 'E-Mail' (column 2)"), "{described}");
        assert_eq!(rows, 2, "{text}");
    }
}

#[test]
fn rows_can_be_skipped_on_request() {
    let skipping = |rows| Options { skip_rows: Some(rows), ..Options::default() };
    let text = format!("a\nKVNR;E-Mail\nb\nNr;E-Mail;Tag\n{ROWS}");
    let (described, rows) = read(&text, &skipping(3));
    assert!(described.contains(", rows skipped by --skip-rows: 3"), "{described}");
    assert!(described.contains("'Tag' (column 3)"), "{described}");
    assert_eq!(rows, 2);
    let text = format!("Titel\nKVNR;E-Mail\n;x@b.de\n{ROWS}");
    assert_eq!(read(&text, &Options::default()).1, 3);
    // With 0, the first row is the header, whatever it contains.
    assert!(refused(&text, &skipping(0)).contains("no column that identifies a person"));
    assert!(
        refused(&text, &skipping(100))
            .contains("no row left in its first mebibyte after --skip-rows")
    );
    assert!(refused(&text, &skipping(usize::MAX)).contains("no row left"));
    let columns = vec!["2=email".parse().expect("well formed")];
    let headless = Options { header: false, columns, ..skipping(2) };
    assert_eq!(read(&text, &headless).1, 3);
}

#[test]
fn a_row_of_data_is_never_taken_for_a_title() {
    // The first row has as many cells as the row with column names.
    let text = "Muster;Max;Telefon\nMuster;Eva;E-Mail\nName;Vorname;PLZ\n";
    assert!(!refused(text, &Options::default()).contains("Muster"));
    // Fewer cells, and an identifier among them.
    let text = format!("a@b.de\nName;Vorname;PLZ;E-Mail\n{ROWS}");
    let message = refused(&text, &Options::default());
    assert!(message.contains("looks like data") && !message.contains("a@b"), "{message}");
    // A row with values is not a header.
    let text = "Titel\nMobil;E-Mail;x@b.de\n";
    assert!(refused(text, &Options::default()).contains("no column"));
}

#[test]
fn a_person_above_the_header_is_not_a_title() {
    let header = "Nachname;Vorname;Geburtsdatum;PLZ\nHuber;Franz;1980-03-02;1010\n";
    for person in ["Xyzqor;Tamflor;1970-02-01;\n", "Xyzqor;;;4020\nQwelk;Zurbin;3.4.90;\n"] {
        let message = refused(&format!("{person}{header}"), &Options::default());
        assert!(!message.contains("Xyzqor") && message.contains("the first row"), "{message}");
    }
    assert_eq!(read(&format!("Liste vom;1.2.2024\n{header}"), &Options::default()).1, 1);
    assert_eq!(read(&format!("Liste 2024\n{header}"), &Options::default()).1, 1);
}
