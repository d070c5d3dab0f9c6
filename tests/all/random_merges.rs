//! Compares random merges and erasures with the truth: who is found, in which breach, with which strength, and in how
//! many records.

use std::collections::{BTreeMap, BTreeSet};

use leakdex::{
    DataClass, Error, Field, Index, IndexBuilder, IndexSet, Kind, KindSet, MergeStats, Record,
    RowErasure, Verdict,
};

use crate::{
    random::{
        chance::{Chance, with_seeds},
        people::{self, Row, Value, fields, some_of, values_of},
        truth::{self, Account, HeldKinds, InBreach, Kinds, Leaked, Records},
    },
    support::{self, breach, erase, key},
};

const BREACHES: [&str; 3] = ["alpha", "beta", "gamma"];

/// An index, and the truth about it.
struct KnownIndex {
    index: Index,
    records: Records,
    held: HeldKinds,
    /// All rows that were added and not erased, with what the index knows of each.
    rows: BTreeSet<LeakRow>,
    /// For each breach: the erased records, the builds they came from, and the number of erased records that the index
    /// states.
    lacking: BTreeMap<&'static str, Lacking>,
}

/// The records of a breach that an index lacks.
#[derive(Clone, Default)]
struct Lacking {
    records: Records,
    builds: BTreeSet<Vec<u8>>,
    stated: u64,
}

