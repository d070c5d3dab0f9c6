//! Concordance: whether people who were reliably found in both files also agree in their other values.
//!
//! A column that slipped by a row looks like any other, and so does an outdated one. But if two hundred
//! members have the insured number of a leaked record, and not one of them has its e-mail address, the
//! addresses of one side are not those of these people.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    fmt,
    ops::AddAssign,
    sync::{Arc, LazyLock},
};

use serde::{Deserialize, Serialize};

use super::{evidence::Hit, verdicts::Verdicts};
use crate::{
    breach::{Breach, BreachName},
    identifier::{Field, FieldSet, Kind, KindSet, Strength},
    profile::{RunCaveat, Side, Sign},
};

/// With fewer anchors, agreement is not measured.
const MIN_ANCHORS: u64 = 30;

/// The largest number of anchors that are kept for each breach. If there are more, a sample is kept.
const MAX_KEPT: usize = 2_048;

/// A column is in doubt if a smaller share of the anchors agrees.
const LEAST_SHARE: f64 = 0.02;

/// In a sound column, at least this share of the people still has the old value. The others moved, or
/// changed their addresses, accounts, cards or phones.
const LEAST_SOUND_SHARE: f64 = 0.1;

/// The same for numbers that a person keeps for life.
const LEAST_SOUND_SHARE_OF_LIFELONG: f64 = 0.3;

/// A column is in doubt only if the probability of so low a share in a sound column is below this.
const CHANCE: f64 = 0.001;

/// A leaked record and the member to whom it surely belongs.
#[derive(Clone)]
pub(super) struct Anchor {
    tag: u64,
    breach: Arc<Breach>,
    comparison: Comparison,
}

/// How a leaked record and a member compare.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Comparison {
    /// In how many fields they agree.
    weight: u32,
    /// The fields with usable values on both sides, as bits. A field counts only if a match in another field
    /// shows that both are one person.
    compared: u32,
    /// The compared fields in which they agree.
    agreed: u32,
}

