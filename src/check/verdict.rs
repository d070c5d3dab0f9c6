//! The verdict of a check on a member.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    evidence::Proof,
    exposure::{Exposure, MatchedRecord},
};
use crate::{
    batch::Problem,
    identifier::{FieldSet, KindSet, Strength, bit_set},
};

/// The verdict of a check on a member.
///
/// The three verdicts are not symmetric. One identifier in the leak is enough for *affected*. *Not
/// affected* needs at least one properly checked identifier. All other cases are *indeterminate*.
///
/// As JSON: `{"verdict":"affected","strength":"certain","matched":["kvnr"],"exposure":[…],
/// "coverage":{…}}`.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record, Verdict};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
///
/// let affected = index.check(&Record::new().kvnr("A 123 456 780"));
/// assert!(matches!(&affected, Verdict::Affected(_)) && affected.finding().is_some());
///
/// // A number with a wrong check digit alone is not enough for *not affected* ...
/// let unsure = index.check(&Record::new().kvnr("B123456789"));
/// assert_eq!(unsure.slug(), "indeterminate");
/// // ... and beside a right number, it makes the check partial.
/// let partial = index.check(&Record::new().kvnr("B123456782").kvnr("B123456789"));
/// assert!(matches!(partial, Verdict::NotAffected(_)) && partial.is_partially_checked());
/// assert!(!partial.coverage().is_whole());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// An identifier of the member is in the leak.
    Affected(Finding),
    /// At least one identifier was checked, and none is in the leak.
    NotAffected(Coverage),
    /// Nothing could be checked: no identifier was given, none was valid, none was of a kind that
    /// the index holds, or all were suspect.
    Indeterminate(Coverage),
}

/// The verdict alone, without finding and coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// An identifier of the member is in the leak.
    Affected,
    /// At least one identifier was checked, and none is in the leak.
    NotAffected,
    /// Nothing could be checked.
    Indeterminate,
}

impl Verdict {
    /// The verdict's name in findings: `affected`, `not_affected` or `indeterminate`.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        self.state().slug()
    }

    /// Which of the three verdicts it is.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Affected(_) => State::Affected,
            Self::NotAffected(_) => State::NotAffected,
            Self::Indeterminate(_) => State::Indeterminate,
        }
    }

    /// The checked and the unchecked parts.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        match self {
            Self::Affected(finding) => &finding.coverage,
            Self::NotAffected(coverage) | Self::Indeterminate(coverage) => coverage,
        }
    }

    /// The finding, if the member is affected.
    #[must_use]
    pub const fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Affected(finding) => Some(finding),
            Self::NotAffected(_) | Self::Indeterminate(_) => None,
        }
    }

    /// Codes of the reasons why values of the member were not used ([`Reason::code`](crate::Reason::code)). If the
    /// member is not affected: only codes of values that leave a gap, and the [slugs](Caveat::slug) of the caveats
    /// that these values do not explain. The codes are sorted and without duplicates.
    #[must_use]
    pub fn reasons(&self) -> Vec<&'static str> {
        let coverage = self.coverage();
        let fields = (coverage.unused, coverage.in_no_leak);
        reasons(self.state(), &coverage.problems, fields, coverage.caveats())
    }

    /// Whether the verdict is *not affected*, but the check was not complete, for example because a
    /// field could not be used or is suspect ([`Coverage::is_whole`]).
    #[must_use]
    pub fn is_partially_checked(&self) -> bool {
        matches!(self, Self::NotAffected(coverage) if !coverage.is_whole())
    }
}

/// The result of a check for an affected member.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Kind, Record, Strength};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// let index = builder.build()?;
///
/// let member = Record::new().email("M.Muster@example.de").iban("DE89370400440532013000");
/// let verdict = index.check(&member);
/// let finding = verdict.finding().expect("the address leaked");
/// assert!(finding.matched().contains(Kind::Email));
/// assert_eq!(finding.strength(), Strength::Strong);
/// assert_eq!(finding.exposure().records(), 1);
/// assert!(finding.coverage().not_held.contains(Kind::Iban));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    strength: Strength,
    matched: KindSet,
    shared: KindSet,
    exposure: Exposure,
    coverage: Coverage,
    records: Vec<MatchedRecord>,
    is_like_a_relative: bool,
}

impl Finding {
    /// How certain it is that the data is the member's: the strength of the best single record over
    /// all breaches. [`Exposure::by_breach`] has the strength in each breach.
    #[must_use]
    pub const fn strength(&self) -> Strength {
        self.strength
    }

    /// The kinds of identifier that were found.
    #[must_use]
    pub const fn matched(&self) -> KindSet {
        self.matched
    }

    /// The matched kinds that prove little: more than 64 leaked records of the breach have the value,
    /// such as the number of a hotline.
    #[must_use]
    pub const fn shared(&self) -> KindSet {
        self.shared
    }

