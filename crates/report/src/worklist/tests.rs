use leakdex::{Breach, IndexBuilder, Key, Record};

use super::*;
use crate::{cell::exact, false_matches::Accidents};

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
        status: DecisionStatus::Undecided,
        earlier: None,
        agreement: None,
        kinds: KindSet::EMPTY,
        records: 2,
        leaked: vec![LeakedRecord(1), LeakedRecord(0xAB)],
        data_classes: vec!["passwords".to_owned()],
        basis,
    }
}

/// A match of a member with this first name and a leaked Eva.
fn named(reference: &str, strength: Strength, first_name: &str) -> OpenMatch {
    let key = Key::generate().expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let eva = |name| {
        let record = Record::new().last_name("Xanderberg").first_name(name);
        record.birth_date("5.2.1970").postal_code("50667")
    };
    let _ = builder.add(&eva("Eva")).expect("added");
    let set = leakdex::IndexSet::new([builder.build().expect("built")]).expect("one index");
    let evidence = set.explain(&eva(first_name));
    OpenMatch { agreement: evidence[0].agreement, ..found(reference, strength) }
}

/// The columns of a list, with or without kinds in common.
fn columns(has_kinds: bool) -> Vec<&'static str> {
    COLUMNS.into_iter().filter(|name| has_kinds || *name != KINDS).collect()
}

/// The rows of a list of these members, without the header.
fn rows(
    language: Language,
    members: &[(&str, OpenMatch)],
    sure: &[&str],
) -> (Vec<Vec<String>>, WorklistCounts) {
    rows_with(language, members, sure, None)
}

/// The rows of a list of these members, without the header. `places` has the rows of the records.
fn rows_with(
    language: Language,
    members: &[(&str, OpenMatch)],
    sure: &[&str],
    places: Option<&LeakedRows>,
) -> (Vec<Vec<String>>, WorklistCounts) {
    let mut list = Worklist::new(language, tempfile::tempfile().expect("a file"));
    for (row, (reference, found)) in (1..).zip(members) {
        let place = Place { file: "members.csv", list: 1, row };
        list.add(place, reference, found).expect("there is room");
    }
    sure.iter().for_each(|reference| list.record_certain_match(reference, "leak"));
    let finished = list.finish(Vec::new(), SheetFormat::Excel, None, places);
    let (bytes, counts) = finished.expect("to memory");
    let text = String::from_utf8(bytes).expect("it is text");
    let text = text.strip_prefix('\u{feff}').expect("for a spreadsheet");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let is_shown = |(reference, open): &(&str, OpenMatch)| {
        named_kinds(open).next().is_some() && !sure.contains(reference)
    };
    let expected = columns(members.iter().any(is_shown));
    let expected: Vec<&str> = expected.iter().map(|name| word(name, language)).collect();
    assert_eq!(header.iter().collect::<Vec<_>>(), expected);
    let rows = reader.records().map(|row| row.expect("well formed"));
    (rows.map(|row| row.iter().map(str::to_owned).collect()).collect(), counts)
}

fn cell<'a>(row: &'a [String], name: &str) -> &'a str {
    let columns = columns(row.len() == COLUMNS.len());
    &row[columns.iter().position(|column| *column == name).expect("a column")]
}

#[test]
fn every_word_exists_in_each_language_and_is_unique_among_decisions_and_reasons() {
    for language in Language::ALL {
        let header: HashSet<&str> = COLUMNS.iter().map(|name| word(name, language)).collect();
        assert_eq!(header.len(), COLUMNS.len());
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
            let word = word(column.name(), language);
            assert!(worklist_headers(column).contains(&word));
            assert!(header.contains(word));
        }
        let mut open = found("m1", Strength::Candidate);
        open.earlier = Some(Decision::NotAffected);
        for lapse in [Lapse::Member, Lapse::Records, Lapse::Key] {
            open.status = DecisionStatus::Lapsed(lapse);
            assert!(earlier(&open, language).contains(Decision::NotAffected.words(language)));
        }
    }
    assert_eq!(Decision::of_words("Nicht_Betroffen"), Some(Decision::NotAffected));
    for text in ["", "betrofen", "ja", "nicht"] {
        assert_eq!(Decision::of_words(text), None, "{text}");
    }
}