/// Appends the anchors among the hits of one member, which are sorted by tag. For each usable kind, all of
/// the member's values were looked up and none is suspect.
pub(super) fn push_anchors(hits: &[Hit<'_>], usable: KindSet, anchors: &mut Vec<Anchor>) {
    // A check does not read all records with a shared value, so it does not know who agrees.
    let shared = hits.iter().filter(|hit| hit.shared_by.is_some()).map(|hit| hit.kind).collect();
    let usable = usable.difference(shared);
    for of_record in hits.chunk_by(|one, other| one.tag == other.tag) {
        let kinds: KindSet = of_record.iter().map(|hit| hit.kind).collect();
        let kinds = kinds.intersection(usable);
        let proving: KindSet = kinds.iter().filter(|&kind| is_sure(kind)).collect();
        let Hit { tag, index, origin, content, .. } =
            match of_record.iter().find(|hit| proving.contains(hit.kind)) {
                Some(hit) => *hit,
                None => continue,
            };
        let Some((breach, _)) = index.resolve_origin(origin as usize) else { continue };
        // A hit by a value has the kinds of all identifiers of the record.
        let record_kinds = u32::try_from(content).map(KindSet::from_bits).unwrap_or_default();
        let kinds_of_both = record_kinds.intersection(usable);
        let breach = Arc::clone(breach);
        let (mut compared, mut agreed, mut weight) = (FieldSet::EMPTY, FieldSet::EMPTY, 0);
        for &(field, kinds_of_field) in MEASURED.iter() {
            let is_same = !kinds.intersection(kinds_of_field).is_empty();
            weight += u32::from(is_same);
            let is_proven = !proving.difference(kinds_of_field).is_empty();
            if is_proven && !kinds_of_both.intersection(kinds_of_field).is_empty() {
                compared.insert(field);
                if is_same {
                    agreed.insert(field);
                }
            }
        }
        let (compared, agreed) = (compared.bits(), agreed.bits());
        let comparison = Comparison { weight, compared, agreed };
        anchors.push(Anchor { tag, breach, comparison });
    }
}

/// Whether a match of this kind is surely one person. Strangers can have the same username on
/// different portals.
fn is_sure(kind: Kind) -> bool {
    kind.strength() >= Strength::Strong && kind != Kind::Username
}

/// The fields whose agreement is measured, and their kinds. Hashes of addresses count as addresses, and
/// whole names as both of their parts.
static MEASURED: LazyLock<Vec<(Field, KindSet)>> = LazyLock::new(|| {
    let is_other = |field: Field| {
        let is_derived = |kind| kind != Kind::Email && Field::Email.kinds().contains(kind);
        field == Field::Name || field.kind().is_some_and(is_derived)
    };
    let fields = Field::ALL.iter().copied().filter(|&field| !is_other(field));
    fields.map(|field| (field, kinds_of(field))).collect()
});

/// The kinds that show whether two people agree in this field. A match by one of them is enough: a match
/// key also fails if another part of it differs.
fn kinds_of(field: Field) -> KindSet {
    match field.kind() {
        Some(Kind::Email) => field.kinds(),
        Some(kind) => [kind].into_iter().collect(),
        None => {
            let contains_field = |kind: &Kind| kind.parts().contains(field);
            Kind::ALL.iter().copied().filter(contains_field).collect()
        }
    }
}

/// How often leaked records agree with their members, by breach and field. The counts add up over
/// blocks, threads, files and tasks, in any order.
///
/// *Anchors* are distinct leaked records that a member matches by a certain or strong kind. They show
/// whether the other values of both sides agree as they should. If there are many anchors, a sample is
/// kept.
///
/// ```
/// use leakdex::{Breach, Concordance, Field, IndexBuilder, Key, Record, Sign};
///
/// let person = |address: u32, name: u32| {
///     Record::new().email(&format!("eva{address}@example.de")).username(&format!("eva{name}"))
/// };
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// for number in 0..100 {
///     // A column slipped: each person has the username of the next one.
///     builder.add(&person(number, number + 1))?;
/// }
/// let index = builder.build()?;
///
/// let members: Vec<Record> = (0..100).map(|number| person(number, number)).collect();
/// let mut concordance = Concordance::default();
/// for part in members.chunks(10) {
///     concordance += index.check_all(part).concordance();
/// }
/// let agreements = concordance.agreements(index.kinds());
/// let of = |field| agreements.iter().find(|agreement| agreement.field == field);
/// let usernames = of(Field::Username).expect("both sides have usernames");
/// assert_eq!((usernames.anchors, usernames.agreed), (100, 0));
/// assert_eq!(usernames.caveat().expect("nobody agrees").sign, Sign::Disagreement);
/// // No other column shows who is the same person, so nothing tests the addresses.
/// assert!(!of(Field::Email).expect("both sides have addresses").measurable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Concordance {
    by_breach: BTreeMap<BreachName, Sample>,
}

/// The anchors of a breach, or a sample of them. The sample does not depend on their order.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sample {
    /// Only tags that end in at least this many zero bits are kept.
    zeros: u32,
    /// How each record compares with its member, by its tag.
    records: BTreeMap<u64, Comparison>,
}

/// In how many anchors a field agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldAgreement {
    /// The breach; `None` for all breaches together.
    pub breach: Option<BreachName>,
    /// The field. Addresses and their hashes are one field, and a whole name is two.
    pub field: Field,
    /// In how many anchors both sides have a usable value.
    pub anchors: u64,
    /// In how many of these anchors the values agree.
    pub agreed: u64,
    /// Both counts cover a sample: one anchor in this many.
    pub one_in: u64,
    /// Whether there are enough anchors for a statement.
    pub measurable: bool,
}

impl Verdicts {
    /// How often these members agree with the leaked records that surely belong to them.
    #[must_use]
    pub fn concordance(&self) -> Concordance {
        let mut concordance = Concordance::default();
        for Anchor { tag, breach, comparison } in &self.anchors {
            let name = breach.name();
            if !concordance.by_breach.contains_key(name) {
                concordance.by_breach.insert(name.clone(), Sample::default());
            }
            let sample = concordance.by_breach.get_mut(name);
            sample.into_iter().for_each(|sample| sample.add(*tag, *comparison));
        }
        concordance
    }
}

