//! Kinds that are derived from values of another kind or found in another field: a leaked value
//! matches the value of a member in another spelling.

use std::slice;

use leakdex::{IndexBuilder, InstitutionCode, Kind, Record, Strength, Verdict};

use crate::support::{breach, index_of, key};

/// Asserts the strength of the match and the kinds that matched.
#[track_caller]
fn assert_matches(leaked: &Record, member: &Record, strength: Strength, kinds: &[Kind]) {
    let index = index_of(&key(), slice::from_ref(leaked));
    match index.check(member) {
        Verdict::Affected(finding) => {
            assert_eq!(finding.strength(), strength);
            assert_eq!(finding.matched().iter().collect::<Vec<_>>(), kinds);
        }
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_leaked_address_with_a_tag_matches_the_plain_address_probably() {
    let leaked = Record::new().email("anna+kasse@example.com");
    let member = Record::new().email("anna@example.com");
    assert_matches(&leaked, &member, Strength::Probable, &[Kind::EmailAlias]);
    assert_matches(&member, &leaked, Strength::Probable, &[Kind::EmailAlias]);
}

#[test]
fn two_spellings_of_one_gmail_address_match_probably() {
    let leaked = Record::new().email("a.n.n.a@googlemail.com");
    let member = Record::new().email("anna+kasse@gmail.com");
    assert_matches(&leaked, &member, Strength::Probable, &[Kind::EmailAlias]);
}

#[test]
fn a_german_european_card_matches_its_card_number() {
    let leaked = Record::new().ehic("80276 88311 00001 13323");
    let member = Record::new().iccsn("80276883110000113323");
    assert_matches(&leaked, &member, Strength::Certain, &[Kind::Iccsn]);
    assert_matches(&member, &leaked, Strength::Certain, &[Kind::Iccsn]);
}

#[test]
fn a_european_card_of_another_country_keeps_its_kind() {
    let record = Record::new().ehic("80826000010000123456");
    assert_matches(&record, &record, Strength::Certain, &[Kind::Ehic]);
}

#[test]
fn a_batch_keeps_the_right_institution_code_of_a_long_insured_number() {
    let index = index_of(&key(), &[Record::new().kvnr("A123456780")]);
    let mut batch = index.batch();
    for number in ["A0005000151042120590", "A000500015", "A0005000151041783980"] {
        batch.push(&Record::new().kvnr(number));
    }
    let codes: Vec<_> = (0..batch.len()).map(|record| batch.institution_code(record)).collect();
    let codes: Vec<_> =
        codes.iter().map(|code| code.as_ref().map(InstitutionCode::as_str)).collect();
    assert_eq!(codes, [Some("104212059"), None, None]);
}

#[test]
#[should_panic(expected = "before the first record")]
fn kinds_cannot_change_once_records_are_in() {
    let key = key();
    let mut builder = IndexBuilder::new(&key, breach("Portal"));
    let _ = builder.add(&Record::new().email("anna@example.com")).expect("one row fits");
    let _ = builder.kinds([Kind::Email].into_iter().collect());
}

#[test]
#[should_panic(expected = "must come from the builder")]
fn a_builder_that_indexes_aliases_refuses_a_batch_without_them() {
    let key = key();
    let builder = || IndexBuilder::new(&key, breach("Portal"));
    let batch = builder().kinds([Kind::Email].into_iter().collect()).batch();
    let _ = builder().add_batch(&batch);
}
