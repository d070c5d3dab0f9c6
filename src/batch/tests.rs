//! Compares usual spellings with the full rules.

use proptest::prelude::*;

use super::*;
use crate::identifier::{DateEvidence, DateOrder, Outcome, usual_form};

/// Values that are barely usual, barely unusual, or far from usual.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aZ0._+@-]{0,4}(aX|x[nN])?[a0._+-]{0,3}@?[aZ0.-]{0,5}(xn--|[.])?[aZ0._+@-]{0,4}",
        "[a-c.+]{1,5}@(gmail|googlemail|e-a)[.](com|de|c1|c)",
        "[A-Za@][0-9]{8,9}",
        "[A-C][0-3]{9}",
        "[aZbäöüßÄÖÜéÃ¼ẞ '?.-]{0,7}",
        "[A-Za-zäöüß]{1,12}",
        "(?i)(null|nan|none|keine|unknown|unbekannt|na|n/a|k[.]a[.]|-{1,3}|undefined|Neumann|Kurz)",
        "[0-3][0-9][.][01][0-9][.](18|19|20)[0-9]{2}",
        "[0-3]?[0-9][./-] ?[0-3]?[0-9][./-] ?(18|19|20)[0-9]{2}( 23:00)?",
        "(18|19|20)[0-9]{2}[./-][01][0-9][./-][0-3][0-9]",
        "[0-3][0-9][0-3][0-9](18|19|20)[0-9]{2}",
        "(noreply|no-reply|test|keine?|x{1,3}|unbekannt)([+]a)?@(test|keine|x|xxx|example)[.]de",
        "(01[./]01[./]1900|1899-12-3[01]|12/30/1899|0000-00-00|29[.]02[.]19[0-9]{2})",
        "[0-9]{3,6}",
        ".{0,12}",
    ]
}

