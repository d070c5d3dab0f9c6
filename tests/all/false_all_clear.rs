//! One test for each cause of a wrong *not affected*: the result is an error, *indeterminate*, or a
//! caveat in the coverage. Damaged files are in `tests/all/damage.rs`.

use std::slice;

use leakdex::{
    Agreement, DateAgreement, Field, Index, IndexBuilder, IndexFault, IndexSet, Key, KeyId, Kind,
    KindSet, Normaliser, Reason, Record, Strength, Verdict,
};
use rayon::prelude::*;

use crate::fuzz::{forge::Parts, key};
use crate::support::{breach, built, fault, index_of, is_sure_all_clear};

fn index_key() -> Key {
    Key::from_bytes(&key::KEY).expect("a key")
}

fn index_with(rules: Normaliser, kinds: KindSet, leak: &[Record]) -> Index {
    let key = index_key();
    built(IndexBuilder::new(&key, breach("leak")).kinds(kinds).normaliser(rules), leak)
}

fn index(leak: &[Record]) -> Index {
    index_with(Normaliser::new(), KindSet::all(), leak)
}

fn person() -> Record {
    Record::new().last_name("Muster").first_name("Eva").birth_date("1.2.1970")
}

fn reasons(verdict: &Verdict) -> Vec<Reason> {
    verdict.coverage().problems.iter().map(|problem| problem.reason).collect()
}

fn check_in(set: &IndexSet, record: &Record) -> String {
    let mut batch = set.batch();
    batch.push(record);
    let verdicts = set.check_batch(&batch).to_vec();
    let partial = if verdicts[0].is_partially_checked() { ", partially checked" } else { "" };
    format!("{}{partial}", verdicts[0].slug())
}

/// The key with one bit changed, for each bit.
fn keys_with_one_bit_changed() -> Vec<Key> {
    let key = |bit: usize| {
        let mut bytes = key::KEY;
        bytes[bit / 8] ^= 1 << (bit % 8);
        Key::from_bytes(&bytes).expect("a key")
    };
    (0..256).map(key).collect()
}

#[test]
fn a_key_with_any_one_bit_changed_is_refused_and_both_ids_are_named() {
    let bytes = index(&[person()]).as_bytes().to_vec();
    let id = index_key().id();
    keys_with_one_bit_changed().par_iter().for_each(|key| {
        let fault = fault(Index::from_bytes(bytes.clone(), key));
        assert_eq!(fault, IndexFault::WrongKey { built_with: id, given: key.id() });
        let message = fault.to_string();
        assert!(message.contains(&id.to_string()) && message.contains(&key.id().to_string()));
    });
}

#[test]
fn an_index_that_was_given_the_id_of_another_key_is_refused_by_its_mac() {
    let parts = Parts::of(index(&[person()]).as_bytes());
    let text = String::from_utf8(parts.sections[0].clone()).expect("metadata is JSON");
    let claiming = |id: KeyId| {
        let mut parts = parts.clone();
        parts.sections[0] = text.replace(&index_key().id().to_string(), &id.to_string()).into();
        // Sealed under `index_key`, whatever key the metadata names.
        parts.write(|_| {})
    };
    keys_with_one_bit_changed().par_iter().for_each(|key| {
        let fault = fault(Index::from_bytes(claiming(key.id()), key));
        assert_eq!(fault, IndexFault::Damaged { part: "head" });
    });
    assert!(Index::from_bytes(claiming(index_key().id()), &index_key()).is_ok());
}

#[test]
fn indexes_of_two_keys_are_each_asked_with_their_own() {
    let other_key = Key::from_bytes(&[6; 32]).expect("a key");
    let other = Record::new().email("zoe+1@example.de").kvnr("Q123456784");
    let of_other_key = || index_of(&other_key, slice::from_ref(&other));
    let with = |indexes| IndexSet::new(indexes).expect("the same rules");
    for set in [
        with(vec![index(&[person()]), of_other_key()]),
        with(vec![of_other_key(), index(&[]), index(&[person()])]),
    ] {
        assert_eq!(check_in(&set, &person()), "affected");
        assert_eq!(check_in(&set, &other), "affected");
        assert_eq!(check_in(&set, &Record::new().email("zoe+1@example.de")), "affected");
        let nobody = check_in(&set, &Record::new().email("zoe@example.com"));
        assert!(nobody.starts_with("not_affected"), "{nobody}");
    }
}

