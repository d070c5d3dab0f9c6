//! What the library finds, and how much of it is right.

use std::collections::BTreeSet;

use leakdex::{Breach, DataClass, Error, Finding, IndexBuilder, Key, Kind};
use leakdex_synthetic::copies::Row;

/// What was found for one member.
#[derive(Clone, Copy, Default)]
pub struct Hit {
    /// Whether the member's own row was found.
    pub own: bool,
    /// How many rows of others were found.
    pub others: u64,
}

/// True and false pairs of a member and a row of the index.
#[derive(Clone, Copy, Default)]
pub struct Score {
    pub found: u64,
    pub wrong: u64,
}

impl Score {
    pub fn of(hits: &[Hit]) -> Self {
        hits.iter().fold(Self::default(), |sum, hit| Self {
            found: sum.found + u64::from(hit.own),
            wrong: sum.wrong + hit.others,
        })
    }

    pub fn recall(self, persons: u32) -> f64 {
        ratio(self.found, persons.into())
    }

    pub fn precision(self) -> f64 {
        ratio(self.found, self.found + self.wrong)
    }
}

/// The pairs that any of several kinds finds. A wrong pair that two kinds find counts twice, so the
/// precision is at least the one given.
pub struct Union {
    own: Vec<bool>,
    pub wrong: u64,
}

impl Union {
    pub fn new(persons: u32) -> Self {
        Self { own: vec![false; 2 * persons as usize], wrong: 0 }
    }

    pub fn add(&mut self, hits: &[Hit]) -> Score {
        for (own, hit) in self.own.iter_mut().zip(hits) {
            *own |= hit.own;
            self.wrong += hit.others;
        }
        let found = self.own.iter().map(|&own| u64::from(own)).sum();
        Score { found, wrong: self.wrong }
    }
}

/// What the library finds for each member with an index that holds this kind alone.
pub fn hits(kind: Kind, indexed: &[Row], members: &[Row]) -> Result<Vec<Hit>, Error> {
    let key = Key::from_bytes(&[142; 32]).expect("a key");
    let breach = Breach::named("match-quality").expect("the name is well formed");
    let mut builder = IndexBuilder::new(&key, breach).kinds([kind].into_iter().collect());
    let digits = digit_classes();
    let mut batch = builder.batch();
    for (number, row) in (0_u32..).zip(indexed) {
        let mut record = row.record();
        for class in classes_of(number, &digits) {
            record.push_data_class(class.clone());
        }
        batch.push(&record);
    }
    builder.add_batch(&batch)?;
    let index = builder.build()?;

    let mut batch = index.batch();
    members.iter().for_each(|member| batch.push(&member.record()));
    let verdicts = index.check_batch(&batch).to_vec();
    let hits = (0_u32..)
        .zip(&verdicts)
        .map(|(number, verdict)| match verdict.finding() {
            Some(finding) => hit(finding, classes_of(number, &digits), number, indexed),
            None => Hit::default(),
        })
        .collect();
    Ok(hits)
}

/// The two classes for each binary digit of a row's number, 0 and 1. Since an exposure shows the
/// classes of the rows that matched, it tells which row that was.
fn digit_classes() -> Vec<[DataClass; 2]> {
    let class = |place: u32, digit: u32| {
        DataClass::new(&format!("digit-{place}-is-{digit}")).expect("the name is well formed")
    };
    (0..24).map(|place| [class(place, 0), class(place, 1)]).collect()
}

fn classes_of(number: u32, digits: &[[DataClass; 2]]) -> impl Iterator<Item = &DataClass> {
    let one = move |place| number >> place & 1 == 1;
    digits.iter().enumerate().map(move |(place, pair)| &pair[usize::from(one(place))])
}

/// Of several rows, all are counted; that theirs together look like the member's own is a chance
/// that can be neglected.
fn hit<'a>(
    finding: &Finding,
    own: impl Iterator<Item = &'a DataClass>,
    number: u32,
    indexed: &[Row],
) -> Hit {
    let exposure = finding.exposure();
    let classes = exposure.data_classes();
    let own: BTreeSet<&DataClass> = own.collect();
    let is_in_index = usize::try_from(number).is_ok_and(|number| number < indexed.len());
    let found = is_in_index && own.is_subset(&classes);
    // Of several keys of one kind, the exposure tells the records of the strongest only.
    let digits = classes.iter().filter(|class| class.as_str().starts_with("digit-")).count();
    let further = exposure.records() - u64::from(found);
    let at_least = u64::from(digits > own.len() || !found);
    Hit { own: found, others: further.max(at_least) }
}

/// 1 where there is nothing to be found.
#[expect(clippy::cast_precision_loss, reason = "the numbers are far below 2⁵²")]
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
