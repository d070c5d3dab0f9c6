//! Index files: written, opened, mapped, refused. Damage is in `tests/all/damage.rs`.

use std::{fs, path::Path};

use leakdex::{
    DataClass, Error, Field, Index, IndexBuilder, IndexFault, IndexMerger, Key, Kind, Reason,
    Record, Verdict,
};

use crate::support::{breach, fault, filled, folder, index_of, map};

const GOLDEN: &str = "tests/data/golden/version-6.leakdex";

/// Never change this: the golden index was built from it.
fn golden_records() -> Vec<Record> {
    let mut with_password = Record::new().email("j.mueller@example.de").kvnr("A123456780");
    with_password.push_data_class(DataClass::PASSWORDS);
    let mut doubtful = Record::new().email("shifted@example.org");
    doubtful.doubt(Reason::TooManyFields);
    let person = Record::new()
        .last_name("Müller-Lüdenscheidt")
        .first_name("Jörg Peter")
        .birth_date("1.2.1970")
        .postal_code("1067");
    vec![
        with_password.clone(),
        with_password,
        person.email("J.Mueller@Example.DE"),
        Record::new().kvnr("Q 123 456 784").iccsn("80276883110000145356"),
        Record::new().username("Straße42"),
        Record::new().kvnr("A123456787"),
        Record::new().email("no address"),
        Record::new(),
        doubtful,
    ]
}

fn golden_key() -> Key {
    let bytes: [u8; 32] = std::array::from_fn(|place| u8::try_from(place).expect("32 is small"));
    Key::from_bytes(&bytes).expect("a key")
}

fn golden_builder(key: &Key) -> IndexBuilder<'_> {
    let mut breach = breach("golden-2023-01");
    breach.title = Some("Golden".into());
    breach.breach_date = Some("2023-01-18".into());
    // Without later kinds, so the bytes stay the same.
    let kinds = [
        Kind::Email,
        Kind::Kvnr,
        Kind::Iccsn,
        Kind::Username,
        Kind::BirthPostcode,
        Kind::StartsBirth,
        Kind::EndsBirth,
        Kind::SoundPostcode,
        Kind::NameBirthday,
        Kind::FirstBirthRegion,
    ];
    filled(IndexBuilder::new(key, breach).kinds(kinds.into_iter().collect()), golden_records())
}

fn golden_bytes() -> Vec<u8> {
    golden_builder(&golden_key()).into_bytes().expect("the index fits the format")
}

/// Run with `--ignored` once for a new version of the format.
#[test]
#[ignore = "writes the golden index"]
fn write_the_golden_index() {
    fs::create_dir_all(Path::new(GOLDEN).parent().expect("it is in a folder")).expect("made");
    fs::write(GOLDEN, golden_bytes()).expect("written");
}

#[test]
fn the_golden_index_opens_and_finds_its_records() {
    let index = Index::open(GOLDEN, &golden_key()).expect("the golden index opens");
    for found in [
        Record::new().email("j.mueller@example.de"),
        Record::new().kvnr("a123456780"),
        Record::new().kvnr("A123456787"),
        Record::new().iccsn("80276 88311 00001 45356"),
        Record::new().username("STRASSE42").username("straße42"),
        Record::new()
            .last_name("MUELLER LUEDENSCHEIDT")
            .first_name("Joerg")
            .birth_date("1970-02-01"),
        Record::new().first_name("Jörg").birth_date("19700201").postal_code("01067"),
    ] {
        let verdict = index.check(&found);
        assert_eq!(verdict.slug(), "affected", "{found:?}");
    }
    let email = index.check(&Record::new().email("j.mueller@example.de"));
    let exposure = email.finding().expect("it is affected").exposure();
    let classes: Vec<&str> = exposure.data_classes().iter().map(|class| class.as_str()).collect();
    let expected = "dates-of-birth email-addresses health-insurance-information names passwords \
                    physical-addresses";
    assert_eq!(classes.join(" "), expected);
    assert_eq!(exposure.records(), 2, "the duplicate is not counted");
    assert_eq!(index.check(&Record::new().kvnr("Z123456783")).slug(), "not_affected");
}

#[test]
fn the_rebuild_of_the_golden_index_is_byte_identical() {
    let golden = fs::read(GOLDEN).expect("the golden index is there");
    assert!(golden_bytes() == golden, "the bytes of an index have changed");
}