#[test]
fn a_row_shows_the_match_without_a_value_and_leaves_room_for_the_decision() {
    let mut later = found("=m2", Strength::Probable);
    later.status = DecisionStatus::Holds(Decision::Later);
    later.earlier = Some(Decision::Later);
    let members = [("m1", found("m1", Strength::Candidate)), ("=m2", later)];
    let (rows, counts) = rows(Language::De, &members, &[]);
    assert_eq!((counts.rows, counts.persons, counts.to_decide), (2, 2, 2));
    let names = ["reference", "list", "row", "strength", "otherwise", "earlier", "data-classes"];
    let cells = rows.iter().map(|row| names.map(|name| cell(row, name))).collect::<Vec<_>>();
    let classes = "Passwörter";
    assert_eq!(
        cells,
        [
            ["m1", "members.csv", "1", "möglich", "bleibt zu prüfen", "", classes],
            ["'=m2", "members.csv", "2", "wahrscheinlich", "bleibt zu prüfen", "später", classes],
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
    // The third entry for `m1` has other data, so it is another match.
    assert_eq!(references, ["m1", "m1", "m3"]);
    assert_eq!((counts.rows, counts.persons, counts.without_reference), (3, 2, 1));
}

#[test]
fn the_expected_accidents_are_shown_as_far_as_they_are_known() {
    let mut all: FalseMatchEstimate = serde_json::from_value(serde_json::json!({
        "decoys_per_million_members": 1_000_000, "members": 2_000_000, "asked": 2_000_000,
        "matched_by_strength": { "probable": 1, "candidate": 20_000 },
        "matched_by_kind": {}, "not_measurable": {},
    }))
    .expect("counts of decoys");
    let matches = BTreeMap::from([("candidate".to_owned(), 30_000), ("probable".to_owned(), 7)]);
    all.complete(&matches, &BTreeMap::new(), 1_000);
    let text = |strength| accidents(Some(&all), strength, Language::De);
    assert!(text("candidate").starts_with("etwa 20.0"), "{}", text("candidate"));
    assert!(text("candidate").ends_with(" unter allen Treffern dieser Stärke"));
    assert!(text("probable").contains(" bis "));
    // Persons may be dismissed by now, and relatives are not accidents. So any total would be wrong.
    for strength in ["candidate", "probable"] {
        assert!(!text(strength).contains("30.000") && !text(strength).contains(" von "));
    }
    all.complete(&matches, &BTreeMap::new(), 1_000);
    let few = Accidents {
        expected: None,
        low: Some(0.0),
        high: Some(0.4),
        ..all.by_strength["probable"].clone()
    };
    all.by_strength.insert("probable", few);
    let few = accidents(Some(&all), "probable", Language::De);
    assert_eq!(few, "weniger als 1 unter allen Treffern dieser Stärke");
    assert_eq!(accidents(None, "candidate", Language::En), "not measured");
}

#[test]
fn candidates_and_postponed_matches_come_first_and_the_columns_to_fill_in_stay_visible() {
    let mut put_off = found("m3", Strength::Probable);
    put_off.status = DecisionStatus::Holds(Decision::Later);
    let members = [
        ("m1", found("m1", Strength::Probable)),
        ("m2", found("m2", Strength::Candidate)),
        ("m3", put_off),
        ("m4", found("m4", Strength::Candidate)),
    ];
    let (rows, counts) = rows(Language::De, &members, &[]);
    let references: Vec<&str> = rows.iter().map(|row| cell(row, "reference")).collect();
    assert_eq!(references, ["m2", "m3", "m4", "m1"]);
    assert_eq!(counts.to_decide, 3);
    let first = ["reference", "breach", "strength", "decision", "reason", "by"];
    assert_eq!(columns(true)[..FROZEN_COLUMNS], first);
    assert_eq!(columns(true).last(), Some(&CODE));
}

#[test]
fn a_match_that_looks_like_a_relative_has_no_number_of_accidents() {
    let strength = Strength::Candidate;
    let members =
        [("m1", named("m1", strength, "Zacharias")), ("m2", named("m2", strength, "Eva"))];
    for (language, text) in
        [(Language::De, "gilt nicht für Angehörige"), (Language::En, "does not hold for relatives")]
    {
        let (rows, _) = rows(language, &members, &[]);
        assert_eq!(cell(&rows[0], "relative"), word("yes", language));
        assert_eq!(cell(&rows[0], "accidents"), text);
        assert_eq!(cell(&rows[1], "relative"), word("no", language));
        assert_eq!(cell(&rows[1], "accidents"), word("accidents/unknown", language));
    }
}

#[test]
fn a_probable_match_may_be_relative_if_the_first_names_have_one_feature_in_common() {
    // Both first names begin with "Eva".
    let similar = named("m1", Strength::Probable, "Evangelina");
    let agreement = similar.agreement.expect("names are compared");
    assert_eq!(agreement.first_name, NameAgreement::Remote);
    assert!(agreement.may_be_relative() && !agreement.is_like_a_relative());
    let (rows, _) = rows(Language::De, &[("m1", similar)], &[]);
    assert_eq!(
        (cell(&rows[0], "relative"), cell(&rows[0], "first-name")),
        ("ja", "entfernt ähnlich")
    );
}

#[test]
fn only_matches_that_decoys_can_have_show_the_number_of_accidents() {
    let mut all: FalseMatchEstimate = serde_json::from_value(serde_json::json!({
        "decoys_per_million_members": 1_000_000, "members": 200_000, "asked": 200_000,
        "matched_by_strength": { "candidate": 40 }, "matched_by_kind": {},
        "not_measurable": { "candidate": 1 },
    }))
    .expect("counts of decoys");
    all.complete(&BTreeMap::from([("candidate".to_owned(), 3)]), &BTreeMap::new(), 1_000);
    let mut list = Worklist::new(Language::De, tempfile::tempfile().expect("a file"));
    let place = Place { file: "members.csv", list: 1, row: 1 };
    for (reference, kind) in
        [("m1", Kind::NameBirthday), ("m2", Kind::SoundPostcode), ("m3", Kind::Email)]
    {
        let kinds = [kind].into_iter().collect();
        let found = OpenMatch { kinds, ..found(reference, Strength::Candidate) };
        list.add(place, reference, &found).expect("there is room");
    }
    let finished = list.finish(Vec::new(), SheetFormat::Csv, Some(&all), None);
    let (bytes, _) = finished.expect("to memory");
    let text = String::from_utf8(bytes).expect("it is text");
    let row_of = |reference: &str| text.lines().find(|line| line.starts_with(reference));
    let rows = ["m1,", "m2,", "m3,"].map(|reference| row_of(reference).expect("a row"));
    assert!(rows[0].contains("etwa 40 unter allen"), "{text}");
    assert!(rows[1..].iter().all(|row| row.contains("nicht gemessen")), "{text}");
}

#[test]
fn a_list_has_the_kinds_in_common_only_if_a_row_fills_them() {
    let with = |kind| {
        let mut with_kind = found("m2", Strength::Candidate);
        with_kind.kinds = [kind].into_iter().collect();
        [("m1", found("m1", Strength::Candidate)), ("m2", with_kind)]
    };
    let (list, _) = rows(Language::De, &with(Kind::Email), &[]);
    assert_eq!(cell(&list[1], KINDS), Language::De.kind("email"));
    // The other columns contain more than a match key. A row that is left out does not count.
    let (list, _) = rows(Language::De, &with(Kind::NameBirthday), &[]);
    assert_eq!(list[0].len(), COLUMNS.len() - 1);
    let (list, _) = rows(Language::De, &with(Kind::Email), &["m2"]);
    assert_eq!((list.len(), list[0].len()), (1, COLUMNS.len() - 1));
}

#[test]
fn leaked_records_are_shown_by_row_or_id_and_at_most_five_of_them() {
    let mut many = found("m2", Strength::Candidate);
    many.leaked = (1..=7).map(LeakedRecord).collect();
    many.records = 7;
    let members = [("m1", found("m1", Strength::Candidate)), ("m2", many)];
    let (list, counts) = rows(Language::De, &members, &[]);
    assert_eq!(cell(&list[0], "leaked"), "R0000000000000001; R00000000000000ab");
    let ids: Vec<&str> = cell(&list[1], "leaked").split("; ").collect();
    assert_eq!((ids.len(), ids[4], ids[5]), (6, "R0000000000000005", "…"));
    assert_eq!(counts.unplaced, 0);

    let row = |file: &str, row| LeakedRow { file: file.to_owned(), row: row - 1, shown: row };
    let places = [(1, row("leak.csv", 1234)), (0xAB, row("{row}.csv", 7))];
    let places = places.map(|(record, row)| (LeakedRecord(record), row)).into_iter().collect();
    let (list, counts) = rows_with(Language::De, &members, &[], Some(&places));
    assert_eq!(cell(&list[0], "leaked"), "leak.csv: Zeile 1234; {row}.csv: Zeile 7");
    assert!(cell(&list[1], "leaked").starts_with("leak.csv: Zeile 1234; R0000000000000002; "));
    assert_eq!(counts.unplaced, 4);
    let (list, _) = rows_with(Language::En, &members, &[], Some(&places));
    assert!(cell(&list[0], "leaked").starts_with("leak.csv: row 1234"));
    for text in ["", "R1", "0000000000000001", "R000000000000000g", "R+000000000000001"] {
        assert_eq!(text.parse::<LeakedRecord>(), Err(()), "{text}");
    }
    assert_eq!(LeakedRecord(u64::MAX).to_string().parse(), Ok(LeakedRecord(u64::MAX)));
}
