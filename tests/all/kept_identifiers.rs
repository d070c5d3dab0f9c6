//! Identifiers that a builder keeps beside its index.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use leakdex::{Batch, Breach, IndexBuilder, Key, Kind, KindSet, Record};
use leakdex_synthetic::leak::{Fragments, LeakTruth};

fn builder(key: &Key, kinds: KindSet) -> IndexBuilder<'_> {
    let breach = Breach::named("bitmarck-2023-01").expect("a name");
    IndexBuilder::new(key, breach).kinds(kinds).keep_identifiers()
}

#[test]
fn a_builder_keeps_exactly_the_identifiers_of_its_index() {
    let key = Key::generate().expect("a key");
    let kinds: KindSet = [Kind::Kvnr, Kind::Email, Kind::StartsBirth].into_iter().collect();
    let mut builder = builder(&key, kinds);
    let rows = LeakTruth::default().take(Fragments::of(0..500));
    let mut expected = BTreeSet::new();
    let (empty, hasher) = (builder.batch(), builder.hasher());
    for rows in rows.chunks(37) {
        let mut batch: Batch = empty.clone();
        rows.iter().for_each(|row| batch.push(row));
        let identifiers = batch.canonical_identifiers();
        let identifiers = identifiers.filter(|identifier| kinds.contains(identifier.kind));
        expected
            .extend(identifiers.map(|identifier| (identifier.kind, identifier.canonical.to_vec())));
        let _added = builder.add_hashed(hasher.hash(&batch)).expect("the rows are added");
    }
    let (index, kept) = builder.build_with_identifiers().expect("an index");
    assert_eq!((kept.len() as u64, kept.len()), (index.len(), expected.len()));
    assert!(!kept.is_empty());
    let all = kinds.iter().flat_map(|kind| {
        let kept = &kept;
        (0..kept.count(kind)).map(move |number| (kind, kept.get(kind, number).to_vec()))
    });
    assert!(all.eq(expected), "they are in order, and each is there once");
    for kind in kinds.iter() {
        for number in 0..kept.count(kind) {
            let records = index.leaked_records(kind, kept.get(kind, number));
            assert!(!records.expect("it is whole").is_empty());
        }
    }
    assert_eq!(format!("{kept:?}"), format!("KeptIdentifiers({})", kept.len()));
}

#[test]
fn identifiers_are_kept_from_the_first_record_on_or_not_at_all() {
    let key = Key::generate().expect("a key");
    let mut late = IndexBuilder::new(&key, Breach::named("late").expect("a name"));
    let _added = late.add(&Record::new().kvnr("A123456780")).expect("it is added");
    assert!(catch_unwind(AssertUnwindSafe(|| late.keep_identifiers())).is_err());
    let never = IndexBuilder::new(&key, Breach::named("never").expect("a name"));
    assert!(catch_unwind(AssertUnwindSafe(|| never.build_with_identifiers())).is_err());
    // A hasher that was made earlier keeps nothing.
    let before = IndexBuilder::new(&key, Breach::named("before").expect("a name"));
    let (hasher, batch) = (before.hasher(), before.batch());
    let mut after = before.keep_identifiers();
    let early = hasher.hash(&batch);
    assert!(catch_unwind(AssertUnwindSafe(|| after.add_hashed(early))).is_err());
}
