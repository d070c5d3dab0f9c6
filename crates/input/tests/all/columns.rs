//! Columns are recognised by their names and their values together.

use std::fmt::Write as _;

use leakdex::Field;
use leakdex_input::{Input, Options};

use crate::{mapped, open};

/// A file of twenty rows, with a column of e-mail addresses and a column with this header and these values.
fn with(header: &str, value: impl Fn(u32) -> String) -> String {
    let mut text = format!("E-Mail;{header}\n");
    for number in 0..20 {
        writeln!(text, "a{number}@b.de;{}", value(number)).expect("to memory");
    }
    text
}

/// The lines of the description about the column with this header.
fn lines_about(header: &str, value: impl Fn(u32) -> String) -> String {
    let input = open(&with(header, value), &Options::default());
    let is_about = |line: &&String| line.contains(&format!("'{header}'"));
    let lines: Vec<&str> = input.describe().iter().filter(is_about).map(String::as_str).collect();
    lines.join("\n")
}

/// The field that the column with this header is used as.
fn used_as(header: &str, value: impl Fn(u32) -> String) -> Option<Field> {
    let input = open(&with(header, value), &Options::default());
    let mut fields = input.fields().iter().filter(|&field| field != Field::Email);
    let field = fields.next();
    assert_eq!(fields.next(), None);
    field
}

/// An insured number with a right check digit.
fn kvnr(number: u32) -> String {
    let digits = format!("{:08}", 10_000_000 + number * 7919);
    let all = format!("01{digits}");
    let sum: u32 = all
        .chars()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = digit.to_digit(10).expect("a digit") * weight;
            product / 10 + product % 10
        })
        .sum();
    format!("A{digits}{}", sum % 10)
}

fn date(number: u32) -> String {
    format!("{}.02.1970", number + 1)
}

#[test]
fn a_name_that_fits_several_fields_is_settled_by_the_values() {
    for header in ["Vers.-Nr.", "VNR", "Versicherungsnummer", "Versicherter", "Kontonummer"] {
        assert_eq!(used_as(header, |number| format!("V/{number}/7")), None, "{header}");
        assert_eq!(used_as(header, |_| "-".to_owned()), None, "{header}");
    }
    assert_eq!(used_as("Vers.-Nr.", kvnr), Some(Field::Kvnr));
    assert_eq!(used_as("VNR", |_| "15070649C103".to_owned()), Some(Field::Rvnr));
    assert_eq!(used_as("Versicherter", kvnr), Some(Field::Kvnr));
    assert_eq!(used_as("Versicherter", |_| "Özgür, Jasna".to_owned()), Some(Field::Name));
    assert_eq!(used_as("Versicherter", |number| format!("{number}/7")), None);
    let iban = |_| "DE89370400440532013000".to_owned();
    assert_eq!(used_as("Kontonummer", iban), Some(Field::Iban));
    assert_eq!(used_as("Kontonummer", |number| format!("{}", 532_013_000 + number)), None);
}

#[test]
fn a_field_with_an_unknown_word_is_used_only_if_most_values_fit() {
    let addresses = |number: u32| format!("x{number}@example.org");
    assert_eq!(used_as("Geburtsdatum Wunsch", date), Some(Field::BirthDate));
    assert_eq!(
        used_as("Telefon Zirkel", |number| format!("0171 12345{number:02}")),
        Some(Field::Phone)
    );
    let half =
        |number: u32| if number.is_multiple_of(2) { addresses(number) } else { "ja".to_owned() };
    assert_eq!(used_as("Zirkel Telefon", half), None);
    let some = |number: u32| {
        if number.is_multiple_of(3) { format!("0171 12345{number:02}") } else { "ja".to_owned() }
    };
    assert_eq!(used_as("Zirkel Telefon", some), None);
    let text = lines_about("Zirkel Telefon", some);
    assert!(text.contains("question: memory: 'Zirkel Telefon' (column 2) is not used"), "{text}");
    assert!(text.contains("--column 'Zirkel Telefon=phone'"), "{text}");
    assert!(text.contains("'Zirkel Telefon=ignore'"), "{text}");
    // Values that are damaged in all rows are asked about, too.
    let damaged = |_| "8.02E+19".to_owned();
    assert_eq!(used_as("card_number", damaged), None);
    assert!(lines_about("card_number", damaged).contains("--column 'card_number=iccsn'"));
    // Names look like many other values, so they never settle a doubt.
    assert_eq!(used_as("Zirkel Nachname", |_| "Müller".to_owned()), None);
    assert!(lines_about("Zirkel Nachname", |_| "Müller".to_owned()).contains("=last-name'"));
}

