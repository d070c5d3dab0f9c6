//! The uses of columns, and the doubts about them, as data. Also, a part of a table that is read like the whole.

use leakdex::{DateOrder, Field, Kind, KindSet};
use leakdex_input::{
    DoubtBasis, Input, Layout, Mapping, Options, OrderBasis, Target, UnusedCounts,
};

use crate::{mapped, open};

/// The rows as text, and the unused columns.
fn read(mut input: Input) -> (Vec<String>, Vec<String>) {
    let (layout, mut counts) = (input.layout(), UnusedCounts::default());
    let mut rows = Vec::new();
    while let Some(block) = input.next_block().expect("readable") {
        layout.rows_and_unused(&block, &mut counts, |share| {
            for row in 0..share.len() {
                let columns = share.columns().columns();
                let values = columns.iter().map(|column| {
                    let order = column.date_order().map_or("", DateOrder::slug);
                    format!(" {}={:?}{order}", column.field(), column.text(row))
                });
                rows.push(format!("{}{}", share.id(row), values.collect::<String>()));
            }
        });
    }
    let unused = layout.unused_columns(&counts);
    (rows, unused.iter().map(|unused| format!("{unused:?}")).collect())
}

const WHOLE: &str = "Nr;Kundennummer;Name;Geburtsdatum;Kontakt;Farbe;Nummer\n\
    A123456780;A123456780;Muster;02/13/1970;a@b.de;rot;1\n\
    A123456780;A123456780;Muster;03/04/1970;a@b.de;rot;2\n\
    A123456780;A123456780;Muster;03/04/1970;a@b.de;rot;3\n";