#[test]
fn a_set_of_no_index_calls_nobody_not_affected() {
    let set = IndexSet::new([] as [Index; 0]).expect("nothing contradicts");
    for record in [person(), Record::new().email("a@example.de"), Record::new()] {
        assert_eq!(check_in(&set, &record), "indeterminate");
    }
    let mut batch = set.batch();
    batch.push(&person());
    assert_eq!(reasons(&set.check_batch(&batch).to_vec()[0]), [Reason::KindNotIndexed]);
}

#[test]
fn an_empty_index_beside_another_makes_every_all_clear_partial() {
    let other = Record::new().email("b@example.de");
    let indexes = || [index(&[Record::new().email("a@example.de")]), index(&[])];
    for indexes in [Vec::from(indexes()), indexes().into_iter().rev().collect()] {
        let set = IndexSet::new(indexes).expect("they have one key");
        assert_eq!(check_in(&set, &other), "not_affected, partially checked");
    }
    let held = IndexSet::new(vec![index(&[Record::new().email("a@example.de")])]);
    assert_eq!(check_in(&held.expect("one key"), &other), "not_affected", "with a whole coverage");
}

#[test]
fn a_kind_that_one_index_of_a_set_lacks_makes_an_all_clear_partial() {
    let leaks = [
        Record::new().email("a@example.de"),
        Record::new().username("somebody"),
        person().postal_code("01067"),
    ];
    let member = Record::new().email("b@example.de").username("me");
    let all = || leaks.iter().map(|leaked| index(slice::from_ref(leaked)));
    let set = IndexSet::new(all()).expect("they have one key");
    assert_eq!(check_in(&set, &member), "not_affected, partially checked");
    for (leaked, found) in leaks.iter().map(|leaked| (leaked, check_in(&set, leaked))) {
        assert_eq!(found, "affected", "{leaked:?}");
    }
    // It does not matter which index lacks the kind.
    let reversed = IndexSet::new(all().rev()).expect("they have one key");
    assert_eq!(check_in(&reversed, &member), "not_affected, partially checked");
    let stranger = Record::new().last_name("X").first_name("Y").birth_date("2.2.1970");
    let stranger = stranger.postal_code("10115").email("b@example.de");
    assert_eq!(check_in(&reversed, &stranger), "not_affected, partially checked");
}

#[test]
#[should_panic(expected = "must come from the index")]
fn a_batch_of_an_index_with_fewer_kinds_is_not_checked() {
    let hashed = Record::new().sha256_email(&"0a".repeat(32));
    let fewer = index(&[Record::new().kvnr("A123456780")]);
    let mut batch = fewer.batch();
    batch.push(&Record::new().email("a@example.de"));
    let _ = index(&[hashed]).check_batch(&batch);
}

#[test]
#[should_panic(expected = "must come from the index")]
fn a_batch_of_a_builder_is_not_checked_for_hashed_addresses() {
    let key = index_key();
    let builder = IndexBuilder::new(&key, breach("leak"));
    let mut batch = builder.batch();
    batch.push(&Record::new().email("a@example.de"));
    let set = IndexSet::new(vec![index(&[Record::new().sha256_email(&"0a".repeat(32))])]);
    let _ = set.expect("one key").check_batch(&batch);
}

