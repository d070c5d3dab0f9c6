//! The words for levels and reasons, with real indexes.

use std::collections::BTreeSet;

use leakdex::{Breach, DateAgreement, IndexBuilder, IndexSet, Key, PostalCodeAgreement, Record};

use super::*;

fn person(first: &str, last: &str, birth: &str, postcode: &str) -> Record {
    Record::new().last_name(last).first_name(first).birth_date(birth).postal_code(postcode)
}

fn johanna() -> Record {
    person("Johanna", "Weidenbach", "05.02.1983", "50667")
}

fn index(leaked: &[Record]) -> IndexSet {
    let key = Key::from_bytes(&[6; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for record in leaked {
        let _ = builder.add(record).expect("there are few classes");
    }
    IndexSet::new([builder.build().expect("it fits the format")]).expect("one index")
}

/// The lines of a member's explanation.
fn explain(leaked: &[Record], member: &Record, language: Language) -> String {
    let set = index(leaked);
    let records = set.explain(member);
    let records =
        records.iter().map(|record| RecordExplanation::new(record, LeakedRecord(7))).collect();
    let verdict = set.check(member);
    let outcome = crate::outcome_of(&verdict, |_| None);
    let (file, decisions) = ("m.csv".into(), None);
    let explanation = Explanation { file, row: 7, shown: 7, verdict, outcome, decisions, records };
    let line = |Line { name, text, .. }: Line| format!("{name}|{text}\n");
    explanation.lines(language).into_iter().map(line).collect()
}

#[test]
fn each_level_has_words() {
    for (member, german, english) in [
        (johanna(), ["Nachname|gleich", "Vorname|gleich"], ["last name|same", "first name|same"]),
        (
            person("Johanna", "Weidenbach", "2.5.1983", "56067"),
            ["Geburtsdatum|Tag und Monat vertauscht", "Postleitzahl|zwei Ziffern vertauscht"],
            ["date of birth|day and month exchanged", "postcode|two digits exchanged"],
        ),
        (
            person("Johanna", "Weidenbach", "5.2.1984", "51667"),
            [
                "Geburtsdatum|Tag, Monat oder Jahr verschieden, das Übrige gleich",
                "Postleitzahl|eine Ziffer verschieden",
            ],
            [
                "date of birth|day, month or year different, the rest the same",
                "postcode|one digit different",
            ],
        ),
        (
            person("Johann", "Abel", "5.2.1983", "50667"),
            ["Nachname|verschieden", "Vorname|ähnlich"],
            ["last name|different", "first name|similar"],
        ),
        (
            Record::new().last_name("Weidenbach").first_name("Johanna").birth_date("5.2.1983"),
            ["Geburtsdatum|gleich", "Postleitzahl|nicht vergleichbar, fehlt auf einer Seite"],
            ["date of birth|same", "postcode|not comparable, missing on one side"],
        ),
        (
            person("Weidenbach", "Johanna", "5.2.1983", "01067"),
            ["|Vor- und Nachname sind im Datensatz vertauscht", "Postleitzahl|verschieden"],
            ["|First and last name are exchanged in the record", "postcode|different"],
        ),
    ] {
        for (language, words) in [(Language::De, german), (Language::En, english)] {
            let lines = explain(&[johanna()], &member, language);
            for words in words {
                assert!(lines.contains(words), "'{words}' is not in:\n{lines}");
            }
        }
    }
}

#[test]
fn every_reason_has_words_in_each_language() {
    let source = include_str!("../explanation.rs");
    let (_, function) = source.split_once("fn reason(").expect("it is there");
    let (function, _) = function.split_once("\n}").expect("it ends");
    let literals: Vec<&str> = function.split('"').skip(1).step_by(2).collect();
    assert!(literals.len() > 9 && literals.contains(&"too-little"), "{literals:?}");
    for language in Language::ALL {
        literals.iter().for_each(|reason| {
            let words = Words::explanation(language).get(&format!("reasons.{reason}"));
            assert!(words.is_some(), "{reason}");
        });
    }
}

#[test]
fn every_level_has_words_in_each_language() {
    let names = [
        NameAgreement::Unknown,
        NameAgreement::Differs,
        NameAgreement::Remote,
        NameAgreement::Similar,
        NameAgreement::Same,
    ];
    let dates = [
        DateAgreement::Unknown,
        DateAgreement::Differs,
        DateAgreement::OnePartDiffers,
        DateAgreement::Swapped,
        DateAgreement::Same,
    ];
    let postal_codes = [
        PostalCodeAgreement::Unknown,
        PostalCodeAgreement::Differs,
        PostalCodeAgreement::OneDigitDiffers,
        PostalCodeAgreement::Transposed,
        PostalCodeAgreement::Same,
    ];
    for language in Language::ALL {
        let words = Words::explanation(language);
        let apart = |table: &str, levels: [&str; 5]| {
            let shown = levels.map(|level| words.of(&format!("{table}.{level}")));
            assert_eq!(shown.into_iter().collect::<BTreeSet<_>>().len(), 5);
        };
        apart("names", names.map(of_names));
        apart("dates", dates.map(of_dates));
        apart("postal-codes", postal_codes.map(of_postal_codes));
    }
}

/// The reasons of the records, the most certain match first.
fn reasons(leaked: &[Record], member: &Record) -> Vec<&'static str> {
    let evidence = index(leaked).explain(member);
    evidence.iter().map(|record| RecordExplanation::new(record, LeakedRecord(7)).reason).collect()
}

#[test]
fn each_assessment_has_its_reason() {
    let twin = person("Friedrich", "Weidenbach", "5.2.1983", "50667");
    assert_eq!(reasons(&[johanna()], &johanna()), ["agreement"]);
    assert_eq!(reasons(&[johanna()], &twin), ["relative"]);
    assert_eq!(reasons(&[johanna(), twin.clone()], &twin), ["agreement", "relative"]);
    let nameless = person("", "Weidenbach", "5.2.1983", "50667");
    assert_eq!(reasons(&[johanna()], &nameless), ["no-first-name"]);
    let married = person("Johanna", "Abel", "5.2.1983", "50667");
    assert_eq!(reasons(&[johanna()], &married), ["below-probable"]);
    let refuted = person("Johanna", "Weidenbach", "17.9.1931", "50667");
    assert_eq!(reasons(&[johanna()], &refuted), ["refuted"]);
    let neighbour = person("Xaver", "Abel", "5.2.1983", "50667");
    assert_eq!(reasons(&[johanna()], &neighbour), ["too-little"]);
    let numbered = |record: Record| record.kvnr("A123456780");
    assert_eq!(reasons(&[numbered(johanna())], &numbered(neighbour)), ["value"]);
    // More than 64 records share the bank account of a company.
    let employee = |number: u8| {
        let last =
            format!("Ba{}o{}", char::from(b'a' + number % 26), char::from(b'k' + number / 26));
        person("Xaver", &last, "1.1.1950", "01067").iban("DE89370400440532013000")
    };
    let leaked: Vec<Record> = (0..70).map(employee).collect();
    let reasons = reasons(&leaked, &johanna().iban("DE89370400440532013000"));
    assert!(
        reasons.len() == 64 && reasons.iter().all(|reason| *reason == "shared-value"),
        "{reasons:?}"
    );
}

#[test]
fn an_explanation_says_that_nothing_differs_if_only_the_names_are_too_common() {
    let namesake = |number: u32| {
        let birth =
            format!("{}.{}.{}", 1 + number % 28, 1 + number / 28 % 12, 1930 + number / 336 % 40);
        person("Johanna", "Weidenbach", &birth, "50667")
    };
    let member = person("Johanna", "Weidenbach", "17.11.1983", "");
    let leaked: Vec<Record> = (0..12_000).map(namesake).chain([member.clone()]).collect();
    assert_eq!(reasons(&leaked, &member)[0], "nothing-differs");
}

#[test]
fn the_explanation_shows_the_verdict_and_the_gaps_of_the_check() {
    let refuted = person("Johanna", "Weidenbach", "17.9.1931", "50667").kvnr("A1");
    let lines = explain(&[johanna()], &refuted, Language::De);
    for words in [
        "|m.csv, Zeile 7\n",
        "Ergebnis|nicht betroffen, nur teilweise geprüft\n",
        "gemeinsame Angabe, aber anscheinend eine andere Person",
        "Einstufung|kein Treffer. Die übereinstimmenden Angaben",
    ] {
        assert!(lines.contains(words), "'{words}' is not in:\n{lines}");
    }
    let nothing = explain(&[johanna()], &Record::new().kvnr("A1"), Language::En);
    assert!(nothing.contains("result|open, could not be checked\n"), "{nothing}");
    assert!(nothing.contains("|No leaked record has a detail in common"), "{nothing}");
}

#[test]
fn a_gap_within_an_inserted_value_stays_as_it_is() {
    let filled =
        Words::explanation(Language::En).with("place", &[("file", "{row}{x"), ("row", "1")]);
    assert_eq!(filled, "{row}{x, row 1");
}
