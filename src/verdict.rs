//! What a check says of a member.

use std::{collections::BTreeSet, fmt};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    batch::Problem,
    breach::{Breach, DataClass},
    identifier::{FieldSet, Kind, KindSet},
    index::Index,
};

/// What a check says of a member.
///
/// The three are not symmetric: *affected* is said as soon as one identifier is found, *not
/// affected* only if at least one was checked properly, and in all other cases *indeterminate*.
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
/// // A wrong check digit alone is not enough to say "not affected" ...
/// let unsure = index.check(&Record::new().kvnr("B123456789"));
/// assert_eq!(unsure.slug(), "indeterminate");
/// // ... and beside a right number it leaves the check partial.
/// let partial = index.check(&Record::new().kvnr("B123456782").kvnr("B123456789"));
/// assert!(matches!(partial, Verdict::NotAffected(_)) && partial.is_partially_checked());
/// assert!(!partial.coverage().is_whole());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub enum Verdict<'a> {
    /// An identifier of the member is in the leak.
    Affected(Finding<'a>),
    /// At least one identifier was checked, and none is in the leak.
    NotAffected(Coverage),
    /// Nothing could be checked: no identifier was given, none was valid, none was of a kind that
    /// the index holds, or what there was is suspect.
    Indeterminate(Coverage),
}

impl<'a> Verdict<'a> {
    /// The verdict's name in findings: `affected`, `not_affected` or `indeterminate`.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Affected(_) => "affected",
            Self::NotAffected(_) => "not_affected",
            Self::Indeterminate(_) => "indeterminate",
        }
    }

    /// What was checked and what was not.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        match self {
            Self::Affected(finding) => &finding.coverage,
            Self::NotAffected(coverage) | Self::Indeterminate(coverage) => coverage,
        }
    }

    /// The finding, if the member is affected.
    #[must_use]
    pub const fn finding(&self) -> Option<&Finding<'a>> {
        match self {
            Self::Affected(finding) => Some(finding),
            Self::NotAffected(_) | Self::Indeterminate(_) => None,
        }
    }

    /// Whether the member is not affected as far as could be seen, yet the check was not whole: some
    /// given field could not be used or is suspect ([`Coverage::is_whole`]).
    #[must_use]
    pub const fn is_partially_checked(&self) -> bool {
        matches!(self, Self::NotAffected(coverage) if !coverage.is_whole())
    }
}

/// How sure a match is; the strongest kind that matched decides.
///
/// ```
/// use leakdex::{Kind, Strength};
///
/// assert!(Kind::Kvnr.strength() > Kind::NameBirth.strength());
/// let slugs: Vec<&str> = Strength::ALL.iter().map(|strength| strength.slug()).collect();
/// assert_eq!(slugs, ["candidate", "probable", "strong", "certain"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Worth a look by a person: twins or namesakes are to be expected.
    Candidate,
    /// The same person, but for rare coincidences.
    Probable,
    /// The same person, unless a value was shared or handed on.
    Strong,
    /// A number that is given to one person only.
    Certain,
}

impl Strength {
    /// Every strength, from the weakest to the strongest.
    pub const ALL: &[Self] = &[Self::Candidate, Self::Probable, Self::Strong, Self::Certain];

    /// The strength's name in findings: `certain`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Probable => "probable",
            Self::Strong => "strong",
            Self::Certain => "certain",
        }
    }
}

/// What was found of an affected member.
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
#[derive(Clone)]
pub struct Finding<'a> {
    /// At least one.
    matches: Vec<Match<'a>>,
    coverage: Coverage,
}

/// One identifier that was found in one index.
#[derive(Clone, Copy)]
pub(crate) struct Match<'a> {
    pub index: &'a Index,
    pub kind: Kind,
    /// The number of its exposure in that index.
    pub exposure: u32,
}

impl<'a> Finding<'a> {
    /// How sure it is that this is the member's data: the strength of the strongest kind.
    #[must_use]
    pub fn strength(&self) -> Strength {
        let strengths = self.matches.iter().map(|found| found.kind.strength());
        strengths.max().unwrap_or(Strength::Candidate)
    }

    /// The kinds of identifier that were found.
    #[must_use]
    pub fn matched(&self) -> KindSet {
        self.matches.iter().map(|found| found.kind).collect()
    }

    /// What the leak says of this member: the exposures of all identifiers that were found, united.
    /// Allocates.
    #[must_use]
    pub fn exposure(&self) -> Exposure<'a> {
        let mut exposure = Exposure::default();
        for found in &self.matches {
            exposure.unite(&found.index.exposure(found.exposure));
        }
        exposure
    }

    /// What was checked and what was not.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }
}

/// What an index says of a pseudonym, or of all that matched of a member.
///
/// ```
/// use leakdex::{Breach, DataClass, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().kvnr("A123456780"));
/// let exposure = verdict.finding().expect("it leaked").exposure();
/// assert_eq!(exposure.records(), 2);
/// assert!(exposure.data_classes().contains(&DataClass::EMAIL_ADDRESSES));
/// assert_eq!(exposure.by_breach()[0].breach.name().as_str(), "bitmarck-2023-01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Exposure<'a> {
    by_breach: Vec<BreachExposure<'a>>,
}