#[test]
fn few_values_settle_a_doubt_only_if_all_of_them_fit() {
    let few = |values: &[&str]| {
        let input = open(
            &format!("E-Mail;VNR\nx@b.de;{}\n", values.join("\ny@b.de;")),
            &Options::default(),
        );
        input.fields().iter().any(|field| field == Field::Kvnr)
    };
    assert!(few(&[&kvnr(1), &kvnr(2)]));
    assert!(!few(&[&kvnr(1), &kvnr(2), "17"]));
}

#[test]
fn a_column_about_somebody_else_is_unused_but_asked_about_if_its_values_fit() {
    let phone = |number: u32| format!("0171 12345{number:02}");
    for header in ["Praxis Telefon", "Telefax", "Notfallkontakt Telefon"] {
        assert_eq!(used_as(header, phone), None, "{header}");
        assert!(
            lines_about(header, phone).contains(&format!("--column '{header}=phone'")),
            "{header}"
        );
    }
    let address = |number: u32| format!("x{number}@example.org");
    assert_eq!(used_as("E-Mail Sachbearbeiter", address), None);
    assert!(
        lines_about("E-Mail Sachbearbeiter", address).contains("'E-Mail Sachbearbeiter=email'")
    );
    for header in ["Eintrittsdatum", "letzter Login"] {
        assert_eq!(used_as(header, date), None, "{header}");
        assert!(!lines_about(header, date).contains("question"), "{header}");
    }
    for header in ["Name Arbeitgeber", "Name der Bank", "Arzt-Nr", "Vertragsnummer"] {
        let text = lines_about(header, |number| format!("Müller {number}"));
        assert!(!text.contains("question"), "{text}");
    }
    assert!(
        !lines_about("Vertragsnummer", |number| format!("{}", 45_127 + number))
            .contains("question")
    );
}

#[test]
fn an_unused_column_of_names_or_postcodes_is_asked_about_like_one_of_addresses() {
    for (value, field) in [
        ("x@example.org", "email"),
        ("Müller", "last-name"),
        ("Petra", "first-name"),
        ("Müller, Petra", "name"),
        ("45127", "postal-code"),
        ("1970-02-01", "birth-date"),
    ] {
        let text = lines_about("Zirkel", |_| value.to_owned());
        let question = format!(
            "question: memory: 'Zirkel' (column 2) is not used, but 20 of its first 20 values look like \
             {field}: --column 'Zirkel={field}' if they are the person's own, else 'Zirkel=ignore'"
        );
        assert!(text.contains(&question), "{text}");
    }
    for value in ["1950", "30123456", "Ort 7", "k.A.", "schwarz"] {
        let text = lines_about("Zirkel", |_| value.to_owned());
        assert!(!text.contains("question"), "{value}: {text}");
    }
    // A few names or postcodes are no evidence. A single address is.
    for (value, is_asked) in
        [("Müller", false), ("45127", false), ("x@example.org", true), ("A123456780", true)]
    {
        let few = |number: u32| if number < 9 { value.to_owned() } else { String::new() };
        assert_eq!(lines_about("Zirkel", few).contains("question"), is_asked, "{value}");
    }
    // If there is a date of birth, another date is of no use.
    let rows = "1.2.1970;3.4.2005\n".repeat(20);
    let input = open(&format!("Geburtsdatum;Zirkel;Name\n{rows}"), &Options::default());
    assert!(!input.describe().iter().any(|line| line.contains("question")));
}