#[test]
fn uses_and_doubts_are_data() {
    let input = open(WHOLE, &mapped(&["Farbe=ignore"]));
    let columns = input.columns();
    let shown: Vec<String> = columns
        .iter()
        .map(|column| {
            let identifier = column.identifier.map_or("", Field::slug);
            let order = column.date_order.map_or("", DateOrder::slug);
            format!(
                "{}={} {identifier} {order} {}",
                column.header, column.target, column.is_explicit
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Nr=ignored   false",
            "Kundennummer=id kvnr  false",
            "Name=name   false",
            "Geburtsdatum=birth-date  month-first false",
            "Kontakt=ignored   false",
            "Farbe=ignored   true",
            "Nummer=ignored   false",
        ]
    );
    let doubts = input.doubts();
    let [number, contact] = doubts else { panic!("{doubts:?}") };
    assert_eq!((number.place, &*number.fields), (0, &[Field::Kvnr][..]));
    assert_eq!((contact.place, contact.header.as_written()), (4, "Kontakt"));
    assert_eq!(contact.basis, DoubtBasis::Values { fitting: 3, filled: 3 });
    // A doubt matters if the column can form an identifier of one of these kinds.
    let kinds = |kinds: &[Kind]| kinds.iter().copied().collect::<KindSet>();
    assert!(contact.can_form(input.fields(), kinds(&[Kind::Email])));
    assert!(!contact.can_form(input.fields(), kinds(&[Kind::Kvnr, Kind::StartsBirth])));
    // A second column of a kind may have the value that the first lacks.
    assert!(number.can_form(input.fields(), kinds(&[Kind::Kvnr])));
}

#[test]
fn a_column_whose_name_or_values_leave_doubts_is_reported() {
    let text = "E-Mail;Login;Telefon\n".to_owned() + &"a@b.de;evi;A123456780\n".repeat(20);
    let input = open(&text, &Options::default());
    let doubts = input.doubts();
    let [login, phone] = doubts else { panic!("{doubts:?}") };
    assert_eq!((login.basis, &*login.fields), (DoubtBasis::Name, &[Field::Username][..]));
    assert_eq!(phone.basis, DoubtBasis::Invalid { invalid: 20, given: 20 });
    let (open_all, close_all) = ("[".repeat(200), "]".repeat(200));
    let json = format!("{{\"email\":\"a@b.de\",\"kontakt\":{open_all}1{close_all}}}\n");
    let input = open(&json.repeat(3), &Options::default());
    let nested = input.doubts().iter().find(|doubt| doubt.basis == DoubtBasis::Nested);
    assert!(nested.is_some_and(|nested| nested.fields.is_empty()), "{:?}", input.doubts());
}

#[test]
fn a_column_of_codes_that_the_phone_numbers_lack_is_reported() {
    let doubts = |header: &str, rows: &str| {
        let text = format!("Nr;E-Mail;{header};phone\n{rows}");
        let input = open(&text, &Options::default());
        let questions = input.describe().iter().filter(|line| line.starts_with("question: "));
        assert_eq!(questions.count(), input.doubts().len(), "{:?}", input.describe());
        input.doubts().iter().map(|doubt| (doubt.place, doubt.fields.clone())).collect::<Vec<_>>()
    };
    let german = "1;a@b.de;49;1711234567\n".repeat(50);
    for code in ["43", "+43", "0043", "43.0"] {
        let foreign = format!("1;a@b.de;{code};6641230001\n");
        for header in
            ["country_code", "Ländervorwahl", "dial_code", "phone_country", "phone_prefix"]
        {
            for rows in [&foreign, &format!("{german}{foreign}")] {
                assert_eq!(doubts(header, rows), [(2, vec![Field::Phone])], "{header} {code}");
            }
        }
        assert!(doubts("Farbe", &foreign).is_empty());
    }
    assert_eq!(doubts("area_code", "1;a@b.de;351;214567890\n"), [(2, vec![Field::Phone])]);
    // Nothing is lost: the codes are those of the region, they are names of countries, or the numbers have theirs.
    for row in ["DE;6641230001", "AT;6641230001", "43;+436641230001", "43;00436641230001"] {
        assert!(doubts("country_code", &format!("1;a@b.de;{row}\n")).is_empty(), "{row}");
    }
    assert!(doubts("country_code", &german).is_empty());
    let text = "Nr;E-Mail;country_code;phone\n1;a@b.de;43;6641230001\n";
    assert!(open(text, &mapped(&["country_code=ignore"])).doubts().is_empty());
}

#[test]
fn a_part_is_read_like_the_whole_even_if_its_own_values_suggest_otherwise() {
    let input = open(WHOLE, &mapped(&["Farbe=ignore"]));
    let orders = input.date_columns().iter();
    let orders = orders.map(|column| (column.header.as_written().to_owned(), column.order));
    let options = Options {
        columns: input.settled(),
        date_orders: orders.collect(),
        only_mapped: true,
        ..Options::default()
    };
    let (rows, unused) = read(input);
    // If its own values decided, this part would have other references and the other order of day and month.
    let mut lines: Vec<&str> = WHOLE.lines().collect();
    lines.remove(1);
    lines.push("B;M-1;Muster;13/12/1970;c@d.de;rot;4");
    let part = open(&(lines.join("\n") + "\n"), &options);
    assert_eq!(part.date_columns()[0].basis, OrderBasis::Given);
    assert_eq!(part.doubts(), []);
    assert!(!part.describe().iter().any(|line| line.contains("question: ")));
    let (part_rows, part_unused) = read(part);
    assert_eq!(part_rows[..2], rows[1..]);
    assert_eq!(
        part_rows[2],
        "M-1 kvnr=Ok(\"M-1\") name=Ok(\"Muster\") birth-date=Ok(\"13/12/1970\")month-first"
    );
    // Unused columns are counted as in the whole table.
    let name = |text: &String| text.split(',').next().map(str::to_owned);
    assert_eq!(
        unused.iter().map(name).collect::<Vec<_>>(),
        part_unused.iter().map(name).collect::<Vec<_>>()
    );
    assert_eq!(unused.len(), 3);
}

#[test]
fn a_column_is_mapped_twice_only_as_a_reference_that_is_an_identifier() {
    let text = "x;y\nA123456780;a@b.de\n";
    let both = |only_mapped, mappings: &[&str]| {
        let options = Options { only_mapped, ..mapped(mappings) };
        Input::of_bytes(text.into(), &options).map(read).map_err(|error| error.to_string())
    };
    let (rows, _) = both(true, &["x=id", "x=kvnr"]).expect("both");
    assert_eq!(rows, ["A123456780 kvnr=Ok(\"A123456780\")"]);
    for (only_mapped, mappings) in
        [(false, ["x=id", "x=kvnr"]), (true, ["x=kvnr", "x=id"]), (true, ["x=id", "x=id"])]
    {
        let error = both(only_mapped, &mappings).expect_err("twice");
        assert!(error.contains("is mapped twice"), "{error}");
    }
}

#[test]
fn in_a_part_too_the_first_of_two_columns_with_one_name_is_the_reference() {
    // A reference may also be an identifier.
    for rows in ["1;2;a@b.de\n2;3;c@d.de\n", "A123456780;17;a@b.de\nB123456782;18;c@d.de\n"] {
        let text = format!("Mitgliedsnummer;Mitgliedsnummer;E-Mail\n{rows}");
        let input = open(&text, &Options::default());
        let headers =
            input.columns().iter().map(|column| column.header.as_written().to_owned()).collect();
        let options = Options { columns: input.settled(), only_mapped: true, ..Options::default() };
        let layout = Layout::of_names(headers, &options).expect("columns");
        assert_eq!(layout.fields(), input.fields());
        assert_eq!(read(open(&text, &options)).0, read(input).0);
    }
}

#[test]
fn a_layout_of_names_judges_counts_like_the_layout_of_an_input() {
    let input = open(WHOLE, &mapped(&["Farbe=ignore"]));
    let headers =
        input.columns().iter().map(|column| column.header.as_written().to_owned()).collect();
    let options = Options { columns: input.settled(), only_mapped: true, ..Options::default() };
    let layout = Layout::of_names(headers, &options).expect("columns");
    assert_eq!(layout.fields(), input.fields());
    let (input_layout, mut counts) = (input.layout(), UnusedCounts::default());
    input_layout.rows_and_unused(input.peek().expect("a block"), &mut counts, |_| {});
    assert_eq!(layout.unused_columns(&counts), input_layout.unused_columns(&counts));
    let missing = vec![Mapping { header: "no such".to_owned(), target: Target::Id }];
    let options = Options { columns: missing, only_mapped: true, ..Options::default() };
    let error = Layout::of_names(vec!["email".to_owned()], &options).expect_err("no such column");
    assert!(error.to_string().contains("there is no column 'no such'"), "{error}");
}