#[test]
fn the_rows_of_an_index_add_up() {
    let key = golden_key();
    assert_eq!(golden_builder(&key).rows().indexed, 7, "duplicates are not recognised yet");
    let index = golden_builder(&key).build().expect("the index fits the format");
    let rows = index.metadata().rows.clone();
    assert_eq!(rows.read, 9);
    assert_eq!((rows.indexed, rows.duplicate, rows.rejected), (6, 1, 2));
    let reasons: Vec<(&str, u64)> =
        rows.rejects_by_reason.iter().map(|(reason, &count)| (reason.as_str(), count)).collect();
    assert_eq!(reasons, [("no-at-sign", 1), ("no-identifier", 1), ("too-many-fields", 1)]);
}

#[test]
fn the_order_of_the_rows_leaves_no_trace() {
    let key = golden_key();
    let bytes = |records: Vec<Record>| {
        let builder = filled(IndexBuilder::new(&key, breach("b")), records);
        builder.into_bytes().expect("the index fits the format")
    };
    let mut records = golden_records();
    let forwards = bytes(records.clone());
    records.reverse();
    assert!(forwards == bytes(records));
}

#[test]
fn a_mapped_index_gives_the_same_verdicts_as_an_opened_one() {
    let folder = folder();
    let path = folder.path().join("index.leakdex");
    let key = golden_key();
    golden_builder(&key).publish(&path).expect("published");
    let opened = Index::open(&path, &key).expect("opened");
    let mapped = map(&path, &key).expect("mapped");
    let nobody = Record::new().kvnr("Z123456783").email("nobody@example.org").username("nobody");
    let nobody = nobody.last_name("Niemand").first_name("Nora").birth_date("3.4.1975");
    assert!(!mapped.check(&nobody).is_partially_checked() && !mapped.is_verified());
    mapped.verify().expect("it is whole");
    assert!(mapped.check(&nobody).coverage().is_whole());
    let records = golden_records();
    let shown = |index: &Index| format!("{:?}", index.check_all(&records).to_vec());
    assert_eq!(shown(&mapped), shown(&opened));
    assert_eq!(mapped.metadata(), opened.metadata());
}

/// Otherwise, such a file would fill the memory.
#[test]
#[cfg(target_os = "linux")]
fn an_endless_file_is_refused_at_its_beginning() {
    let error = Index::open("/dev/zero", &golden_key()).expect_err("it is not an index");
    assert!(matches!(error, Error::Index { fault: IndexFault::NotAnIndex, .. }), "{error}");
}

#[test]
fn a_file_that_is_not_an_index_is_refused() {
    for bytes in [&b""[..], b"Name;Vorname\nMuster;Max\n", &[0; 5000]] {
        assert_eq!(fault(Index::from_bytes(bytes.to_vec(), &golden_key())), IndexFault::NotAnIndex);
    }
}

#[test]
fn changed_line_ends_are_reported_as_such() {
    let damaged = [b"\x89LDX\n\x1A\n", &golden_bytes()[8..]].concat();
    assert_eq!(fault(Index::from_bytes(damaged, &golden_key())), IndexFault::TextModeDamage);
}

#[test]
fn an_index_of_another_version_is_refused() {
    let mut bytes = golden_bytes();
    bytes[8] = 1;
    assert_eq!(
        fault(Index::from_bytes(bytes, &golden_key())),
        IndexFault::UnknownVersion { found: 1, known: 6 }
    );
}

#[test]
fn a_failed_publication_leaves_the_earlier_index_and_no_other_file() {
    let folder = folder();
    let key = golden_key();
    let missing = folder.path().join("missing").join("index.leakdex");
    let error = golden_builder(&key).publish(&missing).expect_err("the folder is missing");
    assert!(matches!(error, Error::Io { .. }), "{error}");

    // A folder is at the target of the index, so the last step fails.
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).expect("made");
    golden_builder(&key).publish(&taken).expect_err("a folder is in the way");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("read").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn an_empty_index_calls_nobody_not_affected() {
    let index = index_of(&golden_key(), &[]);
    let verdict = index.check(&Record::new().kvnr("A123456780"));
    let Verdict::Indeterminate(coverage) = verdict else { panic!("{verdict:?}") };
    assert_eq!(coverage.problems[0].reason, Reason::KindNotIndexed);
}

#[test]
fn a_kind_that_the_index_does_not_hold_is_indeterminate() {
    let index = index_of(&golden_key(), &[Record::new().email("a@example.de")]);
    assert_eq!(index.check(&Record::new().kvnr("A123456780")).slug(), "indeterminate");

    let both = Record::new().kvnr("A123456780").email("b@example.de");
    let verdict = index.check(&both);
    assert_eq!(verdict.slug(), "not_affected");
    assert!(verdict.is_partially_checked());
    assert_eq!(verdict.coverage().unused.iter().collect::<Vec<_>>(), [Field::Kvnr]);
}