#[test]
fn date_of_birth_is_returned_only_for_one_valid_date() {
    let mut batch = Batch::new(Normaliser::new().current_year(2026), KindSet::EMPTY);
    for (dates, expected) in [
        (&["05.06.2015"][..], Some((2015, 6, 5))),
        (&["2015-06-05", "05.06.2015"], Some((2015, 6, 5))),
        (&["29.02.2012"], Some((2012, 2, 29))),
        (&["05.06.2015", "06.06.2015"], None),
        (&["2015"], Some((2015, 0, 0))),
        (&["00.00.2015"], Some((2015, 0, 0))),
        (&["00.06.2015"], Some((2015, 6, 0))),
        (&["00.06.2015", "05.06.2015"], None),
        (&["00.00.0000"], None),
        (&["31.02.2015"], None),
        (&["01.01.1900"], None),
        (&["05.06.2027"], None),
        (&["unbekannt"], None),
        (&[], None),
    ] {
        batch.clear();
        let record = dates.iter().fold(Record::new(), |record, date| record.birth_date(date));
        batch.push(&record);
        assert_eq!(batch.date_of_birth(0), expected, "{dates:?}");
        assert_eq!(format!("{batch:?}"), "Batch { rows: 1, identifiers: 0, .. }");
        assert!(!batch.is_empty());
    }
    batch.clear();
    assert!(batch.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn usual_values_agree_with_the_full_rules(
        raw in value(), year in 1990_u16..2030, order in prop::sample::select(&DateOrder::ALL[..]),
    ) {
        let rules = Normaliser::new().current_year(year).date_order(order);
        for &field in Field::ALL {
            let mut normal_form = String::new();
            if let Some(usual) = usual_form(field, raw.as_bytes(), rules) {
                let outcome = rules.normalise(field, &raw, &mut normal_form);
                prop_assert_eq!(outcome, Outcome::Ok, "{} {:?}", field, raw);
                prop_assert_eq!(usual, normal_form.into_bytes(), "{} {:?}", field, raw);
            }
        }
    }

    /// A value proves an order if and only if it is a date in that order alone.
    #[test]
    fn date_evidence_agrees_with_the_orders_that_give_a_date(raw in value(), excel: bool) {
        let rules = Normaliser::new().current_year(2026).excel_dates(excel);
        let read = DateOrder::ALL.map(|order| {
            let mut date = String::new();
            rules.date_order(order).normalise(Field::BirthDate, &raw, &mut date);
            date
        });
        let [day_first, month_first] = &read;
        match rules.date_evidence(raw.as_bytes()) {
            DateEvidence::NoDate => prop_assert!(day_first.is_empty() && month_first.is_empty()),
            DateEvidence::OneForm | DateEvidence::Same => {
                prop_assert!(!day_first.is_empty() && day_first == month_first);
            }
            DateEvidence::Proves(order) => {
                let proven = DateOrder::ALL.map(|other| other == order);
                prop_assert_eq!(read.map(|date| !date.is_empty()), proven);
            }
            DateEvidence::Open | DateEvidence::OpenWithDots => {
                prop_assert!(!day_first.is_empty() && !month_first.is_empty());
                prop_assert_ne!(day_first, month_first);
            }
        }
    }

    /// A trailing space changes no normal form, but no value with one is usual.
    #[test]
    fn the_fast_path_makes_the_same_identifiers(
        values in prop::collection::vec((prop::sample::select(Field::ALL), value()), 0..8),
        order in prop::sample::select(&DateOrder::ALL[..]),
        kinds in prop::sample::select(vec![KindSet::all(), KindSet::EMPTY]),
    ) {
        let made_with = |space: &str| {
            let mut batch = Batch::new(Normaliser::new().date_order(order), kinds);
            let mut record = Record::new();
            for (field, value) in &values {
                record.push(*field, &format!("{value}{space}"));
            }
            batch.push(&record);
            let shown = |made: &Identifier| {
                let text = batch.canonical(*made).to_vec();
                (made.kind, text, made.suspect, made.ascii, made.has_coarser())
            };
            let identifiers: Vec<_> = batch.identifiers().iter().map(shown).collect();
            let (problems, suspicions) = (batch.problems(0).to_vec(), batch.suspicions(0).to_vec());
            let row = batch.rows()[0];
            (identifiers, problems, suspicions, row.given, row.varied)
        };
        prop_assert_eq!(made_with(""), made_with(" "));
    }
}

#[test]
fn usual_values_take_the_fast_path() {
    let rules = Normaliser::new();
    for (field, raw, normal_form) in [
        (Field::Email, "M.Muster@example.de", "m.muster@example.de"),
        (Field::Kvnr, "A123456780", "A123456780"),
        (Field::Kvnr, "A000500015", "A000500015"),
        (Field::LastName, "Müller", "mueller"),
        (Field::FirstName, "JÜRGEN", "juergen"),
        (Field::BirthDate, "31.12.1958", "1958-12-31"),
        (Field::BirthDate, "31/12/1958", "1958-12-31"),
        (Field::BirthDate, "31-12-1958", "1958-12-31"),
        (Field::BirthDate, "1958-12-31", "1958-12-31"),
        (Field::PostalCode, "01067", "01067"),
    ] {
        let usual = usual_form(field, raw.as_bytes(), rules);
        assert_eq!(usual.as_deref(), Some(normal_form.as_bytes()), "{raw}");
    }
}

#[test]
fn american_dates_take_the_fast_path_in_their_column() {
    let rules = Normaliser::new().date_order(DateOrder::MonthFirst);
    for raw in ["12/31/1958", "12.31.1958", "12-31-1958", "1958-12-31"] {
        let usual = usual_form(Field::BirthDate, raw.as_bytes(), rules);
        assert_eq!(usual.as_deref(), Some(&b"1958-12-31"[..]), "{raw}");
    }
}

/// The keys of names and dates of birth ([`Kind::EndsBirth`]) of one person with two columns of
/// dates.
fn keys_of(dates: [&str; 2], orders: [Option<DateOrder>; 2], rules: Normaliser) -> Vec<Vec<u8>> {
    let (name, ends) = (b"Eva", [0, 3]);
    let ends_of = dates.map(|date| [0, i32::try_from(date.len()).expect("it is short")]);
    let mut columns = Columns::new(1);
    columns.push(crate::Column::new(Field::LastName, name, &ends));
    columns.push(crate::Column::new(Field::FirstName, name, &ends));
    for ((date, ends), order) in dates.iter().zip(&ends_of).zip(orders) {
        let column = crate::Column::new(Field::BirthDate, date.as_bytes(), ends);
        columns.push(order.map_or(column, |order| column.with_date_order(order)));
    }
    let keys = |columns: &Columns<'_>| {
        let mut batch = Batch::new(rules, KindSet::all());
        batch.push_columns(columns);
        let all = batch.identifiers().iter();
        let found = all.filter(|identifier| identifier.kind == Kind::EndsBirth);
        found.map(|identifier| batch.canonical(*identifier).to_vec()).collect::<Vec<_>>()
    };
    let found = keys(&columns);
    assert_eq!(found, keys(&columns.record(0).columns()), "a copy of the row reads them alike");
    found
}

