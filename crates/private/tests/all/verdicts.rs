//! A whole exchange in memory, from the leak to verdicts.

use leakdex::{Field, Index, Kind, Record, Strength};
use leakdex_private::{Error, ListDigest};
use leakdex_synthetic::{
    leak::{Fragments, LeakTruth},
    members::{list_order, members},
};

use crate::exchange::{
    LEAKED, WORLD, World, ask, finish, list, member, open, table_and_index_of, table_of,
};
use crate::forge;

const KINDS: [Kind; 3] = [Kind::Kvnr, Kind::Email, Kind::StartsBirth];

#[test]
fn the_verdicts_are_those_of_an_index_of_the_same_leak() {
    let leak = LeakTruth::default().take(Fragments::of(0..2000));
    let mut world = World::new(&KINDS, &[]);
    let expected;
    // Tags of records differ by key, so the comparison uses the index of this table.
    (world.table, expected) = table_and_index_of(&world.epoch, &world.provider, &leak);
    let table = world.table();
    let people = members(list_order(0, 3500, 0..3500));
    let all: Vec<Record> = people.into_iter().map(|member| member.record).collect();
    let whole = list(&table, all.iter().cloned());
    let (state, request) = ask(&table, &world.insurer, &[&whole]);
    let response = world.response(&request);
    // The lists are read in other portions than before.
    let portions: Vec<_> = all.chunks(611).map(|part| list(&table, part.iter().cloned())).collect();
    let portions: Vec<_> = portions.iter().collect();
    let tables = [table];
    let mut found =
        finish(&state, &tables, (&request, &response), &portions).expect("all is right");
    let found = found.pop().expect("one for each table");
    let hits = found.len();
    let found = found.into_index().expect("an index");

    assert!(expected.metadata().without_codes);
    // The description has rounded counts, and no columns of other kinds.
    let caveats = |index: &Index| {
        let leak_caveats =
            index.leak_caveats().into_iter().map(|caveat| (caveat.field, caveat.sign));
        leak_caveats.filter(|(field, _)| *field != Some(Field::PostalCode)).collect::<Vec<_>>()
    };
    assert_eq!(caveats(&found), caveats(&expected));
    let (found_verdicts, expected) = (found.check_batch(&whole), expected.check_batch(&whole));
    let mut counts = [0; 3];
    for row in 0..whole.len() {
        let (verdict, other) = (found_verdicts.get(row), expected.get(row));
        assert_eq!(verdict, other, "row {row}");
        counts[["affected", "not_affected", "indeterminate"]
            .iter()
            .position(|slug| *slug == verdict.slug())
            .expect("one of three")] += 1;
    }
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
    assert!(hits > 1000, "{hits}");
}

#[test]
fn several_tables_of_an_epoch_are_answered_by_one_request() {
    let other = table_of(&WORLD.epoch, &WORLD.provider, &[member(70), member(3)]);
    let tables = [WORLD.table(), open(&other).expect("a table")];
    let members = list(&tables[0], [3, 49, 70, 71].map(member));
    let (state, request) = ask(&tables[0], &WORLD.insurer, &[&members]);
    let response = WORLD.response(&request);
    let found = finish(&state, &tables, (&request, &response), &[&members]).expect("all is right");
    let mut keys = Vec::new();
    let affected = found.into_iter().map(|found| {
        let index = found.into_index().expect("an index");
        keys.push(index.key_id());
        let verdicts = index.check_batch(&members);
        (0..4).map(|row| verdicts.get(row).slug() == "affected").collect::<Vec<_>>()
    });
    let affected: Vec<_> = affected.collect();
    assert_eq!(affected, [[true, true, false, false], [true, false, true, false]]);
    assert_ne!(keys[0], keys[1], "records of two tables never add up");
}

#[test]
fn an_identifier_outside_the_request_is_indeterminate() {
    let table = WORLD.table();
    let with_address = Record::new().email("anna@example.de");
    let members = list(&table, [member(1), with_address, member(LEAKED.end)]);
    let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
    let response = WORLD.response(&request);
    let found = finish(&state, &[table], (&request, &response), &[&members]).expect("all is right");
    let index = found.into_iter().next().expect("one table");
    let index = index.into_index().expect("an index");
    let verdicts = index.check_batch(&members);
    let slugs: Vec<_> = (0..3).map(|row| verdicts.get(row).slug()).collect();
    assert_eq!(slugs, ["affected", "indeterminate", "not_affected"]);
    assert_eq!(verdicts.get(0).finding().expect("affected").strength(), Strength::Certain);
}

#[test]
fn a_list_other_than_that_of_the_request_is_refused() {
    let table = WORLD.table();
    let (one, two) = (list(&table, [member(1)]), list(&table, [member(2)]));
    let (state, _) = ask(&table, &WORLD.insurer, &[&one, &two]);
    let digest_of = |lists: &[&leakdex::Batch]| {
        let mut digest = ListDigest::new(&state);
        lists.iter().for_each(|list| digest.feed(list));
        digest.finish()
    };
    digest_of(&[&one, &two]).expect("the lists are the same");
    digest_of(&[&list(&table, [member(1), member(2)])]).expect("so are they in other portions");
    let nobody = list(&table, []);
    let three = list(&table, [member(3)]);
    for other in [&[&one][..], &[&two, &one], &[&one, &two, &three], &[&one, &one], &[&nobody]] {
        assert!(matches!(digest_of(other), Err(Error::ListChanged)));
    }
}

#[test]
fn a_leak_without_a_kind_leaves_members_of_that_kind_indeterminate() {
    let world = World::new(&[Kind::Kvnr, Kind::Email], &[member(1)]);
    let table = world.table();
    assert_eq!(table.kinds(), [Kind::Kvnr].into_iter().collect());
    assert_eq!(table.requested_kinds(), [Kind::Kvnr, Kind::Email].into_iter().collect());
    let members = list(&table, [member(1), Record::new().email("anna@example.de")]);
    let (state, request) = ask(&table, &world.insurer, &[&members]);
    let response = world.response(&request);
    // In the second table, the provider hides an entry of this kind, to see which insurer's program fails.
    let mut content = forge::content_of(&world.table);
    let pair = forge::Pair::of(&world.epoch, "email");
    let output = pair.output(&forge::input("email", b"anna@example.de"));
    let mut entries = forge::elements(&content.body);
    let payload = [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let canary =
        forge::entry_key(&pair.output(&forge::canary("email")), &forge::salt_of(&content), 0);
    let free = entries.iter().position(|entry| {
        let pair = forge::Pair::of(&world.epoch, "kvnr");
        let inputs = [
            forge::canary("kvnr"),
            forge::input("kvnr", leakdex_synthetic::numbers::kvnr(1).as_bytes()),
        ];
        let [one, other] = inputs
            .map(|input| forge::entry_key(&pair.output(&input), &forge::salt_of(&content), 0));
        ![one, other, canary].iter().any(|key| key[..16] == entry[..16])
    });
    entries[free.expect("most entries are random")] =
        forge::entry(&output, &forge::salt_of(&content), 0, payload);
    entries.sort_unstable();
    content.body = entries.concat();
    let other = open(&forge::file(forge::TABLE, &content, &world.provider)).expect("a table");
    let tables = [table, other];
    let found = finish(&state, &tables, (&request, &response), &[&members]).expect("all is right");
    for found in found {
        let index = found.into_index().expect("an index");
        let verdicts = index.check_batch(&members);
        assert_eq!((verdicts.get(0).slug(), verdicts.get(1).slug()), ("affected", "indeterminate"));
    }
}