/// A row of a leak: the breach, its values, and what an index keeps of it.
type LeakRow = (&'static str, Row, Option<Leaked>);

/// The people of one run, with their values.
struct World {
    people: Vec<Vec<Value>>,
    /// The rows that may leak, some with an extra class of data.
    rows: Vec<(Row, Option<&'static str>)>,
}

impl World {
    fn new(chance: &mut Chance) -> Self {
        let count = 2 + chance.below(8);
        let people = people::people(count, chance);
        let has_phones = cfg!(feature = "phone");
        let known = |value: &Value| has_phones || !matches!(value, Value::Phone(_));
        let hashes = |&person: &u32| {
            [Value::Hash(person, 0), Value::Hash(person, 1), Value::Hash(900 + person % 3, 0)]
        };
        let values = |person: &u32| {
            values_of(*person).into_iter().filter(known).chain(hashes(person)).collect()
        };
        let people = people.iter().map(values).collect();
        let mut world = Self { people, rows: Vec::new() };
        for _ in 0..count * 3 {
            let row = world.some_row(chance);
            world.rows.push((row.clone(), None));
            // The same row with another class, and without one of its values.
            if chance.one_in(3) {
                world.rows.push((row.clone(), Some("passwords")));
            }
            if chance.one_in(3) && row.len() > 1 {
                let fewer = row.iter().skip(1).copied().collect();
                world.rows.push((fewer, None));
            }
        }
        world
    }

    /// Some values of one person, at most one in each column.
    fn some_row(&self, chance: &mut Chance) -> Row {
        let values = chance.pick(&self.people);
        let wanted = 1 + chance.below(4);
        some_of(values, wanted, chance)
    }
}

fn record(row: &Row, extra: Option<&str>) -> Record {
    let mut record = Record::new();
    for (column, text) in row.iter().flat_map(|&value| fields(value)) {
        record.push(column.parse::<Field>().expect("a field"), &text);
    }
    if let Some(class) = extra {
        record.push_data_class(class.parse::<DataClass>().expect("a class"));
    }
    record
}

/// Usually all kinds, otherwise some of them.
fn some_kinds(chance: &mut Chance) -> KindSet {
    if chance.one_in(2) {
        return KindSet::all();
    }
    let fifths = 1 + chance.below(4);
    KindSet::all().iter().filter(|_| chance.below(5) < fifths).collect()
}

/// A part of a breach. Rows may be repeated.
fn build(world: &World, chance: &mut Chance) -> Option<KnownIndex> {
    let (key, kinds) = (key(), some_kinds(chance));
    let are_hashed = chance.one_in(3);
    let name = *chance.pick(&BREACHES);
    let mut builder = IndexBuilder::new(&key, breach(name)).kinds(kinds);
    if are_hashed {
        builder = builder.email_hashes([Kind::Sha256Email].into_iter().collect());
    }
    let mut rows = BTreeSet::new();
    for _ in 0..=chance.below(12) {
        let (row, extra) = chance.pick(&world.rows);
        let _ = builder.add(&record(row, *extra)).expect("there are few classes");
        let is_held = |kind: &str| kinds.iter().any(|held| held.slug() == kind);
        rows.insert((name, row.clone(), Leaked::of(name, row, *extra, is_held, are_hashed)));
    }
    let records: Records = rows.iter().filter_map(|(.., leaked)| leaked.clone()).collect();
    let index = builder.build();
    if records.is_empty() {
        return None;
    }
    let index = index.expect("it has records");
    let lacking = Lacking { builds: [index.as_bytes().to_vec()].into(), ..Lacking::default() };
    let held = truth::held(name, &records);
    Some(KnownIndex { index, records, held, rows, lacking: [(name, lacking)].into() })
}

fn merge(
    indexes: &[&KnownIndex],
    without_breach: Option<&str>,
    rows: &[Row],
) -> Result<(Index, MergeStats), Error> {
    let copy = |known: &&KnownIndex| {
        let copy = Index::from_bytes(known.index.as_bytes().to_vec(), &key());
        copy.expect("it was just open")
    };
    let rows: Vec<Record> = rows.iter().map(|row| record(row, None)).collect();
    support::merge(indexes.iter().map(copy), |merger| {
        if let Some(name) = without_breach {
            merger.without_breach(&name.parse().expect("well formed")).expect("it is there");
        }
        erase(merger, &rows);
    })
}

/// Merges some indexes in a random order, and compares the account with the truth. `None` if nothing is left.
fn merge_some(world: &World, all: &[KnownIndex], chance: &mut Chance) -> Option<KnownIndex> {
    let mut chosen: Vec<&KnownIndex> = Vec::new();
    for _ in 0..=chance.below(4) {
        chosen.push(chance.pick(all));
    }
    let before: Records = chosen.iter().flat_map(|known| known.records.iter().cloned()).collect();
    let breaches: Vec<&str> =
        before.iter().map(|leaked| leaked.breach).collect::<BTreeSet<_>>().into_iter().collect();
    let without = chance.one_in(5).then(|| *chance.pick(&breaches));
    let mut rows = Vec::new();
    if chance.one_in(2) {
        for _ in 0..=chance.below(4) {
            rows.push(match chance.below(4) {
                0 => chance.pick(&world.rows).0.clone(),
                1 => world.some_row(chance),
                _ => some_of(&chance.pick(&world.people).clone(), 6, chance),
            });
        }
        if chance.one_in(3) {
            rows.push(rows[0].clone());
        }
    }

    let mut stays = before.clone();
    stays.retain(|leaked| without != Some(leaked.breach));
    let erased: Records = rows.iter().flat_map(|row| truth::erased_by(&stays, row)).collect();
    let records: Records = stays.difference(&erased).cloned().collect();
    let outcome = merge(&chosen, without, &rows);
    if records.is_empty() {
        let error = outcome.expect_err("nothing is left").to_string();
        assert!(error.contains("nothing would be left"), "{error}");
        return None;
    }
    let (index, merged) = outcome.expect("something is left");
    chance.shuffle(&mut chosen);
    let (again, _) = merge(&chosen, without, &rows).expect("as before");
    assert!(again.as_bytes() == index.as_bytes(), "the order of the indexes makes a difference");

    let task = Task { before: &before, rows: &rows, stays: &stays, gone: &erased };
    task.compare(&merged, &records);
    // An index that is given twice counts once.
    let different: BTreeMap<&[u8], &KnownIndex> =
        chosen.iter().map(|known| (known.index.as_bytes(), *known)).collect();
    assert_eq!(merged.read, different.values().map(|known| known.index.len()).sum::<u64>());
    let mut read: BTreeSet<LeakRow> =
        chosen.iter().flat_map(|known| known.rows.iter().cloned()).collect();
    read.retain(|(breach, _, leaked)| {
        without != Some(*breach) && leaked.as_ref().is_none_or(|leaked| !erased.contains(leaked))
    });
    let mut lacking = missing(&different.into_values().collect::<Vec<_>>());
    lacking.retain(|breach, _| without != Some(*breach));
    for (breach, of_breach) in &mut lacking {
        of_breach.records.extend(erased.iter().filter(|leaked| leaked.breach == *breach).cloned());
        let now = erased.iter().filter(|leaked| leaked.breach == *breach).count();
        let stated = index.metadata().erased_records.get(&breach.parse().expect("a name"));
        let stated = stated.copied().unwrap_or_default();
        // An upper bound: if two indexes lack a record and neither contains the other, it counts
        // twice.
        assert!(stated >= count(of_breach.records.len()), "{stated} of {:?}", of_breach.records);
        assert!(stated <= of_breach.stated + count(now), "{stated} of {}", of_breach.stated);
        of_breach.stated = stated;
        if stated == 0 {
            // An index does not name its sources before something is erased.
            of_breach.builds = [index.as_bytes().to_vec()].into();
        }
    }
    let total: u64 = lacking.values().map(|of_breach| of_breach.stated).sum();
    let caveat = index.erasure_caveat().map(|caveat| (caveat.count, caveat.of));
    assert_eq!(caveat, (total > 0).then_some((total, total + count(records.len()))));
    let rows = &index.metadata().rows;
    assert_eq!(rows.indexed, count(records.len()) + total, "{:?}", index.metadata());
    let mut held = truth::united(chosen.iter().map(|known| &known.held));
    held.retain(|breach, _| without != Some(*breach));
    Some(KnownIndex { index, records, held, rows: read, lacking })
}

/// The records of each breach that these indexes together lack, and the highest count that they may state. An index
/// adds nothing if another index from the same builds has all of its records.
fn missing(all: &[&KnownIndex]) -> BTreeMap<&'static str, Lacking> {
    let mut missing = BTreeMap::<&str, Lacking>::new();
    for breach in BREACHES {
        let having: Vec<(&Lacking, Records)> = all
            .iter()
            .filter_map(|known| {
                let records = known.records.iter().filter(|leaked| leaked.breach == breach);
                Some((known.lacking.get(breach)?, records.cloned().collect()))
            })
            .collect();
        let is_within = |one: &(&Lacking, Records), other: &(&Lacking, Records)| {
            one.1.is_subset(&other.1) && one.0.builds.is_subset(&other.0.builds)
        };
        for (number, this) in having.iter().enumerate() {
            let all = missing.entry(breach).or_default();
            all.builds.extend(this.0.builds.iter().cloned());
            all.records.extend(this.0.records.iter().cloned());
            let adds_nothing = having.iter().enumerate().any(|(other, rival)| {
                let is_equal = is_within(rival, this);
                let first = (rival.0.stated, other) < (this.0.stated, number);
                other != number && is_within(this, rival) && (!is_equal || first)
            });
            all.stated += if adds_nothing { 0 } else { this.0.stated };
        }
        if let Some(all) = missing.get_mut(breach) {
            for (_, records) in &having {
                all.records.retain(|leaked| !records.contains(leaked));
            }
        }
    }
    missing
}

/// The task of a merge.
struct Task<'a> {
    before: &'a Records,
    rows: &'a [Row],
    /// The records of the breaches that stay.
    stays: &'a Records,
    gone: &'a Records,
}

