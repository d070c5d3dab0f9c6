//! Why members could not be checked, or only in part.

use std::collections::BTreeSet;

use leakdex::{Caveat, Coverage, Field, FieldSet, Kind, KindSet, Verdict};

/// A value that was checked is suspect.
pub const SUSPECT_VALUE: &str = Caveat::SuspectValue.slug();
/// No value of a filled field could be compared: no index holds its kind, or it is not distinctive enough.
pub const FIELD_NOT_COMPARED: &str = Caveat::FieldNotCompared.slug();

/// A leaked record shares an identifier with the member, but seems to be somebody else's, or too many records
/// share it to compare all of them.
pub const MATCH_REFUTED: &str = Caveat::MatchRefuted.slug();

/// Too many records of a leak have none of the kinds of identifier that were checked.
pub const OUT_OF_REACH: &str = Caveat::OutOfReach.slug();

/// The all-clear relies on a column with a caveat of the run.
pub const RUN_CAVEAT: &str = Caveat::DoubtfulColumn.slug();

/// All causes other than the codes of reasons.
#[cfg(test)]
pub const OTHERS: [&str; 5] =
    [SUSPECT_VALUE, FIELD_NOT_COMPARED, MATCH_REFUTED, OUT_OF_REACH, RUN_CAVEAT];

/// Whether a value of the member is defective, so a correction would help. All other causes are caveats of
/// the run, of the leak, of the index or of the program.
pub fn is_defect(cause: &str) -> bool {
    const OTHER_REASONS: [&str; 5] =
        ["kind-not-indexed", "damaged-index", "other-shard", "other-unicode", "unsupported"];
    let others = [FIELD_NOT_COMPARED, MATCH_REFUTED, OUT_OF_REACH, RUN_CAVEAT];
    !others.contains(&cause) && !OTHER_REASONS.contains(&cause)
}

/// The fields that were not compared and that no problem explains.
pub fn not_compared(coverage: &Coverage) -> impl Iterator<Item = Field> {
    let is_explained =
        |field: &Field| coverage.problems.iter().any(|problem| problem.field == Some(*field));
    coverage.unused.iter().filter(move |field| !is_explained(field))
}

/// A cause of a gap, and the slug of its field if it has one.
pub type Gap = (&'static str, Option<&'static str>);

/// Why a member who is not affected was only partially checked, or why a member could not be checked at all.
/// Empty for affected members. The caveats of a member list are not included, since they are known only after
/// its last row.
#[must_use]
pub fn gaps(verdict: &Verdict) -> BTreeSet<Gap> {
    let slug = |field: Field| Some(field.slug());
    let (coverage, mut gaps): (_, BTreeSet<Gap>) = match verdict {
        Verdict::Affected(_) => return BTreeSet::new(),
        Verdict::NotAffected(coverage) => {
            let values = coverage.gaps();
            (
                coverage,
                values.map(|value| (value.reason.code(), value.field.and_then(slug))).collect(),
            )
        }
        Verdict::Indeterminate(coverage) => {
            let values = coverage.problems.iter();
            return values.map(|value| (value.reason.code(), value.field.and_then(slug))).collect();
        }
    };
    let known: BTreeSet<&str> = gaps.iter().map(|(cause, _)| *cause).collect();
    for cause in verdict.reasons().into_iter().filter(|cause| !known.contains(cause)) {
        let fields: Vec<Option<&'static str>> = match cause {
            SUSPECT_VALUE => {
                let of_keys = suspect_of_keys(coverage);
                let of_kind = |kind: Kind| {
                    let field = Field::ALL.iter().find(|field| field.kind() == Some(kind));
                    let field = field.copied().or(of_keys.filter(|_| kind.is_match_key()));
                    field.and_then(slug)
                };
                coverage.suspect.iter().map(of_kind).collect()
            }
            FIELD_NOT_COMPARED => not_compared(coverage).map(slug).collect(),
            _ => vec![None],
        };
        gaps.extend(fields.into_iter().map(|field| (cause, field)));
    }
    gaps
}

/// The field whose suspect value makes match keys suspect, if it can be determined. A field is sound if some
/// match key with this field is not suspect. Returns [`Field::Name`] if it is one of the two names.
fn suspect_of_keys(coverage: &Coverage) -> Option<Field> {
    let in_keys = |kinds: KindSet, field: Field| kinds.iter().any(|kind| needs(kind, field));
    let sound = coverage.checked.difference(coverage.suspect);
    let is_suspect = |&field: &Field| in_keys(coverage.suspect, field) && !in_keys(sound, field);
    match PARTS.into_iter().filter(is_suspect).collect::<Vec<_>>()[..] {
        [field] => Some(field),
        [Field::LastName, Field::FirstName] => Some(Field::Name),
        _ => None,
    }
}

/// Whether this kind is a match key that requires the field.
pub fn needs(kind: Kind, field: Field) -> bool {
    let others: FieldSet = PARTS.into_iter().filter(|part| *part != field).collect();
    kind.is_match_key() && !others.kinds().contains(kind)
}

/// The fields that match keys consist of.
const PARTS: [Field; 4] = [Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_helps_only_if_a_value_of_the_member_is_defective() {
        assert!(["wrong-check-digit", "absent", SUSPECT_VALUE].into_iter().all(is_defect));
        assert!(!["unsupported", "other-shard", RUN_CAVEAT].into_iter().any(is_defect));
    }

    #[test]
    fn a_suspect_part_of_match_keys_is_named_if_the_sound_keys_show_it() {
        let keys: KindSet = Kind::ALL.iter().copied().filter(|kind| kind.is_match_key()).collect();
        let of =
            |field: Field| -> KindSet { keys.iter().filter(|kind| needs(*kind, field)).collect() };
        let named = |checked: KindSet, suspect: KindSet| {
            let mut coverage = Coverage::default();
            (coverage.checked, coverage.suspect) = (checked, suspect);
            suspect_of_keys(&coverage)
        };
        for (field, expected) in [
            (Field::LastName, Field::LastName),
            (Field::BirthDate, Field::BirthDate),
            (Field::PostalCode, Field::PostalCode),
            // Each key with a last name also has a first name.
            (Field::FirstName, Field::Name),
        ] {
            assert_eq!(named(keys, of(field)), Some(expected), "{field}");
        }
        // With two suspect values, or without a postcode, no sound key remains to determine the field.
        assert_eq!(named(keys, of(Field::LastName).union(of(Field::BirthDate))), None);
        let births: KindSet =
            [Kind::StartsBirth, Kind::EndsBirth, Kind::NameBirthday].into_iter().collect();
        assert_eq!(named(births, births), None);
        assert_eq!(named(keys, KindSet::EMPTY), None);
    }
}
