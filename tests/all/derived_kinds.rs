//! Kinds that are derived from values of another kind or found in another field: a leaked value
//! matches the value of a member in another spelling.

use std::slice;

use leakdex::{
    Caveat, Field, Index, IndexBuilder, IndexSet, InstitutionCode, Kind, Record, Strength, Verdict,
};

use crate::support::{breach, built, index_of, is_sure_all_clear, key, merged};

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

/// The leak may have the address in another spelling, and only an alias finds that.
#[test]
fn an_all_clear_by_a_varied_address_is_partial_if_its_alias_was_not_compared() {
    let (key, leaked) = (key(), Record::new().email("zoe@example.com"));
    let index = |name: &str, kinds: &[Kind]| {
        let builder = IndexBuilder::new(&key, breach(name)).kinds(kinds.iter().copied().collect());
        built(builder, slice::from_ref(&leaked))
    };
    let without = || index("one", &[Kind::Email]);
    let with = || index("two", &[Kind::Email, Kind::EmailAlias]);
    let only_alias = || index("three", &[Kind::EmailAlias]);
    let set = |indexes: [Index; 2]| IndexSet::new(indexes).expect("the same rules");
    let varied =
        ["anna+kasse@example.com", "a.nna@gmail.com", "anna@googlemail.com", "ann+ä@müller.de"];
    let plain = ["anna@example.com", "anna@gmail.com", "+anna@example.com", "änn@müller.de"];
    for member in varied.map(|address| Record::new().email(address)) {
        let verdict = without().check(&member);
        assert!(verdict.is_partially_checked(), "{member:?}: {verdict:?}");
        assert!(verdict.coverage().caveats().contains(Caveat::FieldNotCompared));
        assert!(verdict.coverage().unused.contains(Field::Email));
        assert_eq!(verdict.reasons(), ["field-not-compared"]);
        // Another leak with aliases does not help.
        assert!(merged([without(), with()]).check(&member).is_partially_checked());
        for indexes in [[without(), with()], [with(), without()]] {
            assert!(set(indexes).check(&member).is_partially_checked());
        }
        assert!(is_sure_all_clear(&set([with(), only_alias()]).check(&member)), "{member:?}");
    }
    for member in plain.map(|address| Record::new().email(address)) {
        let verdict = without().check(&member);
        assert!(is_sure_all_clear(&verdict), "{member:?}: {verdict:?}");
    }
    // One varied address beside a plain one.
    let both = Record::new().email("anna@example.com").email("anna+kasse@example.com");
    assert!(without().check(&both).is_partially_checked());
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