    /// The leaked data of this member, from the records that matched. If a record of a breach is
    /// [`Strength::Probable`] or stronger, mere candidates of that breach do not count.
    #[must_use]
    pub const fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    /// Whether the member is only a candidate, and each record that counts looks like a relative's: the last name and
    /// the place agree, the first name does not. Twins look the same.
    #[must_use]
    pub fn looks_like_relative(&self) -> bool {
        self.strength == Strength::Candidate && self.is_like_a_relative
    }

    /// The tags ([`Evidence::tag`](crate::Evidence::tag)) of the records that count with at least this strength. A
    /// record has the same tag for all members that it matches.
    pub fn tags(&self, at_least: Strength) -> impl Iterator<Item = u64> {
        let sure = self.records.iter().filter(move |record| record.strength >= at_least);
        sure.map(|record| record.tag)
    }

    /// The leaked records that count. If more than 64 records of a breach share a value, a check reads 64 of them. So
    /// there can be fewer records here than in [`Exposure::records`].
    #[must_use]
    pub fn records(&self) -> &[MatchedRecord] {
        &self.records
    }

    /// The checked and the unchecked parts.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }
}

/// The scope of a check, and therefore of a *not affected*: the checked and the unchecked parts.
///
/// ```
/// use leakdex::{Breach, Field, IndexBuilder, Key, Kind, Reason, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().kvnr("B123456782").email("nobody"));
/// let coverage = verdict.coverage();
/// assert_eq!(verdict.slug(), "not_affected");
/// assert!(coverage.checked.contains(Kind::Kvnr) && coverage.missing.contains(Kind::Email));
/// assert!(coverage.unused.contains(Field::Email));
/// assert_eq!(coverage.problems[0].reason, Reason::NoAtSign);
/// assert!(!coverage.is_whole());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// The kinds that were checked.
    pub checked: KindSet,
    /// The kinds that were checked with a suspect value. A kind can be here and in `checked`.
    pub suspect: KindSet,
    /// The kinds that were checked against a leak in which their column has a caveat
    /// ([`Index::leak_caveats`](crate::Index::leak_caveats)). The leak may still hold the member.
    #[serde(skip_serializing_if = "is_empty")]
    pub doubtful: KindSet,
    /// The kinds that an index holds but for which the member has no usable value.
    pub missing: KindSet,
    /// The kinds that the member has but that at least one index does not hold.
    pub not_held: KindSet,
    /// The member's fields that were not checked against at least one index, although its leak may hold them. This
    /// includes an address that differs from its alias if an index holds addresses but no aliases.
    pub unused: FieldSet,
    /// The member's fields that were not checked against at least one index because its leak certainly does not
    /// hold them ([`IndexBuilder::has_no_more_columns`](crate::IndexBuilder::has_no_more_columns)). They do not make
    /// the check partial. Another leak may hold them.
    #[serde(skip_serializing_if = "has_no_field")]
    pub not_leaked: FieldSet,
    /// The fields that certainly no leak holds, whether or not the member has them.
    #[serde(skip)]
    pub(super) in_no_leak: FieldSet,
    /// Whether more than one in a hundred records of a leak have none of the kinds that were checked. Any of them may
    /// be the member's.
    #[serde(skip_serializing_if = "is_false")]
    pub out_of_reach: bool,
    /// The values that could not be used, and why. If nothing could be checked, the suspect values
    /// are here, too.
    pub problems: Vec<Problem>,
    /// The kinds that hit leaked records that seem to be somebody else's. If the member's data changed or is wrong,
    /// the records may still be the member's.
    #[serde(skip_serializing_if = "is_empty")]
    pub refuted: KindSet,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_empty(kinds: &KindSet) -> bool {
    kinds.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn has_no_field(fields: &FieldSet) -> bool {
    fields.is_empty()
}

/// Why a check of a member was not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Caveat {
    /// A field of the member was not compared with at least one index, or not in full ([`Coverage::unused`]).
    FieldNotCompared,
    /// A checked value is suspect ([`Coverage::suspect`]).
    SuspectValue,
    /// A column of the leak has a caveat ([`Coverage::doubtful`]).
    DoubtfulColumn,
    /// A value could not be used ([`Coverage::gaps`]).
    ValueNotUsed,
    /// A leaked record shares an identifier with the member, but seems to be somebody else's
    /// ([`Coverage::refuted`]).
    MatchRefuted,
    /// Too many records of a leak have none of the kinds that were checked ([`Coverage::out_of_reach`]).
    OutOfReach,
}

impl Caveat {
    /// Every caveat, in the order of this list.
    pub const ALL: &[Self] = &[
        Self::FieldNotCompared,
        Self::SuspectValue,
        Self::DoubtfulColumn,
        Self::ValueNotUsed,
        Self::MatchRefuted,
        Self::OutOfReach,
    ];

    /// The code of the caveat among the reasons of a verdict ([`Verdict::reasons`]), such as `out-of-reach`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::FieldNotCompared => "field-not-compared",
            Self::SuspectValue => "suspect-value",
            Self::DoubtfulColumn => "run-caveat",
            Self::ValueNotUsed => "value-not-used",
            Self::MatchRefuted => "match-refuted",
            Self::OutOfReach => "out-of-reach",
        }
    }
}

bit_set! {
    /// A set of [`Caveat`]s. A check without a caveat is complete.
    CaveatSet of Caveat
}