#[test]
fn a_suspect_number_can_match_but_alone_clears_nobody() {
    let index = golden_builder(&golden_key()).build().expect("the index fits the format");
    assert_eq!(index.check(&Record::new().kvnr("A123456787")).slug(), "affected");
    assert_eq!(index.check(&Record::new().kvnr("A123456788")).slug(), "indeterminate");
    let with_email = Record::new().kvnr("A123456788").email("x@example.de");
    assert_eq!(index.check(&with_email).slug(), "not_affected");
}

#[test]
fn an_indeterminate_verdict_always_says_why() {
    let index = golden_builder(&golden_key()).build().expect("the index fits the format");
    for (record, expected) in [
        (Record::new().kvnr("A123456788"), Reason::WrongCheckDigit),
        (Record::new().kvnr("A12345678"), Reason::WrongLength),
        (Record::new(), Reason::NoIdentifier),
        (Record::new().last_name("Muster"), Reason::NoIdentifier),
    ] {
        let verdict = index.check(&record);
        assert_eq!(verdict.slug(), "indeterminate");
        let reasons: Vec<Reason> =
            verdict.coverage().problems.iter().map(|problem| problem.reason).collect();
        assert_eq!(reasons, [expected]);
    }
}

#[test]
fn a_doubtful_row_is_never_not_affected() {
    let index = golden_builder(&golden_key()).build().expect("the index fits the format");
    for (email, expected) in
        [("x@example.de", "indeterminate"), ("J.Mueller@example.de", "affected")]
    {
        let mut record = Record::new().email(email);
        record.doubt(Reason::TooManyFields);
        assert_eq!(index.check(&record).slug(), expected);
    }
}

#[test]
fn verdicts_are_json_without_values() {
    let index = golden_builder(&golden_key()).build().expect("the index fits the format");
    let verdict = index.check(&Record::new().kvnr("A123456780").email("broken"));
    let json = serde_json::to_value(&verdict).expect("a verdict has string keys only");
    assert_eq!(json["verdict"], "affected");
    assert_eq!(json["strength"], "certain");
    assert_eq!(json["matched"][0], "kvnr");
    assert_eq!(json["exposure"][0]["breach"], "golden-2023-01");
    assert_eq!(json["coverage"]["problems"][0]["reason"], "no-at-sign");
    for value in ["A123456780", "broken"] {
        assert!(!json.to_string().contains(value) && !format!("{verdict:?}").contains(value));
    }
}

#[test]
fn debug_shows_counts_and_no_value() {
    let (key, record) = (golden_key(), Record::new().kvnr("A123456780"));
    let mut builder = IndexBuilder::new(&key, breach("leak"));
    let mut batch = builder.batch();
    batch.push(&record);
    let hasher = builder.hasher();
    let rows_of_hashes = hasher.hash(&batch);
    assert_eq!(format!("{rows_of_hashes:?}"), "HashedBatch(1 rows)");
    let shown = format!("{hasher:?}");
    assert!(shown.starts_with("BatchHasher { kinds: {") && shown.ends_with("}, .. }"), "{shown}");
    let _added = builder.add_hashed(rows_of_hashes).expect("there are few classes");
    let rows = format!("{:?}", builder.rows());
    let expected = format!("IndexBuilder {{ breach: BreachName(\"leak\"), rows: {rows}, .. }}");
    assert_eq!(format!("{builder:?}"), expected);

    let index = builder.build().expect("it fits");
    let verdicts = index.check_all(&[record]);
    let shown = format!("{verdicts:?}");
    assert!(shown.contains("anchors: [Anchor { .. }]"), "{shown}");
    assert_eq!(format!("{:?}", verdicts.concordance()), "Concordance { breaches: 1, .. }");
    let expected = format!("IndexMerger {{ indexes: [{index:?}], without_breaches: {{}}, .. }}");
    let mut merger = IndexMerger::new(&key);
    merger.add(index).expect("it is sound");
    assert_eq!(format!("{merger:?}"), expected);
}

#[test]
fn a_prepared_index_is_empty_only_without_any_identifier() {
    let (key, folder) = (golden_key(), folder());
    for (leak, is_empty) in [(vec![], true), (vec![Record::new().kvnr("A123456780")], false)] {
        let builder = filled(IndexBuilder::new(&key, breach("leak")), leak);
        let prepared = builder.prepare(folder.path().join("leak.leakdex")).expect("there is room");
        assert_eq!(prepared.is_empty(), is_empty);
    }
}