/// What leaked in one breach.
///
/// ```
/// use leakdex::{Breach, DataClass, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut breach = Breach::named("bitmarck-2023-01")?;
/// breach.data_classes.push(DataClass::PASSWORDS);
/// let mut builder = IndexBuilder::new(&key, breach);
/// builder.add(&Record::new().username("eva"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().username("Eva"));
/// let exposure = verdict.finding().expect("it leaked").exposure();
/// for in_breach in exposure.by_breach() {
///     let classes: Vec<&str> = in_breach.data_classes.iter().map(|class| class.as_str()).collect();
///     println!("{}: {} in {} records", in_breach.breach.name(), classes.join(", "), in_breach.records);
/// #   assert_eq!(classes, ["passwords", "usernames"]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BreachExposure<'a> {
    /// The breach.
    #[serde(serialize_with = "name_only")]
    pub breach: &'a Breach,
    /// The classes of data in those very rows, and those that leaked of everyone in the breach.
    pub data_classes: BTreeSet<&'a DataClass>,
    /// How many leaked records there are, duplicates not counted. For a member with several
    /// matches it is the largest number of any one match, since they may be in the same records.
    pub records: u64,
}

impl<'a> Exposure<'a> {
    /// What leaked in each breach, in the order of the breaches' names.
    #[must_use]
    pub fn by_breach(&self) -> &[BreachExposure<'a>] {
        &self.by_breach
    }

    /// The classes of data over all breaches.
    #[must_use]
    pub fn data_classes(&self) -> BTreeSet<&'a DataClass> {
        self.by_breach.iter().flat_map(|part| part.data_classes.iter().copied()).collect()
    }

    /// The number of leaked records over all breaches.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.by_breach.iter().fold(0, |sum, part| sum.saturating_add(part.records))
    }

    pub(crate) fn push(
        &mut self,
        breach: &'a Breach,
        data_classes: impl Iterator<Item = &'a DataClass>,
        records: u64,
    ) {
        let one = BreachExposure { breach, data_classes: data_classes.collect(), records };
        self.unite(&Self { by_breach: vec![one] });
    }

    fn unite(&mut self, other: &Self) {
        for part in &other.by_breach {
            let place =
                self.by_breach.binary_search_by(|own| own.breach.name().cmp(part.breach.name()));
            match place {
                Ok(place) => {
                    let own = &mut self.by_breach[place];
                    own.data_classes.extend(&part.data_classes);
                    own.records = own.records.max(part.records);
                }
                Err(place) => self.by_breach.insert(place, part.clone()),
            }
        }
    }
}

/// What was checked of a member, and what was not: the reach of a *not affected*.
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
    /// The kinds that an index holds and the member did not give, or not as a usable value.
    pub missing: KindSet,
    /// The kinds that the member gave and an index does not hold.
    pub not_held: KindSet,
    /// The fields that were given and from which nothing was checked, against one index at least.
    pub unused: FieldSet,
    /// What could not be used, and why; where nothing could be checked, also what is suspect.
    pub problems: Vec<Problem>,
    /// Whether every index was verified in full; a mapped one is not before
    /// [`Index::verify`] was called.
    pub verified: bool,
    /// Whether records were erased from one of the indexes. An index cannot tell persons apart: with
    /// somebody who was erased, what others share with them can be gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

impl Coverage {
    /// Whether everything that was given could be used, nothing of it is suspect, and the indexes
    /// are known to be as they were built, with nothing erased.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.unused.is_empty()
            && self.suspect.is_empty()
            && self.problems.is_empty()
            && self.verified
            && !self.erased
    }
}

impl<'a> Verdict<'a> {
    /// The one place that decides.
    pub(crate) fn new(matches: Vec<Match<'a>>, coverage: Coverage) -> Self {
        if !matches.is_empty() {
            Self::Affected(Finding { matches, coverage })
        } else if coverage.checked.is_empty() {
            Self::Indeterminate(coverage)
        } else {
            Self::NotAffected(coverage)
        }
    }
}

impl Serialize for Verdict<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = if self.finding().is_some() { 5 } else { 2 };
        let mut fields = serializer.serialize_struct("Verdict", length)?;
        fields.serialize_field("verdict", self.slug())?;
        if let Some(finding) = self.finding() {
            fields.serialize_field("strength", &finding.strength())?;
            fields.serialize_field("matched", &finding.matched())?;
            fields.serialize_field("exposure", &finding.exposure())?;
        }
        fields.serialize_field("coverage", self.coverage())?;
        fields.end()
    }
}

/// An exposure names its breaches; what is known of them stands in the index's metadata.
fn name_only<S: Serializer>(breach: &Breach, serializer: S) -> Result<S::Ok, S::Error> {
    breach.name().serialize(serializer)
}

impl fmt::Display for Strength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

impl fmt::Debug for Finding<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Finding")
            .field("strength", &self.strength())
            .field("matched", &self.matched())
            .finish_non_exhaustive()
    }
}