impl Concordance {
    /// The agreement of each field with one of these kinds: for each breach, and for all together unless
    /// there is just one. Pass the kinds that both the members and an index have.
    #[must_use]
    pub fn agreements(&self, kinds: KindSet) -> Vec<FieldAgreement> {
        let mut all = Sample::default();
        self.by_breach.values().for_each(|sample| all += sample.clone());
        let together = (self.by_breach.len() != 1).then_some((None, &all));
        let samples = self.by_breach.iter().map(|(name, sample)| (Some(name), sample));
        let of_sample = |(name, sample): (Option<&BreachName>, &Sample)| {
            let given =
                MEASURED.iter().filter(|(_, of_field)| !of_field.intersection(kinds).is_empty());
            let agreements = given.map(|&(field, _)| sample.agreement(name.cloned(), field));
            agreements.collect::<Vec<_>>()
        };
        samples.chain(together).flat_map(of_sample).collect()
    }
}

impl AddAssign for Concordance {
    fn add_assign(&mut self, more: Self) {
        for (name, sample) in more.by_breach {
            *self.by_breach.entry(name).or_default() += sample;
        }
    }
}

impl Comparison {
    /// Adds the comparison of the same record with another member. If a family shares an account, the
    /// record belongs to the member who agrees in most fields.
    fn add(&mut self, other: Self) {
        match self.weight.cmp(&other.weight) {
            Ordering::Less => *self = other,
            Ordering::Greater => {}
            Ordering::Equal => {
                self.compared |= other.compared;
                self.agreed |= other.agreed;
            }
        }
    }
}

impl Sample {
    fn add(&mut self, tag: u64, comparison: Comparison) {
        if tag.trailing_zeros() < self.zeros {
            return;
        }
        self.records.entry(tag).or_default().add(comparison);
        while self.records.len() > MAX_KEPT {
            self.zeros += 1;
            self.records.retain(|tag, _| tag.trailing_zeros() >= self.zeros);
        }
    }

    fn agreement(&self, breach: Option<BreachName>, field: Field) -> FieldAgreement {
        let count = |counts: &dyn Fn(FieldSet, FieldSet) -> bool| {
            let sets = self
                .records
                .values()
                .map(|record| [record.compared, record.agreed].map(FieldSet::from_bits));
            sets.filter(|&[compared, agreed]| counts(compared, agreed)).count() as u64
        };
        let anchors = count(&|compared, _| compared.contains(field));
        let agreed = count(&|_, agreed| agreed.contains(field));
        let (one_in, measurable) = (1 << self.zeros.min(63), anchors >= MIN_ANCHORS);
        FieldAgreement { breach, field, anchors, agreed, one_in, measurable }
    }
}

impl AddAssign for Sample {
    fn add_assign(&mut self, more: Self) {
        if more.zeros > self.zeros {
            self.zeros = more.zeros;
            self.records.retain(|tag, _| tag.trailing_zeros() >= self.zeros);
        }
        more.records.into_iter().for_each(|(tag, comparison)| self.add(tag, comparison));
    }
}

impl FieldAgreement {
    /// A caveat, if hardly any of these people have the same value on both sides.
    #[must_use]
    pub fn caveat(&self) -> Option<RunCaveat> {
        let Self { field, anchors, agreed, .. } = *self;
        let is_lifelong = matches!(field, Field::Kvnr | Field::Rvnr | Field::SteuerId);
        let least = if is_lifelong { LEAST_SOUND_SHARE_OF_LIFELONG } else { LEAST_SOUND_SHARE };
        let may_be_sound = || chance_of_at_most(agreed, anchors, least) >= CHANCE;
        let is_low = float(agreed) < LEAST_SHARE * float(anchors);
        let is_sign = self.measurable && is_low && !may_be_sound();
        let differing = anchors - agreed;
        is_sign
            .then(|| RunCaveat::new(Side::Members, field, Sign::Disagreement, differing, anchors))
    }
}