#[test]
fn a_member_with_only_suspect_values_is_indeterminate_with_the_reason() {
    let kinds = [Kind::Kvnr, Kind::Rvnr, Kind::StartsBirth].into_iter().collect();
    let leaked = person().kvnr("A123456780").rvnr("15070649C103");
    let index = index_with(Normaliser::new(), kinds, &[leaked]);
    let member = Record::new().kvnr("B234567890").rvnr("15070649C104");
    let member = member.last_name("Abel").first_name("Ada");
    let member = member.birth_date("1970-01-31T23:00:00Z");
    let verdict = index.check(&member);
    assert_eq!(verdict.slug(), "indeterminate");
    assert_eq!(verdict.coverage().suspect, kinds);
    let mut expected = vec![Reason::WrongCheckDigit, Reason::WrongCheckDigit, Reason::TimeZone];
    let mut found = reasons(&verdict);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

/// A valid value of each field with single values. Usernames may be anything.
const VALUES: [(Field, &str); 13] = [
    (Field::Email, "eva@example.de"),
    (Field::Kvnr, "A123456780"),
    (Field::Iccsn, "80276883110000145356"),
    (Field::Ehic, "80040000010000000001"),
    (Field::Rvnr, "15070649C103"),
    (Field::SteuerId, "86095742719"),
    (Field::IdentityDocument, "L9F6MKYMJ"),
    (Field::Iban, "DE02120300000000202051"),
    (Field::EmailAlias, "eva@example.de"),
    (Field::Md5Email, "6b56db1f84a3997b902509d3fbf0a306"),
    (Field::Sha1Email, "46864313fa6d54ca75d20f478c80edfa75d92a16"),
    (Field::Sha256Email, "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01"),
    (Field::Username, "eva80"),
];

/// Fields with the same sort of values: a value of one is also a value of the other.
const ALIKE: [[Field; 2]; 2] = [[Field::Email, Field::EmailAlias], [Field::Iccsn, Field::Ehic]];

#[test]
fn a_column_taken_for_another_kind_makes_nobody_not_affected() {
    // Somebody else is in the leak with all kinds, so each kind is held.
    let leaked =
        Record::new().email("max@example.de").kvnr("Q123456784").iccsn("80276883110000113323");
    let leaked = leaked.ehic("80826000010000123456").rvnr("15070649C104").steuer_id("36574261809");
    let leaked = leaked.iban("DE89370400440532013000").username("max70");
    let leak = [leaked.identity_document("C11T002JM")];
    let key = index_key();
    let builder = IndexBuilder::new(&key, breach("leak"));
    let index = built(builder.email_hashes(KindSet::EMAIL_HASHES), &leak);
    let mut pairs = 0;
    for (right, value) in VALUES {
        let verdict = index.check(&Record::new().with(right, value));
        assert!(is_sure_all_clear(&verdict), "{right} as itself: {verdict:?}");
        for (wrong, _) in VALUES {
            let alike = ALIKE.iter().any(|pair| pair.contains(&right) && pair.contains(&wrong));
            if wrong == right || alike || wrong == Field::Username {
                continue;
            }
            let verdict = index.check(&Record::new().with(wrong, value));
            assert_eq!(verdict.slug(), "indeterminate", "{right} in {wrong}");
            assert!(!reasons(&verdict).is_empty());
            // Beside a checked value, the coverage shows the unusable one.
            let beside = Record::new().with(wrong, value).username("me");
            assert!(index.check(&beside).is_partially_checked(), "{right} in {wrong}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 13 * 13 - 13 - 4 - 12);
}

#[test]
fn a_number_among_names_and_dates_makes_nobody_not_affected() {
    let index = index(&[person().postal_code("01067").username("max70")]);
    for (_, value) in VALUES {
        let record = person().birth_date(value);
        let verdict = index.check(&Record::new().last_name("X").first_name("Y").birth_date(value));
        assert_eq!(verdict.slug(), "indeterminate", "{value}");
        assert_eq!(index.check(&record).slug(), "affected", "its right date is still used");
    }
    for value in ["86095742719", "80276883110000145356"] {
        let named = Record::new().last_name(value).first_name("Eva").birth_date("1.2.1970");
        assert_eq!(reasons(&index.check(&named)), [Reason::NoLetters], "{value}");
    }
}

#[test]
fn rules_that_read_a_date_differently_leave_a_caveat() {
    let excel = Normaliser::new().excel_dates(true);
    let leaked = Record::new().last_name("Muster").first_name("Eva").birth_date("25600");
    let index = index_with(excel, KindSet::all(), slice::from_ref(&leaked));
    let verdict = index.check(&leaked);
    assert_eq!((verdict.slug(), reasons(&verdict)), ("indeterminate", vec![Reason::SerialNumber]));
    assert_eq!(index.with_normaliser(excel).check(&leaked).slug(), "affected");
}

#[test]
fn the_index_counts_unusable_leaked_values() {
    let index = index(&[person().email("no address"), Record::new().kvnr("A12"), Record::new()]);
    let rows = &index.metadata().rows;
    assert_eq!((rows.read, rows.indexed, rows.rejected), (3, 1, 2));
    let reasons: Vec<&str> = rows.rejects_by_reason.keys().map(String::as_str).collect();
    assert_eq!(reasons, ["no-at-sign", "no-identifier", "wrong-length"]);
    let kinds = index.metadata().kinds.iter().map(|count| count.kind.as_str());
    assert!(!kinds.into_iter().any(|kind| kind == "email" || kind == "kvnr"), "none is held");
    assert_eq!(index.check(&Record::new().kvnr("A123456780")).slug(), "indeterminate");
}

#[test]
fn a_value_beyond_the_limit_of_parts_leaves_a_caveat() {
    let names = ["A", "B", "C", "D", "Muster"];
    let with_names = |record: Record| names.iter().fold(record, |all, name| all.last_name(name));
    let member = with_names(Record::new().first_name("Eva").birth_date("1.2.1970"));
    let verdict_of = |index: &Index| {
        let verdict = index.check(&member);
        (verdict.slug(), verdict.is_partially_checked(), reasons(&verdict))
    };
    let expected = ("not_affected", true, vec![Reason::TooManyValues]);
    assert_eq!(verdict_of(&index(&[person()])), expected);
    // In a leak, the account of the rows counts the value.
    let rows = index(&[member]).metadata().rows.clone();
    assert_eq!(rows.rejects_by_reason.get("too-many-values"), Some(&1));
}

/// A repeated value counts once, so it takes no place of another value.
#[test]
fn equal_values_are_never_too_many() {
    let five_times = |record: Record, field: Field, value: &str| {
        (0..5).fold(record, |record, _| record.with(field, value))
    };
    let member = five_times(Record::new().birth_date("1.2.1970"), Field::LastName, "Muster");
    let member = five_times(member, Field::FirstName, "Eva");
    let verdict = index(&[person()]).check(&member);
    assert_eq!((verdict.slug(), reasons(&verdict)), ("affected", Vec::new()));
}

/// Cached names must not be used for the next member.
#[test]
fn a_batch_that_is_used_again_finds_all_that_single_checks_find() {
    let name = |number: u32| {
        let letter = |place: u32| char::from_digit(10 + number / 26_u32.pow(place) % 26, 36);
        // No title or salutation begins with this letter.
        ['q'].into_iter().chain((0..3).filter_map(letter)).collect::<String>()
    };
    let record = |number: u32| {
        let first = if number.is_multiple_of(2) { "Eva" } else { "Max" };
        Record::new().last_name(&name(number)).first_name(first).birth_date("1.2.1970")
    };
    let members: Vec<Record> = (0..6000).map(record).collect();
    let leak: Vec<Record> = members.iter().step_by(3).cloned().collect();
    let kinds = [Kind::StartsBirth, Kind::EndsBirth].into_iter().collect();
    let index = index_with(Normaliser::new(), kinds, &leak);
    let mut batch = index.batch();
    let mut found = 0;
    for (round, share) in members.chunks(500).enumerate() {
        batch.clear();
        share.iter().for_each(|member| batch.push(member));
        for (place, verdict) in index.check_batch(&batch).to_vec().iter().enumerate() {
            let leaked = (round * 500 + place).is_multiple_of(3);
            let matched = verdict
                .finding()
                .is_some_and(|finding| finding.matched().contains(Kind::EndsBirth));
            assert_eq!(matched, leaked, "member {}", round * 500 + place);
            found += usize::from(matched);
        }
    }
    assert_eq!(found, leak.len());
}

/// Date and postcode are the same, and each side has the name that the other lacks.
#[test]
fn a_record_whose_names_cannot_be_compared_makes_an_all_clear_partial() {
    let place = || Record::new().birth_date("1.2.1970").postal_code("01067");
    let check = |leaked: &Record, member: &Record| index(slice::from_ref(leaked)).check(member);
    let verdict = check(&place().last_name("Muster"), &place().first_name("Eva"));
    assert!(!is_sure_all_clear(&verdict), "{verdict:?}");
    assert!(verdict.coverage().refuted.contains(Kind::BirthPostcode), "{verdict:?}");
    // Without any name, date and postcode make no key.
    for (leaked, member) in [
        (person().postal_code("01067"), place()),
        (place().username("eva"), person().postal_code("01067")),
    ] {
        assert_eq!(check(&leaked, &member).slug(), "indeterminate");
    }
}

#[test]
fn a_date_that_makes_no_key_makes_an_all_clear_partial() {
    let leak = [person(), Record::new().last_name("X").first_name("Y").postal_code("10115")];
    let index = index(&leak);
    let member = Record::new().last_name("Muster").first_name("Eva").birth_date("1970");
    assert_eq!(index.check(&member).slug(), "indeterminate");
    // Besides the names, only the postcode is known, and Eva's leaked row has none.
    assert!(!is_sure_all_clear(&index.check(&member.postal_code("01067"))));
}

#[test]
fn a_german_card_beside_a_foreign_one_makes_an_all_clear_partial() {
    let index = index(&[Record::new().ehic("80826000010000123456")]);
    let member = Record::new().ehic("80276883110000145356");
    assert_eq!(index.check(&member).slug(), "indeterminate", "no German card is held");
    assert!(!is_sure_all_clear(&index.check(&member.ehic("80040000010000000001"))));
}

#[test]
fn a_leak_of_suspect_dates_leaves_a_trace_in_its_index() {
    // 1 February in Germany, which a program wrote in UTC, like every date of birth.
    let leaked = Record::new().last_name("Muster").first_name("Eva");
    let index = index(&[leaked.birth_date("1970-01-31T23:00:00Z")]);
    let rows = &index.metadata().rows;
    let is_reported = rows.suspects_by_reason.contains_key(Reason::TimeZone.code());
    let verdict = index.check(&person());
    assert!(is_reported || !is_sure_all_clear(&verdict), "nobody can know: {verdict:?}");
}

#[test]
fn a_set_normalises_as_its_indexes_do() {
    let excel = Normaliser::new().excel_dates(true);
    let member = Record::new().last_name("Muster").first_name("Eva").birth_date("25600");
    let index = index_with(excel, KindSet::all(), slice::from_ref(&member));
    let index = index.with_normaliser(excel);
    assert_eq!(index.check(&member).slug(), "affected");
    let set = IndexSet::new(vec![index]).expect("one key");
    assert_eq!(check_in(&set, &member), "affected");
}

#[test]
#[should_panic(expected = "must come from the index")]
fn a_batch_that_normalises_by_other_rules_is_not_checked() {
    let excel = Normaliser::new().excel_dates(true);
    let leaked = Record::new().last_name("Muster").first_name("Eva").birth_date("1933");
    let index = index_with(excel, KindSet::all(), &[leaked]).with_normaliser(excel);
    let batch = index.batch();
    let _ = index.with_normaliser(Normaliser::new()).check_batch(&batch);
}

#[test]
fn placeholders_of_exports_make_nobody_not_affected() {
    let index = index(&[Record::new().username("max70")]);
    for nothing in ["k.A.", "keine Angabe", "unbekannt", "nan", "None", "undefined", "--", "#NV"] {
        let verdict = index.check(&Record::new().username(nothing));
        assert_eq!(verdict.slug(), "indeterminate", "{nothing}");
    }
}

fn without_date() -> Record {
    Record::new().last_name("Weidenbach").first_name("Johanna").postal_code("50667")
}

/// How far a leaked record and a member agree, and how certain the match is.
fn compared(leaked: &Record, member: &Record) -> (Agreement, Option<Strength>) {
    let set = IndexSet::new([index(slice::from_ref(leaked))]).expect("one index");
    let evidence = set.explain(member);
    (evidence[0].agreement.expect("a match key hits"), evidence[0].strength)
}

#[test]
fn a_placeholder_date_is_compared_like_a_missing_date() {
    let (empty, dated) = (without_date(), without_date().birth_date("17.11.1983"));
    for nothing in ["01.01.1900", "30.12.1899", "31.12.1899"] {
        let unknown = without_date().birth_date(nothing);
        for (leaked, member, same_as) in [
            (&unknown, &dated, (&empty, &dated)),
            (&dated, &unknown, (&dated, &empty)),
            (&unknown, &unknown, (&empty, &empty)),
        ] {
            let (agreement, strength) = compared(leaked, member);
            assert_eq!(agreement.birth_date, DateAgreement::Unknown, "{nothing}");
            assert_eq!(strength, Some(Strength::Candidate), "{nothing}");
            assert_eq!((agreement, strength), compared(same_as.0, same_as.1), "{nothing}");
            assert_eq!(index(slice::from_ref(leaked)).check(member).slug(), "affected");
        }
    }
}

#[test]
fn a_placeholder_date_does_not_match_other_dates_with_its_day() {
    // The match key of names and birthday has the day of one date, and must not get the year of the
    // other.
    let leaked = without_date().birth_date("1.1.1900").birth_date("2.3.1970");
    for first_name in ["Johanna", "Johanna Maria"] {
        let leaked = leaked.clone().first_name(first_name);
        let (agreement, _) = compared(&leaked, &without_date().birth_date("1.1.1970"));
        assert_eq!(agreement.birth_date, DateAgreement::Unknown, "{first_name}");
    }
}