#[test]
fn no_field_is_suggested_that_contradicts_the_name() {
    for (header, value, field) in [
        ("dob", "0171 1234567", "phone"),
        ("E-Mail 2", "Müller", "last-name"),
        ("Vers.-Nr.", "45127", "postal-code"),
    ] {
        let text = lines_about(header, |_| value.to_owned());
        assert!(!text.contains(&format!("={field}")), "{text}");
    }
    // A field that the name does not contradict is suggested.
    let text = lines_about("E-Mail 2", |number| format!("{number:064x}"));
    assert!(
        text.contains("they look like sha256-email: --column 'E-Mail 2=sha256-email'"),
        "{text}"
    );
}

#[test]
fn a_column_named_as_a_field_whose_values_do_not_fit_is_used_and_asked_about() {
    let value = |number: u32| format!("Zimmer {number}");
    assert_eq!(used_as("Telefon", value), Some(Field::Phone));
    let text = lines_about("Telefon", value);
    assert!(
        text.contains("question: memory: 'Telefon' (column 2) is mapped to phone, but 20"),
        "{text}"
    );
    assert!(text.contains("'Telefon=phone' if it holds that, else 'Telefon=ignore'"), "{text}");
    // An answered question is not asked again.
    let input = open(&with("Telefon", value), &mapped(&["Telefon=phone"]));
    assert!(!input.describe().iter().any(|line| line.contains("question")));
}

#[test]
fn references_that_are_identifiers_are_used_as_both() {
    let text = with("Mitgliedsnummer", kvnr);
    for options in [Options::default(), mapped(&["Mitgliedsnummer=id"])] {
        let mut input = open(&text, &options);
        assert!(input.has_reference());
        assert!(input.fields().iter().any(|field| field == Field::Kvnr));
        let line = "  kvnr         <- 'Mitgliedsnummer' (column 2): the references are also used \
                    as this field";
        assert!(input.describe().iter().any(|describe| describe == line), "{:?}", input.describe());
        let layout = input.layout();
        let block = input.next_block().expect("readable").expect("a block");
        layout.rows(&block, |rows| {
            let record = rows.columns().record(1);
            let values: Vec<_> =
                record.values().map(|(field, value)| (field, value.ok())).collect();
            let number = kvnr(1);
            assert_eq!(values, [(Field::Email, Some("a1@b.de")), (Field::Kvnr, Some(&*number))]);
            assert_eq!(rows.id(1), kvnr(1));
        });
    }
    let few = open(
        &format!("id;Vorname;PLZ\n{};Eva;1\n{};Max;2\n", kvnr(1), kvnr(2)),
        &Options::default(),
    );
    assert!(few.fields().iter().any(|field| field == Field::Kvnr));
    assert_eq!(used_as("id", |number| format!("M-{number}")), None);
    assert_eq!(
        used_as("id", |number| format!("0171 12345{number:02}")),
        None,
        "a number of customers"
    );
}

#[test]
fn a_username_is_asked_about_and_counts_as_a_class_of_data() {
    for header in ["Benutzer", "Benutzername", "login", "username"] {
        let clerk = |_| "mmeier".to_owned();
        assert_eq!(used_as(header, clerk), None, "{header}");
        let text = lines_about(header, clerk);
        assert!(text.contains(&format!("  class:usernames <- '{header}' (column 2)")), "{text}");
        let answers = format!("'{header}=username' if both files are of one portal");
        assert!(text.contains("question") && text.contains(&answers), "{text}");
    }
    // Another field is suggested if the values look like it.
    let text = lines_about("Benutzer", |number| format!("x{number}@example.org"));
    assert!(text.contains("--column 'Benutzer=email' if they are the person's own"), "{text}");
    let input = open(&with("Benutzer", |_| "mm".to_owned()), &mapped(&["Benutzer=username"]));
    assert!(input.fields().iter().any(|field| field == Field::Username));
}

