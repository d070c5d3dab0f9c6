//! Canaries: made-up identifiers that both the builder of an index and its reader normalise and
//! hash. If the results differ, the reader would look up other pseudonyms than the builder wrote,
//! and call everybody *not affected*. So it refuses the index.
//!
//! The version of the normaliser should show such a difference. But somebody may forget to raise
//! it, and another library with the same version may not follow its rules exactly. The canaries
//! detect both.

use std::{collections::BTreeMap, sync::OnceLock};

use super::metadata::Canary;
use crate::{
    batch::Batch,
    identifier::{Field, Kind, KindSet, Normaliser},
    pseudonym::Pseudonymiser,
    record::Record,
};

/// Values that exercise many branches of the rules, for all kinds except those in
/// [`PHONE_NUMBERS`]. Their characters are old enough for all versions of Unicode to agree on them.
const VALUES: &[(Field, &str)] = &[
    (Field::Email, "  Max.Mustermann+Kasse@Mail.Example.DE "),
    (Field::Email, "jörg@bücher.example"),
    (Field::Email, "Eva Muster <eva@example.de>; e.muster@example.com"),
    (Field::Kvnr, "A 123 456 780"),
    (Field::Iccsn, "80276 88311 00001 45356"),
    (Field::Ehic, "80400000000123456786"),
    (Field::Rvnr, "15 070649 C 103"),
    (Field::SteuerId, "86 095 742 719"),
    (Field::IdentityDocument, "l9f6 mkym j0 D"),
    (Field::IdentityDocument, "AUT P1234567"),
    (Field::Iban, "DE89 3704 0044 0532 0130 00"),
    (Field::Username, "Straße42 ÄÖÜ"),
    (Field::LastName, "Herr Prof. Dr. von der Müller-Lüdenscheidt, M.Sc."),
    (Field::LastName, "MU\u{308}LLER"),
    (Field::LastName, "Yılmaz"),
    (Field::FirstName, "Jörg-Peter Çem"),
    (Field::BirthDate, "01-FEB-1970 12:00AM"),
    (Field::PostalCode, "D-1067"),
];

/// Separate, because the rules for phone numbers take long to load. They are used only if an index
/// has such numbers.
const PHONE_NUMBERS: &[(Field, &str)] = &[
    (Field::Phone, "+49 (0)30 901820"),
    (Field::Phone, "0043 1 58858-0"),
    (Field::Phone, "1711234567.0 (privat)"),
];

/// The canaries of these kinds under a key.
pub(crate) fn canaries(kinds: KindSet, pseudonymiser: &Pseudonymiser) -> Vec<Canary> {
    kinds.iter().filter_map(|kind| canary(kind, pseudonymiser)).collect()
}

/// The first kind for which the builder's canary differs from this library's.
pub(super) fn drifted(canaries: &[Canary], pseudonymiser: &Pseudonymiser) -> Option<Kind> {
    canaries.iter().find_map(|written| {
        // A newer leakdex may have kinds that this one does not know, and does not look up. A
        // library without phone numbers makes no identifiers of them.
        let kind: Kind = written.kind.parse().ok()?;
        let expected = canary(kind, pseudonymiser)?;
        (expected.pseudonym != written.pseudonym).then_some(kind)
    })
}

/// Whether each of these kinds has a canary. Without one, nobody knows how a kind was normalised.
pub(super) fn has_each(canaries: &[Canary], kinds: KindSet) -> bool {
    kinds.iter().all(|kind| canaries.iter().any(|canary| canary.kind == kind.slug()))
}

fn canary(kind: Kind, pseudonymiser: &Pseudonymiser) -> Option<Canary> {
    let normal_forms = canary_normal_forms(kind)?;
    let mut pseudonym = Vec::new();
    pseudonymiser.pseudonyms([(kind, normal_forms)], &mut pseudonym);
    let number = pseudonym.pop().expect("one identifier went in").number();
    Some(Canary { kind: kind.slug().to_owned(), pseudonym: format!("{number:032x}") })
}

/// The normal forms of the made-up values of a kind, each followed by a line feed. Two programs
/// that normalise alike get the same bytes. `None` if this library makes no identifiers of the
/// kind: without the feature `phone`, it reads no phone numbers.
///
/// ```
/// use leakdex::{Kind, canary_normal_forms};
///
/// assert_eq!(canary_normal_forms(Kind::Kvnr), Some(&b"A123456780\n"[..]));
/// ```
#[must_use]
pub fn canary_normal_forms(kind: Kind) -> Option<&'static [u8]> {
    static COMMON: OnceLock<BTreeMap<Kind, Vec<u8>>> = OnceLock::new();
    static PHONE: OnceLock<BTreeMap<Kind, Vec<u8>>> = OnceLock::new();
    let forms = if kind == Kind::Phone {
        PHONE.get_or_init(|| normalise(PHONE_NUMBERS))
    } else {
        COMMON.get_or_init(|| normalise(VALUES))
    };
    forms.get(&kind).map(Vec::as_slice)
}

/// Normalises values in the same way as those of records.
fn normalise(values: &[(Field, &str)]) -> BTreeMap<Kind, Vec<u8>> {
    let mut record = Record::new();
    values.iter().for_each(|(field, value)| record.push(*field, value));
    let mut batch = Batch::new(Normaliser::new(), KindSet::all());
    batch.push(&record);
    let mut forms = BTreeMap::<Kind, Vec<u8>>::new();
    for &identifier in batch.identifiers() {
        let lines = forms.entry(identifier.kind).or_default();
        lines.extend_from_slice(batch.canonical(identifier));
        lines.push(b'\n');
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Key;

    #[test]
    fn every_kind_has_a_canary() {
        let pseudonymiser = Pseudonymiser::new(&Key::from_bytes(&[1; 32]).expect("a key"));
        let mut expected = KindSet::all();
        if !cfg!(feature = "phone") {
            expected = expected.difference([Kind::Phone].into_iter().collect());
        }
        let all = canaries(KindSet::all(), &pseudonymiser);
        let kinds: KindSet = all.iter().filter_map(|one| one.kind.parse::<Kind>().ok()).collect();
        assert_eq!(kinds, expected);
    }

    #[test]
    fn every_value_is_used() {
        let mut batch = Batch::new(Normaliser::new(), KindSet::all());
        for (field, value) in VALUES {
            let mut record = Record::new();
            record.push(*field, value);
            batch.push(&record);
        }
        for (number, (field, _)) in VALUES.iter().enumerate() {
            let is_part = field.kind().is_none();
            assert!(is_part || batch.problems(number).is_empty(), "{:?}", batch.problems(number));
            assert!(batch.suspicions(number).is_empty(), "{:?}", batch.suspicions(number));
        }
    }

    /// If a normal form changes, raise [`NORMALISER`](crate::NORMALISER), and then change these
    /// values.
    #[test]
    fn the_normal_forms_are_those_of_normaliser_3() {
        assert_eq!(crate::NORMALISER, 3);
        let mut all = String::new();
        for &kind in Kind::ALL.iter().filter(|&&kind| kind != Kind::Phone) {
            let forms = canary_normal_forms(kind).expect("every kind has a canary");
            let forms = String::from_utf8_lossy(forms).replace('\u{1F}', "|");
            forms.lines().for_each(|form| all += &format!("{kind} {form}\n"));
        }
        assert_eq!(all, include_str!("canary/normaliser-3.txt"));
    }
}