/// The probability that at most `agreed` of `all` agree, if each agrees with this probability.
fn chance_of_at_most(agreed: u64, all: u64, probability: f64) -> f64 {
    let odds = probability / (1.0 - probability);
    let mut term = (1.0 - probability).powf(float(all));
    let mut sum = term;
    for number in 0..agreed {
        term *= odds * float(all - number) / float(number + 1);
        sum += term;
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "a sample is small")]
const fn float(count: u64) -> f64 {
    count as f64
}

// A tag is not a value, but it identifies a record.
impl fmt::Debug for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Anchor").finish_non_exhaustive()
    }
}

impl fmt::Debug for Concordance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breaches = self.by_breach.len();
        formatter.debug_struct("Concordance").field("breaches", &breaches).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(tags: impl Iterator<Item = u64>) -> Sample {
        let mut sample = Sample::default();
        tags.for_each(|tag| sample.add(tag, Comparison { weight: 1, compared: 1, agreed: 0 }));
        sample
    }

    #[test]
    fn a_sample_is_bounded_and_depends_neither_on_the_order_nor_on_how_it_is_split() {
        const ALL: u64 = 50_000;
        // Distinct, and spread like tags.
        let tags = || (1..=ALL).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let full = sample(tags().take(MAX_KEPT));
        assert_eq!((full.zeros, full.records.len()), (0, MAX_KEPT), "all have room");
        let whole = sample(tags());
        assert!((MAX_KEPT / 3..=MAX_KEPT).contains(&whole.records.len()));
        assert!(whole == sample(tags().collect::<Vec<_>>().into_iter().rev()));
        for parts in [2, 7, 100] {
            let mut sum = Sample::default();
            for part in (0..parts).rev() {
                sum += sample(tags().skip(part).step_by(parts));
            }
            assert!(sum == whole, "{parts} parts");
        }
        // A small sample still has the tags that a large one has dropped.
        let mut sum = sample(tags().take(100));
        sum += sample(tags().skip(100));
        assert!(sum == whole);
        let seen = whole.records.len() as u64 * (1 << whole.zeros);
        assert!(seen.abs_diff(ALL) < ALL / 10, "{seen}");
    }

    #[test]
    fn the_member_who_agrees_most_counts_in_any_order() {
        let of = |weight, compared, agreed| Comparison { weight, compared, agreed };
        let all = [of(1, 0b1000, 0), of(2, 0b11, 0b01), of(2, 0b110, 0b010)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
            let mut sample = Sample::default();
            order.iter().for_each(|&place: &usize| sample.add(5, all[place]));
            assert!(sample.records[&5] == of(2, 0b111, 0b011));
        }
    }

    fn sign(field: Field, agreed: u64, anchors: u64) -> bool {
        let measurable = anchors >= MIN_ANCHORS;
        let agreement =
            FieldAgreement { breach: None, field, anchors, agreed, one_in: 1, measurable };
        agreement.caveat().is_some()
    }

    #[test]
    fn a_sign_needs_enough_anchors_and_a_share_that_no_sound_column_has() {
        assert!(sign(Field::Email, 0, 200) && sign(Field::Email, 2, 200));
        assert!(!sign(Field::Email, 4, 200), "2 % may be chance and change");
        assert!(!sign(Field::Email, 20, 200), "nine in ten people have another address");
        assert!(!sign(Field::Email, 0, 65) && sign(Field::Email, 0, 66));
        assert!(!sign(Field::Kvnr, 0, 29) && sign(Field::Kvnr, 0, 30), "a number for life");
        assert!(!sign(Field::Kvnr, 1, 30));
        assert!(sign(Field::Kvnr, 0, MAX_KEPT as u64) && sign(Field::Kvnr, 40, MAX_KEPT as u64));
    }

    #[test]
    fn the_chance_is_that_of_the_binomial_distribution() {
        let is_near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-9;
        assert!(is_near(chance_of_at_most(0, 30, 0.3), 0.7_f64.powi(30)));
        // Three trials with probability 1/2: 1/8 for none, 3/8 for one.
        assert!(is_near(chance_of_at_most(1, 3, 0.5), 0.5));
        assert!(is_near(chance_of_at_most(3, 3, 0.5), 1.0));
    }
}