#[test]
fn classes_of_data_are_recognised_and_can_be_left_out() {
    let text = "E-Mail;Diagnose;ICD-10;Medikation;Gehalt;BLZ;Straße;Ort;user_pass\n\
                a@b.de;x;;k.A.;1;2;y;z;p\n";
    let classes = |options: &Options| {
        let mut input = open(text, options);
        assert!(!input.describe().iter().any(|line| line.contains("question")));
        let layout = input.layout();
        let block = input.next_block().expect("readable").expect("a block");
        let mut classes = Vec::new();
        layout.rows(&block, |rows| {
            let record = rows.columns().record(0);
            classes.extend(record.data_classes().iter().map(ToString::to_string));
        });
        classes.sort();
        classes.dedup();
        classes
    };
    let expected = [
        "bank-account-numbers",
        "income-levels",
        "passwords",
        "personal-health-data",
        "physical-addresses",
    ];
    assert_eq!(classes(&Options::default()), expected);
    let members = Options { data_classes: false, ..Options::default() };
    assert!(classes(&members).is_empty());
}

/// The error of an input that cannot be opened.
fn refused(text: &str) -> String {
    crate::refused(text, &Options::default())
}

#[test]
fn a_first_row_with_cells_that_recur_below_is_a_person_and_not_lost() {
    for text in [
        // The means of contact, `Mail`, is also a known word of headers.
        "Kowalczuk;;Mail;Ulm\nÖzgür;A123456780;Handy;Bonn\nYıldız;Q123456784;Mail;Kiel\n",
        // Two known words in the third row, below rows with fewer cells.
        "Kowalczuk;;;Mail\nÖzgür;;;Mail\nYıldız;Ayla;Telefon;Mail\nNovák;Jan;Handy;Mail\n",
        "Kowalczuk;Telefon;Mail\nÖzgür;Handy;Brief\nYıldız;Telefon;Mail\n",
    ] {
        let error = refused(text);
        assert!(error.contains("looks like data"), "{error}");
        assert!(!error.contains("Kowalczuk") && !error.contains("Ulm"), "{error}");
    }
}

#[test]
fn a_first_row_with_few_known_names_is_a_header_only_if_the_values_fit_them() {
    let row = "Mail;Kowalczuk;Jasna;Ulm\n";
    assert!(refused(&format!("{row}Brief;Özgür;Can;Bonn\n")).contains("looks like data"));
    // A mapping also proves that the row is a header.
    let input = open(&format!("{row}Brief;Özgür;Can;Bonn\n"), &mapped(&["Jasna=first-name"]));
    let description = input.describe().join(" ");
    assert!(description.contains("'Jasna'") && !description.contains("Kowalczuk"), "{description}");
    let input = open("Mail;Truppe;Horde;Bande\na@b.de;1;2;3\n", &Options::default());
    assert!(input.describe().join(" ").contains("'Truppe' (column 2), 'Horde' (column 3)"));
}

#[test]
fn a_header_that_is_repeated_among_the_rows_is_a_header() {
    let rows = "Nachname;Vorname;Geburtsdatum;Ort\nKowalczuk;Jasna;k.A.;Ort\n";
    let input = open(&rows.repeat(2), &Options::default());
    assert!(input.describe().join(" ").contains("'Ort' (column 4)"), "{:?}", input.describe());
    // A town with the name of its column makes no difference if values fit their columns.
    let input = open("Name;PLZ;Ort\nKowalczuk;45127;Ort\n", &Options::default());
    assert!(input.describe().join(" ").contains("'Ort' (column 3)"), "{:?}", input.describe());
}