impl CaveatSet {
    /// The only place that decides whether a check was complete.
    pub(super) fn of(
        (unused, suspect, doubtful): (FieldSet, KindSet, KindSet),
        has_gap: bool,
        refuted: bool,
        out_of_reach: bool,
    ) -> Self {
        let caveats = [
            (!unused.is_empty(), Caveat::FieldNotCompared),
            (!suspect.is_empty(), Caveat::SuspectValue),
            (!doubtful.is_empty(), Caveat::DoubtfulColumn),
            (has_gap, Caveat::ValueNotUsed),
            (refuted, Caveat::MatchRefuted),
            (out_of_reach, Caveat::OutOfReach),
        ];
        caveats.into_iter().filter(|(applies, _)| *applies).map(|(_, caveat)| caveat).collect()
    }
}

/// See [`Verdict::reasons`].
pub(super) fn reasons(
    state: State,
    problems: &[Problem],
    (unused, in_no_leak): (FieldSet, FieldSet),
    caveats: CaveatSet,
) -> Vec<&'static str> {
    let is_all_clear = state == State::NotAffected;
    let counts = |problem: &&Problem| !is_all_clear || problem.leaves_gap(in_no_leak);
    let mut all: Vec<_> =
        problems.iter().filter(counts).map(|problem| problem.reason.code()).collect();
    if is_all_clear {
        // A problem explains why its field was not compared.
        let of_problems: FieldSet = problems.iter().filter_map(|problem| problem.field).collect();
        let is_explained = |caveat: &Caveat| match caveat {
            Caveat::ValueNotUsed => true,
            Caveat::FieldNotCompared => unused.difference(of_problems).is_empty(),
            _ => false,
        };
        all.extend(caveats.iter().filter(|caveat| !is_explained(caveat)).map(Caveat::slug));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether one of these values leaves a gap. If certainly no leak holds a field, a wrong value of that field cannot
/// hide a match.
pub(super) fn has_gap(problems: &[Problem], in_no_leak: FieldSet) -> bool {
    problems.iter().any(|problem| problem.leaves_gap(in_no_leak))
}

impl Problem {
    /// Whether this problem makes a check partial, given the fields that no leak holds.
    fn leaves_gap(&self, in_no_leak: FieldSet) -> bool {
        self.field.is_none_or(|field| !in_no_leak.contains(field))
    }
}

impl Coverage {
    /// The values that could not be used and leave a gap. A wrong value leaves no gap if certainly no leak holds its
    /// field.
    pub fn gaps(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.leaves_gap(self.in_no_leak))
    }

    /// Why the check was not complete.
    #[must_use]
    pub fn caveats(&self) -> CaveatSet {
        let Self { unused, suspect, doubtful, refuted, .. } = self;
        let refuted = !refuted.is_empty();
        let has_gap = has_gap(&self.problems, self.in_no_leak);
        CaveatSet::of((*unused, *suspect, *doubtful), has_gap, refuted, self.out_of_reach)
    }

    /// Whether the check was complete: it has no [`Caveat`].
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.caveats().is_empty()
    }
}

impl State {
    /// The only place that decides on a verdict, from the kinds that were found and the kinds that were checked.
    pub(super) const fn of(matched: KindSet, checked: KindSet) -> Self {
        if !matched.is_empty() {
            Self::Affected
        } else if checked.is_empty() {
            Self::Indeterminate
        } else {
            Self::NotAffected
        }
    }

    /// The state's name in findings: `affected`, `not_affected` or `indeterminate`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Indeterminate => "indeterminate",
        }
    }
}

impl Verdict {
    pub(super) fn new(matched: KindSet, proof: impl FnOnce() -> Proof, coverage: Coverage) -> Self {
        match State::of(matched, coverage.checked) {
            State::Affected => {
                let Proof { strength, shared, exposure, records, is_like_a_relative, .. } = proof();
                let strength = strength.unwrap_or(Strength::Candidate);
                Self::Affected(Finding {
                    strength,
                    matched,
                    shared,
                    exposure,
                    coverage,
                    records,
                    is_like_a_relative,
                })
            }
            State::Indeterminate => Self::Indeterminate(coverage),
            State::NotAffected => Self::NotAffected(coverage),
        }
    }
}

/// A verdict as it is serialised.
#[derive(Serialize)]
#[serde(rename = "Verdict")]
struct SerialVerdict<'a> {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    strength: Option<Strength>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<KindSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<KindSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposure: Option<&'a Exposure>,
    coverage: &'a Coverage,
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let finding = self.finding();
        let verdict = SerialVerdict {
            verdict: self.slug(),
            strength: finding.map(Finding::strength),
            matched: finding.map(Finding::matched),
            shared: finding.map(Finding::shared).filter(|kinds| !kinds.is_empty()),
            exposure: finding.map(Finding::exposure),
            coverage: self.coverage(),
        };
        verdict.serialize(serializer)
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Finding")
            .field("strength", &self.strength())
            .field("matched", &self.matched())
            .finish_non_exhaustive()
    }
}
