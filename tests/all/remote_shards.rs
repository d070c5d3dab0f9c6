//! Shards on other machines together answer as the whole index does, and a wrong answer is refused.

use std::sync::Arc;

use leakdex::{
    Batch, DistributedFault, Index, IndexBuilder, IndexFault, IndexSet, Key, KindSet, Record,
    RemoteShards,
};

use crate::support::{
    breach, distributed_fault, fault, filled, folder, key, publish_shards, shown,
};

fn person(number: u32) -> Record {
    Record::new()
        .username(&format!("user{number}"))
        .email(&format!("person{number}+x@example.de"))
        .last_name(["Meier", "Schulz", "Lang"][number as usize % 3])
        .first_name(&format!("Eva{}", char::from(b'a' + (number % 26) as u8)))
        .birth_date(&format!("19{:02}-01-{:02}", number % 60 + 30, number % 28 + 1))
        .postal_code(&format!("1{:04}", number % 50))
}

fn builder(key: &Key, step: usize) -> IndexBuilder<'_> {
    let builder = IndexBuilder::new(key, breach("leak")).email_hashes(KindSet::EMAIL_HASHES);
    // One address in many records, each with the names of another person.
    let two = |number| [person(number), person(number + 3).email("office@example.de")];
    filled(builder, (0..600).step_by(step).flat_map(two))
}

fn holders(key: &Key, shards: u32, step: usize) -> Vec<Arc<Index>> {
    let folder = folder();
    let target = folder.path().join("index");
    publish_shards(builder(key, step), &target, shards);
    IndexSet::open_shards(&target, key).expect("all are there").into_indexes()
}

fn remote(holders: &[Arc<Index>], key: &Key) -> RemoteShards {
    let common = holders[holders.len() - 1].excerpt(&[], key).expect("it is sound");
    RemoteShards::new(common, key).expect("it is sound")
}

fn fill(batch: &mut Batch) {
    (0..700).for_each(|number| batch.push(&person(number)));
    for number in 700..900 {
        batch.push(&Record::new().username(&format!("user{number}")));
    }
    batch.push(&Record::new().email("office@example.de"));
    batch.push(&Record::new().sha256_email(&"ab".repeat(32)));
    batch.push(&Record::new().email("nobody"));
    batch.push(&Record::new());
}

fn excerpts(holders: &[Arc<Index>], queries: &[Vec<u64>], key: &Key) -> Vec<Vec<u8>> {
    let all = holders.iter().zip(queries);
    all.map(|(shard, query)| shard.excerpt(query, key).expect("it is sound")).collect()
}

#[test]
fn excerpts_of_all_shards_give_the_verdicts_of_the_whole_index() {
    let key = key();
    let whole = builder(&key, 2).build().expect("it fits");
    let mut batch = whole.batch();
    fill(&mut batch);
    let verdicts = whole.check_batch(&batch);
    let expected = shown(&verdicts.to_vec());
    let count = |slug| verdicts.to_vec().iter().filter(|verdict| verdict.slug() == slug).count();
    assert!(count("affected") > 500 && count("not_affected") > 150, "{}", count("affected"));
    assert_eq!(count("indeterminate"), 2);
    for shards in [2, 16] {
        let holders = holders(&key, shards, 2);
        let remote = remote(&holders, &key);
        let shard = holders[holders.len() - 1].shard();
        assert_eq!(format!("{remote:?}"), format!("RemoteShards {{ shard: {shard:?}, .. }}"));
        let mut batch = remote.batch();
        fill(&mut batch);
        let queries = remote.queries(&batch);
        assert_eq!(queries.len(), shards as usize);
        let mut excerpts = excerpts(&holders, &queries, &key);
        excerpts.reverse();
        let verdicts = remote.decide(&batch, excerpts).expect("each shard answered");
        assert!(shown(&verdicts.to_vec()) == expected, "{shards} shards");
    }
}

#[test]
fn a_missing_repeated_or_foreign_excerpt_is_refused() {
    let key = key();
    let (holders, others) = (holders(&key, 4, 2), holders(&key, 4, 3));
    let remote = remote(&holders, &key);
    let mut batch = remote.batch();
    fill(&mut batch);
    let queries = remote.queries(&batch);
    let sound = excerpts(&holders, &queries, &key);
    let decide = |tamper: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut excerpts = sound.clone();
        tamper(&mut excerpts);
        remote.decide(&batch, excerpts)
    };
    decide(&|_| {}).expect("each shard answered");
    let missing = fault(decide(&|all| drop(all.remove(2))));
    assert!(matches!(missing, IndexFault::MissingShard { number: 2, count: 4, .. }), "{missing}");
    let repeated = fault(decide(&|all| all.push(all[1].clone())));
    assert_eq!(repeated, IndexFault::RepeatedShard { number: 1 });
    let of_another = others[2].excerpt(&queries[2], &key).expect("it is sound");
    assert_eq!(fault(decide(&|all| all[2].clone_from(&of_another))), IndexFault::NotOfTheseShards);
    for place in [100, sound[2].len() / 2, sound[2].len() - 1] {
        let damaged = fault(decide(&|all| all[2][place] ^= 1));
        assert!(
            matches!(damaged, IndexFault::Damaged { .. } | IndexFault::DamagedChunk { .. }),
            "{damaged}"
        );
    }
    // A shard is not an excerpt. An answer to other queries is refused, too.
    let shard = fault(decide(&|all| all[2] = holders[2].as_bytes().to_vec()));
    assert_eq!(shard, IndexFault::Damaged { part: "head" });
    let expected = DistributedFault::OtherQueries { number: 2 };
    for other_queries in [&queries[2][1..], &[]] {
        let excerpt = holders[2].excerpt(other_queries, &key).expect("it is sound");
        assert_eq!(distributed_fault(decide(&|all| all[2].clone_from(&excerpt))), expected);
    }
}

#[test]
fn queries_to_another_shard_or_out_of_order_are_refused() {
    let key = key();
    let holders = holders(&key, 4, 2);
    let other_queries = DistributedFault::OtherQueries { number: 1 };
    for queries in [vec![0], vec![(1 << 62) + 5, 1 << 62], vec![1 << 62, 1 << 62]] {
        assert_eq!(distributed_fault(holders[1].excerpt(&queries, &key)), other_queries);
    }
    let other_key = Key::from_bytes(&[7; 32]).expect("a key");
    let wrong_key = fault(holders[1].excerpt(&[], &other_key));
    assert!(matches!(wrong_key, IndexFault::WrongKey { .. }), "{wrong_key}");
    let whole = builder(&key, 2).build().expect("it fits");
    assert_eq!(fault(whole.excerpt(&[], &key)), IndexFault::NotAShard);
}

#[test]
fn nobody_can_take_an_excerpt_for_an_index() {
    let key = key();
    let holders = holders(&key, 2, 2);
    for queries in [vec![], vec![5]] {
        let excerpt = holders[0].excerpt(&queries, &key).expect("it is sound");
        let head = IndexFault::Damaged { part: "head" };
        assert_eq!(fault(Index::from_bytes(excerpt, &key)), head);
    }
}
