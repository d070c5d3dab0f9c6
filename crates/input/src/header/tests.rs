//! Which names are shown.

use super::*;
use crate::{
    columns::{Columns, Names},
    options::Options,
};

fn first_cells(table: &'static str) -> Vec<String> {
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    rows.records().map(|row| row.expect("a row")[0].to_owned()).collect()
}

#[test]
fn nearly_all_headers_of_the_lists_are_shown_by_their_words_alone() {
    for (table, least) in [
        (include_str!("../../data/headers.csv"), 99),
        (include_str!("../../data/other_headers.csv"), 90),
    ] {
        let headers = first_cells(table);
        let hidden: Vec<&String> = headers.iter().filter(|header| !is_vocabulary(header)).collect();
        let shown = headers.len() - hidden.len();
        assert!(shown * 100 >= headers.len() * least, "{hidden:?}");
    }
}

#[test]
fn all_headers_of_real_exports_are_shown_once_the_row_is_known_as_a_header() {
    let mut credible = 0;
    let rows: Vec<&str> = include_str!("../../data/header_rows.csv").lines().collect();
    for row in &rows {
        let headers = row.split(';').map(str::to_owned).collect();
        let mut columns = Columns::of_header(headers, Names::Row, &Options::default()).expect(row);
        credible += usize::from(columns.are_credible());
        columns.show_names(|_| true);
        let is_hidden = |header: &&Header| !header.is_shown();
        let hidden: Vec<&str> = columns
            .list
            .iter()
            .map(|column| &column.header)
            .filter(is_hidden)
            .map(Header::as_written)
            .collect();
        assert!(hidden.is_empty(), "{hidden:?}");
    }
    assert!(credible * 100 >= rows.len() * 75, "by names alone, {credible} of {}", rows.len());
}

/// Rare surnames and given names, towns, streets, diagnoses, passwords, and words of source code.
const VALUES: [&str; 50] = [
    "J. M.",
    "B-K",
    "Przybylski",
    "Nguyen-Thi",
    "Kowalczuk",
    "Özgür",
    "Jasna",
    "Thorbjørn",
    "Oberhauser",
    "Denkins",
    "Andreason",
    "Deskins",
    "Colborn",
    "Beitel",
    "van den Bosch",
    "Przybylski, Jan",
    "Neustadt",
    "Altstadt",
    "Castrop-Rauxel",
    "Mutterstadt",
    "Neustadt am Main",
    "Feldweg 7",
    "Hauptstr. 12",
    "Lindenallee 3a",
    "Am Bergfried",
    "Tinnitus",
    "Morbus Crohn",
    "Hashimoto-Thyreoiditis",
    "Gonarthrose links",
    "Sommer2019!",
    "hunter2",
    "qwertz",
    "1.2.1970",
    "1970-02-01",
    "31/12/58",
    "45127",
    "0201 123456",
    "max@example.de",
    "A123456780",
    "<Przybylski>",
    "kowalczuk.email",
    "Person('Jasna', 'Özgür')",
    "E-Mail Przybylski",
    "Name: Kowalczuk",
    "Mitglied Jasna",
    "2 Jasna",
    "PAR1\u{15}\u{4}Jasna",
    "{\"Jasna\":",
    "dn: cn=Jasna Özgür",
    "0133101Przybylski",
];

#[test]
fn no_value_is_shown_as_the_name_of_a_column_sheet_or_table() {
    for value in VALUES {
        let header = Header::new(value.to_owned(), Some(3));
        assert_eq!(header.to_string(), "(column 3, name not shown)");
        assert_eq!(format!("{header:?}"), "(column 3, name not shown)");
        assert_eq!(Header::new(value.to_owned(), None).to_string(), "(name not shown)");
        assert!(!of_sheets([value.to_owned()])[0].is_shown(), "{value}");
    }
    let tables = VALUES[2..14].iter().map(|&name| name.to_owned());
    assert!(of_tables(tables).iter().all(|table| !table.is_shown()));
}

#[test]
fn a_typical_value_or_a_common_name_is_hidden_even_beside_known_names() {
    for value in [
        "max@example.de",
        "45127",
        "1.2.1970",
        "31/12/58",
        "Feldweg 7a",
        "Lindenallee 12",
        "Meier",
        "E-Mail Meier",
        "Müller, Petra",
        "0171 12345",
    ] {
        let mut header = Header::new(value.to_owned(), Some(1));
        header.show_name();
        assert!(!header.is_shown(), "{value}");
    }
    for label in ["Wahltarif", "Feld 7", "Straße 2", "Address 2", "created_at", "name.first"] {
        let mut header = Header::new(label.to_owned(), Some(1));
        header.show_name();
        assert_eq!(header.to_string(), label);
    }
}

#[test]
fn usual_names_of_sheets_are_shown() {
    for name in ["Tabelle1", "Sheet 2", "Mitglieder", "Kunden 2024", "Export", "Adressliste"] {
        let is_shown = of_sheets([name.to_owned()])[0].is_shown();
        assert_eq!(is_shown, name != "Adressliste", "{name}");
    }
    let sheets = ["Mitglieder", "Kowalczuk", "Tabelle2"].map(str::to_owned);
    assert_eq!(list(&of_sheets(sheets)), "'Mitglieder', 'Tabelle2', and 1 more, not shown");
    assert_eq!(list(&of_sheets(["Kowalczuk".to_owned()])), "1, names not shown");
}

#[test]
fn tables_of_databases_are_shown_if_some_of_them_have_known_words() {
    for tables in [
        "actor address category city country customer film film_actor film_category inventory language \
         payment rental staff store",
        "Album Artist Customer Employee Genre Invoice InvoiceLine MediaType Playlist PlaylistTrack Track",
        "dbo.Categories dbo.CustomerDemographics dbo.Customers dbo.Employees dbo.Shippers dbo.Territories",
        "wp_commentmeta wp_comments wp_links wp_options wp_postmeta wp_posts wp_term_relationships \
         wp_term_taxonomy wp_termmeta wp_terms wp_usermeta wp_users",
        "users log",
    ] {
        let tables = of_tables(tables.split(' ').map(str::to_owned));
        assert!(tables.iter().all(Header::is_shown), "{tables:?}");
    }
    for names in [["t_Przybylski", "t_Kowalczuk"], ["Jasna.K", "Przybylski.J"]] {
        let tables = of_tables(names.map(str::to_owned));
        assert!(!tables.iter().any(Header::is_shown), "{tables:?}");
    }
    let mixed = of_tables(["users", "Meier", "log", "orders", "Eva Schmidt"].map(str::to_owned));
    assert_eq!(list(&mixed), "'users', 'log', 'orders', and 2 more, not shown");
}

#[test]
fn long_lists_end_with_the_number_of_other_names() {
    let names = vec!["E-Mail".to_owned(); 60];
    let text = list(&of_sheets(names));
    assert!(text.ends_with("'E-Mail', and 10 more"), "{text}");
    assert_eq!(text.matches("'E-Mail'").count(), 50);
}

#[test]
fn a_name_is_one_line_of_at_most_sixty_characters() {
    assert_eq!(one_line("a\nb\u{1b}"), "a\u{FFFD}b\u{FFFD}");
    assert_eq!(one_line(&"x".repeat(61)), "x".repeat(60) + "…");
    assert_eq!(Header::new(" ".to_owned(), Some(7)).to_string(), "(column 7)");
}