impl Task<'_> {
    /// Compares the figures of the merge that left these records.
    fn compare(&self, merged: &MergeStats, left: &Records) {
        let marks = |records: &Records| -> BTreeSet<truth::Mark> {
            records.iter().flat_map(|leaked| leaked.marks.iter().copied()).collect()
        };
        let (had, has, lost) = (marks(self.before), marks(left), marks(self.gone));
        assert_eq!(merged.written, count(has.len()), "entries written");
        assert_eq!(merged.erased, count(had.difference(&has).count()), "entries erased");
        assert_eq!(merged.reduced, count(lost.intersection(&has).count()), "entries reduced");
        assert_eq!(merged.records, count(left.len()), "records");
        assert_eq!(merged.erased_records, count(self.gone.len()), "records erased");
        assert_eq!(merged.rows.len(), self.rows.len(), "an account for each row");
        for (report, row) in merged.rows.iter().zip(self.rows) {
            let account = truth::account(self.stays, row, self.rows);
            assert_eq!(read_account(report), account, "of {row:?}");
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).expect("a small number")
}

fn read_account(report: &RowErasure) -> Account {
    let slugs =
        |kinds: KindSet| -> Kinds { kinds.iter().map(|kind| kind.slug().to_owned()).collect() };
    let erased = report.erased.iter();
    let stays = report.stays.iter();
    let account = Account {
        erased: erased
            .map(|erased| (erased.breach.to_string(), (erased.records, slugs(erased.kinds))))
            .collect(),
        stays: stays
            .map(|item| {
                ((item.breach.to_string(), slugs(item.shared), slugs(item.lacking)), item.records)
            })
            .collect(),
        by_others: report.erased_by_others,
    };
    assert_eq!(account.stays.len(), report.stays.len(), "no reason is given twice");
    account
}

/// The members: everybody with up to six values, with some values, and with each value alone.
fn members(world: &World, chance: &mut Chance) -> Vec<Row> {
    let mut members = Vec::new();
    for values in &world.people {
        members.push(some_of(values, 6, chance));
        let wanted = 1 + chance.below(3);
        members.push(some_of(values, wanted, chance));
        members.extend(values.iter().map(|&value| Row::from([value])));
    }
    members
}