#[test]
fn a_header_that_is_repeated_anywhere_is_a_header() {
    let person = |number: usize| match number {
        0 => "Kowalczuk;Jasna;;Ulm;\n",
        _ => "Kowalczuk;Jasna;k.A.;Ulm;\n",
    };
    let header = "Nachname;Vorname;Geburtsdatum;Ort;\n";
    // A column without a name, and one whose header is a placeholder.
    for header in [header, "Nachname;Vorname;Geburtsdatum;Ort;-\n"] {
        let file = format!("{header}{}{header}{}", person(0), person(1));
        let description = open(&file, &Options::default()).describe().join(" ");
        assert!(description.contains("'Ort' (column 4)"), "{description}");
    }
    // Before the header is repeated, the filled columns have enough values for a decision. 'Hobby' does not.
    let people: String = (0..1100).map(person).collect();
    let header = "Nachname;Vorname;Geburtsdatum;Ort;Hobby\n";
    let sparse = people.replacen("Ulm;", "Ulm;Schach", 3);
    let description = open(&format!("{header}{sparse}{header}{people}"), &Options::default());
    assert!(
        description.describe().join(" ").contains("'Ort' (column 4)"),
        "{:?}",
        description.describe()
    );
}

#[test]
fn few_valid_values_among_remarks_prove_a_header() {
    for (header, good, other) in [
        // Four digits are a postcode, too.
        (
            "Nachname;Vorname;PLZ;Feld;Truppe;Horde;Bande",
            "Muster;Max;1010;a;b;c;d",
            "Muster;Eva;8010;a;b;c;d",
        ),
        ("E-Mail;Truppe;Horde;Bande", "a@b.de;1;2;3", "ruft an;1;2;3\nhat keine;1;2;3"),
        (
            "Telefon;Truppe;Horde;Bande",
            "0201 12345;1;2;3",
            "liegt nicht vor;1;2;3\nauf Anfrage;1;2;3",
        ),
    ] {
        let input = open(&format!("{header}\n{good}\n{other}\n"), &Options::default());
        let description = input.describe().join(" ");
        assert!(description.contains("'Bande' (column "), "{description}");
    }
}

#[test]
fn values_that_are_wrong_in_a_field_prove_no_header() {
    // These values have only the length of addresses and numbers.
    for text in [
        "Mail;Kowalczuk;Jasna;Ulm\nZimmer 12345;Can;Eva;Bonn\nZimmer 23456;Can;Eva;Kiel\n",
        "Telefon;Kowalczuk;Jasna;Ulm\n123456789012345678901;Can;Eva;Bonn\n",
    ] {
        let error = refused(text);
        assert!(error.contains("looks like data") && !error.contains("Jasna"), "{error}");
    }
}

#[test]
fn a_first_row_with_half_of_its_names_known_is_refused_unless_values_fit() {
    for row in ["Kowalczuk;Telefon;Mail;Xanten", "Kowalczuk;Mail"] {
        let below = row.replace("Kowalczuk", "Truppe").replace("Mail", "Brief");
        let below = below.replace("Telefon", "Fax").replace("Xanten", "Bonn");
        let error = refused(&format!("{row}\n{below}\n"));
        assert!(error.contains("looks like data") && !error.contains("Xanten"), "{error}");
    }
    let input = open("E-Mail;Telefon;Truppe;Horde\na@b.de;x;y;z\n", &Options::default());
    assert!(input.describe().join(" ").contains("'Truppe'"));
}

#[test]
fn a_key_that_few_records_have_is_not_shown() {
    let record = |name: &str| format!("{{\"email\":\"a@b.de\",\"farbe\":1,\"{name}\":\"x\"}}\n");
    let few = ["Kowalczuk", "Jasna", "Kowalczuk", "Novák"].map(record).concat();
    let description = open(&few, &Options::default()).describe().join("\n");
    assert!(
        description.contains("'farbe', (column 3, name not shown), (column 4, "),
        "{description}"
    );
    let error = refused(&few.replace("email", "Özgür").replace("a@b.de", "y"));
    assert!(error.contains("the names of the values (5, not shown)"), "{error}");
}