#[test]
fn each_column_of_dates_has_an_order_of_its_own() {
    let (rules, american) = (Normaliser::new(), Some(DateOrder::MonthFirst));
    let german = keys_of(["3.4.1970", "05.06.1980"], [None, None], rules);
    for dates in [["4/3/1970", "5.6.1980"], ["04/03/1970", "05/06/1980"]] {
        assert_eq!(keys_of(dates, [american, None], rules), german, "{dates:?}");
    }
    let mixed = ["4/3/1970", "05/06/1980"];
    let orders = [None, Some(DateOrder::DayFirst)];
    assert_eq!(keys_of(mixed, orders, rules.date_order(DateOrder::MonthFirst)), german);
    assert_ne!(keys_of(mixed, [None, None], rules), german);
}

#[test]
fn columns_and_records_give_equal_rows() {
    let mut records = [
        Record::new().email("a@example.de").last_name("Meyer").first_name("Eva").email("x"),
        Record::new().email("").last_name("").first_name("").email("b@example.de"),
        Record::new().email("c").last_name("王").first_name("Eva Maria").email(""),
    ];
    records[1].doubt(Reason::TooManyFields);
    records[2].push_data_class(DataClass::PASSWORDS);
    let mut one_by_one = Batch::new(Normaliser::new(), KindSet::all());
    records.iter().for_each(|record| one_by_one.push(record));

    let mut rows = Columns::new(records.len());
    let texts: Vec<(String, Vec<i32>)> = (0..4)
        .map(|column| {
            let (mut text, mut offsets) = (String::new(), vec![0]);
            for record in &records {
                text += record.values().nth(column).expect("four values").1.expect("text");
                offsets.push(i32::try_from(text.len()).expect("it is short"));
            }
            (text, offsets)
        })
        .collect();
    let fields = [Field::Email, Field::LastName, Field::FirstName, Field::Email];
    for (field, (text, offsets)) in fields.into_iter().zip(&texts) {
        rows.push(crate::Column::new(field, text.as_bytes(), offsets));
    }
    rows.doubt(1, Reason::TooManyFields);
    rows.push_data_class(2, DataClass::PASSWORDS);
    let mut together = Batch::new(Normaliser::new(), KindSet::all());
    together.push_columns(&rows);

    for row in 0..records.len() {
        assert_eq!(together.problems(row), one_by_one.problems(row), "row {row}");
        assert_eq!(together.kinds(row), one_by_one.kinds(row), "row {row}");
        assert_eq!(together.data_classes(row), one_by_one.data_classes(row), "row {row}");
        assert_eq!(together.rows()[row].given, one_by_one.rows()[row].given, "row {row}");
    }
    let shown = |batch: &Batch| {
        let of = |made: &Identifier| {
            (made.row, made.kind, batch.canonical(*made).to_vec(), made.suspect)
        };
        let mut all: Vec<_> = batch.identifiers().iter().map(of).collect();
        all.sort();
        all
    };
    assert_eq!(shown(&together), shown(&one_by_one));
}