fn compare(verdict: &Verdict, records: &Records, held: &HeldKinds, member: &Row) {
    let (expected, in_breaches) = truth::expected(records, held, member);
    assert_eq!(verdict.slug(), expected, "of {member:?} in {records:#?}");
    let exposure = verdict.finding().map(|finding| finding.exposure().by_breach().to_vec());
    let found: BTreeMap<String, InBreach> = exposure
        .unwrap_or_default()
        .iter()
        .map(|exposure| {
            let strength = 1 + exposure.strength as u8;
            let classes = exposure.data_classes.iter().map(|class| known_class(class.as_str()));
            let classes = classes.collect();
            (
                exposure.breach.name().to_string(),
                InBreach { strength, records: exposure.records, classes, is_shared: false },
            )
        })
        .collect();
    let in_breaches: BTreeMap<String, InBreach> =
        in_breaches.into_iter().map(|(name, in_breach)| (name.to_owned(), in_breach)).collect();
    assert_eq!(found, in_breaches, "of {member:?} in {records:#?}");
    let best = in_breaches.values().map(|breach| breach.strength).max();
    assert_eq!(verdict.finding().map(|finding| 1 + finding.strength() as u8), best);
}

/// Nobody with a value of a row that was read and not erased gets a complete all-clear, even if a part of a leak was
/// indexed by other kinds.
fn assert_no_false_all_clear(verdict: &Verdict, rows: &BTreeSet<LeakRow>, member: &Row) {
    if verdict.slug() == "not_affected" && !verdict.is_partially_checked() {
        let leaked = rows.iter().find(|(_, row, _)| !row.is_disjoint(member));
        assert!(leaked.is_none(), "{member:?} is in {leaked:?}: {verdict:?}");
    }
}

/// The class of this name, from those of the truth.
fn known_class(name: &str) -> &'static str {
    let known = [
        "health-insurance-information",
        "email-addresses",
        "usernames",
        "bank-account-numbers",
        "phone-numbers",
        "names",
        "dates-of-birth",
        "physical-addresses",
        "passwords",
    ];
    known.into_iter().find(|class| *class == name).unwrap_or_else(|| panic!("{name} did not leak"))
}

fn compare_counts(known: &KnownIndex) {
    let metadata = known.index.metadata();
    assert_eq!(metadata.records, count(known.records.len()));
    let kinds: BTreeMap<&str, (u64, u64)> = metadata
        .kinds
        .iter()
        // A kind stays held when no identifier of it is left.
        .filter(|count| count.identifiers > 0)
        .map(|count| (count.kind.as_str(), (count.identifiers, count.records)))
        .collect();
    assert_eq!(kinds, truth::kinds(&known.records), "of {:#?}", known.records);
    let breaches: BTreeSet<&str> = known.records.iter().map(|leaked| leaked.breach).collect();
    for name in breaches {
        assert!(metadata.breaches.iter().any(|breach| breach.name().as_str() == name));
    }
    let rows = &metadata.rows;
    assert_eq!(rows.read, rows.indexed + rows.duplicate + rows.rejected, "{rows:?}");
}

fn a_random_history(chance: &mut Chance) {
    let world = World::new(chance);
    let mut all: Vec<KnownIndex> = Vec::new();
    for _ in 0..=chance.below(5) {
        all.extend(build(&world, chance));
    }
    if all.is_empty() {
        return;
    }
    for _ in 0..=chance.below(5) {
        let Some(merged) = merge_some(&world, &all, chance) else { continue };
        compare_counts(&merged);
        for member in members(&world, chance) {
            let verdict = merged.index.check(&record(&member, None));
            compare(&verdict, &merged.records, &merged.held, &member);
            assert_no_false_all_clear(&verdict, &merged.rows, &member);
        }
        // Later merges may take earlier ones and their sources.
        all.push(merged);
    }
    // Side by side, the indexes answer as the union of their records.
    let records: Records = all.iter().flat_map(|known| known.records.iter().cloned()).collect();
    let rows = all.iter().flat_map(|known| known.rows.iter().cloned()).collect();
    let held = truth::united(all.iter().map(|known| &known.held));
    let set = IndexSet::new(all.into_iter().map(|known| known.index)).expect("one key");
    for member in members(&world, chance) {
        let verdict = set.check(&record(&member, None));
        compare(&verdict, &records, &held, &member);
        assert_no_false_all_clear(&verdict, &rows, &member);
    }
}

#[test]
fn random_merges_and_erasures_leave_exactly_the_records_of_the_others() {
    // With seed 14, an index is merged with one of its sources after an erasure.
    with_seeds(0..15, a_random_history);
}