#[test]
fn a_row_of_names_is_not_a_header_and_is_not_shown() {
    for text in ["Müller;Petra;Essen\nMeier;Eva;Ulm\n", "Özgür;Jasna;Ulm\nMeier;Eva;Ulm\n"] {
        let Err(error) = Input::of_bytes(text.into(), &Options::default()) else {
            panic!("opened")
        };
        let error = error.to_string();
        assert!(!error.contains("ller") && !error.contains("Jasna"), "{error}");
    }
    let input = open("Petra;E-Mail;Müller\nx;a@b.de;y\n", &mapped(&["E-Mail=email"]));
    assert!(!input.describe().iter().any(|line| line.contains("Petra") || line.contains("Müller")));
}

/// The parts of match keys: the field, the column name and a value.
const PARTS: [(Field, &str, &str); 5] = [
    (Field::Name, "Name, Vorname", "Muster, Max"),
    (Field::LastName, "Nachname", "Muster"),
    (Field::FirstName, "Vorname", "Max"),
    (Field::BirthDate, "Geburtsdatum", "01.02.1970"),
    (Field::PostalCode, "PLZ", "50667"),
];

/// An accepted table in which no row makes an identifier would find nobody. Refusing a usable table would help
/// nobody. So the decision about the columns must match the rows.
#[test]
fn a_table_is_accepted_exactly_if_its_columns_can_make_an_identifier() {
    use leakdex::{Breach, IndexBuilder, Key, Record};

    let key = Key::generate().expect("there is randomness");
    let mut accepted = Vec::new();
    for chosen in 1..1_u32 << PARTS.len() {
        let parts = (0..PARTS.len()).filter(|part| chosen >> part & 1 == 1).map(|part| PARTS[part]);
        let parts: Vec<_> = parts.collect();
        let mut record = Record::new();
        parts.iter().for_each(|&(field, _, value)| record.push(field, value));
        let breach = Breach::named("leak").expect("a name");
        let mut builder = IndexBuilder::new(&key, breach);
        let _ = builder.add(&record).expect("there is memory");
        // The index has the identifiers of the row, if the row makes any.
        let makes_identifier = builder.build().is_ok_and(|index| !index.is_empty());
        let names: Vec<&str> = parts.iter().map(|(_, name, _)| *name).collect();
        let values: Vec<&str> = parts.iter().map(|(_, _, value)| *value).collect();
        let text = format!("{}\n{}\n", names.join(";"), values.join(";"));
        let opened = Input::of_bytes(text.into_bytes(), &Options::default());
        assert_eq!(opened.is_ok(), makes_identifier, "{names:?}");
        if let Err(error) = &opened {
            let error = error.to_string();
            assert!(error.contains("identif") && !error.contains("Muster"), "{error}");
        }
        if makes_identifier {
            accepted.push(names.join("+"));
        }
    }
    for refused in ["Vorname+Geburtsdatum", "Nachname+PLZ", "Geburtsdatum+PLZ", "Nachname+Vorname"]
    {
        assert!(!accepted.iter().any(|names| names == refused), "{refused}");
    }
    for named in ["Vorname+Geburtsdatum+PLZ", "Nachname+Vorname+PLZ", "Name, Vorname+Geburtsdatum"]
    {
        assert!(accepted.iter().any(|names| names == named), "{named}");
    }
}

#[test]
fn columns_that_identify_nobody_are_named_with_the_missing_fields() {
    let opened =
        Input::of_bytes("Vorname;Geburtsdatum\nMax;01.02.1970\n".into(), &Options::default());
    let error = opened.err().expect("it identifies nobody").to_string();
    assert!(error.contains("first-name and birth-date do not identify anybody"), "{error}");
}
