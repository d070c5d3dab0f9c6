use leakdex::{Breach, IndexBuilder, Key, Record};

use super::*;
use crate::cell::exact;

fn found(reference: &str, strength: Strength) -> OpenMatch {
    let key = Key::from_bytes(&[1; 32]).expect("a key");
    let builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let mut batch = builder.batch();
    batch.push(&Record::new().username("eva"));
    let tags = [3].into_iter();
    let basis = Basis::of(
        &key,
        (reference, "leak"),
        batch.canonical_identifiers(),
        std::iter::empty(),
        tags,
    );
    OpenMatch {
        breach: "leak".to_owned(),
        strength,
        standing: Standing::Undecided,
        earlier: None,
        agreement: None,
        kinds: KindSet::EMPTY,
        records: 2,
        data_classes: vec!["passwords".to_owned()],
        basis,
    }
}

/// The rows of a list of these members, without the header.
fn rows(
    language: Language,
    members: &[(&str, OpenMatch)],
    sure: &[&str],
) -> (Vec<Vec<String>>, WorklistCounts) {
    let mut list = Worklist::new(language, tempfile::tempfile().expect("a file"));
    for (row, (reference, found)) in (1..).zip(members) {
        let place = Place { file: "members.csv", list: 1, row };
        list.add(place, reference, found).expect("there is room");
    }
    sure.iter().for_each(|reference| list.note_sure(reference, "leak"));
    let finished = list.finish(Vec::new(), SheetFormat::Excel, None);
    let (bytes, counts) = finished.expect("to memory");
    let text = String::from_utf8(bytes).expect("it is text");
    let text = text.strip_prefix('\u{feff}').expect("for a spreadsheet");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let expected: Vec<&str> =
        COLUMNS.iter().chain([&CODE]).map(|name| word(name, language)).collect();
    assert_eq!(header.iter().collect::<Vec<_>>(), expected);
    let rows = reader.records().map(|row| row.expect("well formed"));
    (rows.map(|row| row.iter().map(str::to_owned).collect()).collect(), counts)
}

fn cell<'a>(row: &'a [String], name: &str) -> &'a str {
    &row[COLUMNS.iter().chain([&CODE]).position(|own| *own == name).expect("a column")]
}

#[test]
fn every_word_is_there_in_each_language_and_tells_decisions_and_reasons_apart() {
    for language in Language::ALL {
        let header: HashSet<&str> =
            COLUMNS.iter().chain([&CODE]).map(|name| word(name, language)).collect();
        assert_eq!(header.len(), COLUMNS.len() + 1);
        for decision in Decision::ALL {
            let words = decision.words(language);
            for text in [words.to_uppercase(), format!(" {words} "), decision.slug().to_owned()] {
                assert_eq!(Decision::of_words(&text), Some(decision), "{text}");
            }
        }
        for reason in DecisionReason::ALL {
            let words = reason.words(language);
            for text in [words.to_uppercase(), words.replace(' ', "  "), reason.code().to_owned()] {
                assert_eq!(DecisionReason::of_words(&text), Some(reason), "{text}");
            }
        }
        for column in WorklistColumn::ALL {
            let own = word(column.name(), language);
            assert!(worklist_headers(column).contains(&own));
            assert!(header.contains(own));
        }
        let mut open = found("m1", Strength::Candidate);
        open.earlier = Some(Decision::NotAffected);
        for lapse in [Lapse::Member, Lapse::Records, Lapse::Key] {
            open.standing = Standing::Lapsed(lapse);
            assert!(earlier(&open, language).contains(Decision::NotAffected.words(language)));
        }
    }
    assert_eq!(Decision::of_words("Nicht_Betroffen"), Some(Decision::NotAffected));
    for text in ["", "betrofen", "ja", "nicht"] {
        assert_eq!(Decision::of_words(text), None, "{text}");
    }
}

#[test]
fn a_row_tells_what_is_known_without_a_value_and_leaves_room_for_the_decision() {
    let mut later = found("=m2", Strength::Probable);
    later.standing = Standing::Holds(Decision::Later);
    later.earlier = Some(Decision::Later);
    let members = [("m1", found("m1", Strength::Candidate)), ("=m2", later)];
    let (rows, counts) = rows(Language::De, &members, &[]);
    assert_eq!(counts, WorklistCounts { rows: 2, without_reference: 0 });
    let told = ["reference", "list", "row", "strength", "otherwise", "earlier", "data-classes"];
    let told = rows.iter().map(|row| told.map(|name| cell(row, name))).collect::<Vec<_>>();
    let classes = "Passwörter";
    assert_eq!(
        told,
        [
            ["m1", "members.csv", "1", "möglich", "bleibt offen", "", classes],
            ["'=m2", "members.csv", "2", "wahrscheinlich", "bleibt offen", "später", classes],
        ]
    );
    for row in &rows {
        assert!(["decision", "reason", "by"].iter().all(|name| cell(row, name).is_empty()));
        let reference = exact(cell(row, "reference"));
        assert!(Basis::of_code(cell(row, "code"), reference, "leak").is_ok());
    }
}

#[test]
fn a_member_is_in_the_list_once_and_only_if_somebody_has_to_decide() {
    let member = |reference| (reference, found(reference, Strength::Candidate));
    let mut changed = member("m1");
    changed.1.basis.member = [9; Basis::LENGTH];
    let members = [member("m1"), member("m2"), member(""), member("m1"), changed, member("m3")];
    let (rows, counts) = rows(Language::En, &members, &["m2", "m4", ""]);
    let references: Vec<&str> = rows.iter().map(|row| cell(row, "reference")).collect();
    // The third of them has other data, so it is another match.
    assert_eq!(references, ["m1", "m1", "m3"]);
    assert_eq!(counts, WorklistCounts { rows: 3, without_reference: 1 });
}

#[test]
fn the_expected_accidents_are_told_as_far_as_they_are_known() {
    let mut all: Coincidences = serde_json::from_value(serde_json::json!({
        "decoys_per_million_members": 1_000_000, "members": 2_000_000, "asked": 2_000_000,
        "matched_by_strength": { "probable": 1, "candidate": 20_000 },
        "matched_by_kind": {}, "not_measurable": {},
    }))
    .expect("counts of decoys");
    let matches = BTreeMap::from([("candidate".to_owned(), 30_000), ("probable".to_owned(), 7)]);
    all.complete(&matches, &BTreeMap::new(), 1_000);
    let told = |strength| accidents(Some(&all), strength, Language::De);
    assert!(told("candidate").starts_with("etwa 20.0"), "{}", told("candidate"));
    assert!(told("candidate").ends_with(" von 30.000"));
    assert!(told("probable").contains(" bis ") && told("probable").ends_with(" von 7"));
    all.complete(&matches, &BTreeMap::new(), 1_000);
    let few = Accidents {
        expected: None,
        low: Some(0.0),
        high: Some(0.4),
        ..all.by_strength["probable"].clone()
    };
    all.by_strength.insert("probable", few);
    assert_eq!(accidents(Some(&all), "probable", Language::De), "weniger als 1 von 7");
    assert_eq!(accidents(None, "candidate", Language::En), "not measured");
}
