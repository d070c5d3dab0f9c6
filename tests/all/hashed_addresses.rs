//! Leaks and member lists with hashes of addresses: which hashes match, and when an all-clear by a
//! hash is complete.

use std::slice;

use leakdex::{
    Caveat, Field, Finding, Index, IndexBuilder, IndexSet, Key, Kind, KindSet, Reason, Record,
    Strength, Verdict,
};

use crate::support::{breach, built, key, merged, without};

const ANNA: &str = "anna@example.com";
/// The MD5, SHA-1 and SHA-256 of Anna's address.
const OF_ANNA: [(Field, Kind, &str); 3] = [
    (Field::Md5Email, Kind::Md5Email, "6b56db1f84a3997b902509d3fbf0a306"),
    (Field::Sha1Email, Kind::Sha1Email, "46864313fa6d54ca75d20f478c80edfa75d92a16"),
    (
        Field::Sha256Email,
        Kind::Sha256Email,
        "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01",
    ),
];

fn of(field: Field, value: &str) -> Record {
    Record::new().with(field, value)
}

fn md5(digits: &str) -> Record {
    Record::new().md5_email(&digits.repeat(16))
}

fn index(key: &Key, hashes: KindSet, leak: &[Record]) -> Index {
    built(IndexBuilder::new(key, breach("leak")).email_hashes(hashes), leak)
}

#[track_caller]
fn matched(verdict: &Verdict) -> Vec<Kind> {
    verdict.finding().expect("they match").matched().iter().collect()
}

#[test]
fn a_leak_of_any_hash_matches_plain_members() {
    for (field, kind, hash) in OF_ANNA {
        let leak = index(&key(), KindSet::EMPTY, &[of(field, hash)]);
        let verdict = leak.check(&Record::new().email(" Anna@Example.com"));
        assert_eq!(matched(&verdict), [kind]);
        assert_eq!(verdict.finding().map(Finding::strength), Some(Strength::Strong));
        assert_eq!(leak.check(&Record::new().email("eva@example.com")).slug(), "not_affected");
    }
}

#[test]
fn a_member_list_of_hashes_matches_a_leak_of_plain_addresses_that_were_hashed() {
    let leak = index(&key(), KindSet::EMAIL_HASHES, &[Record::new().email(ANNA)]);
    for (field, kind, hash) in OF_ANNA {
        let verdict = leak.check(&of(field, &hash.to_uppercase()));
        assert_eq!(matched(&verdict), [kind]);
    }
    let other = leak.check(&md5("0a"));
    assert!(matches!(&other, Verdict::NotAffected(coverage) if coverage.is_whole()), "{other:?}");
}

#[test]
fn a_member_of_a_hash_that_no_index_holds_is_indeterminate() {
    let plain = index(&key(), KindSet::EMPTY, &[Record::new().email(ANNA)]);
    let sha1 = index(&key(), KindSet::EMPTY, &[of(OF_ANNA[1].0, OF_ANNA[1].2)]);
    for leak in [plain, sha1] {
        let verdict = leak.check(&of(OF_ANNA[2].0, OF_ANNA[2].2));
        assert_eq!(verdict.slug(), "indeterminate");
        assert_eq!(verdict.coverage().problems[0].reason, Reason::KindNotIndexed);
    }
}

#[test]
fn an_all_clear_by_a_hash_is_partial_if_plain_addresses_of_the_leak_were_not_hashed() {
    let leaked = [Record::new().email(ANNA), md5("0a")];
    let leak = index(&key(), KindSet::EMPTY, &leaked);
    let verdict = leak.check(&md5("0b"));
    assert!(verdict.is_partially_checked(), "{verdict:?}");
    assert!(verdict.coverage().caveats().contains(Caveat::FieldNotCompared));
    assert!(verdict.coverage().unused.contains(Field::Md5Email));

    let hashed = index(&key(), KindSet::EMAIL_HASHES, &leaked);
    assert!(hashed.check(&md5("0b")).coverage().is_whole());
    // A plain address is compared with both.
    let plain = leak.check(&Record::new().email("eva@example.com"));
    assert!(plain.coverage().is_whole(), "{plain:?}");
}

/// Only the leak's own hashes are indexed. Anna's address leaked, but not its hash.
#[test]
fn an_all_clear_by_a_hash_is_partial_if_plain_addresses_of_the_leak_were_left_out() {
    let key = key();
    let md5_only = || [Kind::Md5Email].into_iter().collect();
    let build = |name: &str, hashes: KindSet, leak: &[Record]| {
        let builder = IndexBuilder::new(&key, breach(name)).kinds(md5_only());
        built(builder.email_hashes(hashes), leak)
    };
    let anna = Record::new().email(ANNA);
    let leak = build("one", KindSet::EMPTY, &[anna.clone(), md5("0a")]);
    assert!(leak.metadata().kinds[0].lacks_plain);
    for member in [&anna, &md5("0b")] {
        let verdict = leak.check(member);
        assert_eq!(verdict.slug(), "not_affected");
        assert!(verdict.is_partially_checked(), "{verdict:?}");
    }
    // A leak of hashes alone was indexed completely, and so were hashed addresses.
    let hashes = build("two", KindSet::EMPTY, &[md5("0a")]);
    let with_plain = build("two", md5_only(), &[Record::new().email("eva@example.com"), md5("0a")]);
    for whole in [&hashes, &with_plain] {
        assert!(!whole.metadata().kinds[0].lacks_plain);
        for member in [&anna, &md5("0b")] {
            assert!(whole.check(member).coverage().is_whole());
        }
    }

    for second in ["one", "two"] {
        let first = build("one", KindSet::EMPTY, &[anna.clone(), md5("0a")]);
        let both = merged([first, build(second, KindSet::EMPTY, &[md5("0c")])]);
        assert!(both.check(&anna).is_partially_checked() && both.metadata().kinds[0].lacks_plain);
    }
    // The index still records this after a merge of it alone.
    assert!(merged([leak]).check(&anna).is_partially_checked());
}

/// The leak has Anna's address only as SHA-1.
#[test]
fn an_all_clear_by_a_hash_is_partial_if_an_address_of_the_leak_has_only_another_hash() {
    let eva = || Record::new().email("eva@example.com");
    let by_sha1 = || of(OF_ANNA[1].0, OF_ANNA[1].2);
    let (key, md5_only) = (key(), [Kind::Md5Email].into_iter().collect());
    let leak = || index(&key, md5_only, &[eva(), by_sha1()]);
    let is_partial = |index: &Index, member: &Record| {
        let verdict = index.check(member);
        assert_eq!(verdict.slug(), "not_affected");
        verdict.is_partially_checked()
    };
    let zoe = Record::new().email("zoe@example.com");
    let of_anna = of(OF_ANNA[0].0, OF_ANNA[0].2);
    assert!(is_partial(&leak(), &of_anna));
    // A plain address is also compared with the SHA-1.
    assert!(!is_partial(&leak(), &zoe));
    assert_eq!(leak().check(&Record::new().email(ANNA)).slug(), "affected");

    // These leaks have no plain addresses. In the second one, each row has the MD5.
    let with_both = md5("0a").sha1_email(&"0a".repeat(20));
    let with_other = index(&key, KindSet::EMPTY, &[with_both.clone(), by_sha1()]);
    assert!(is_partial(&with_other, &of_anna) && !is_partial(&with_other, &zoe));
    let whole = index(&key, KindSet::EMPTY, &[with_both, md5("0b")]);
    assert!(!is_partial(&whole, &of_anna) && !is_partial(&whole, &zoe));

    let both = merged([leak(), index(&key, md5_only, &[eva()])]);
    assert!(is_partial(&both, &of_anna) && !is_partial(&both, &zoe));
}

/// Anna's address leaked only as MD5, beside Eva's address.
#[test]
fn an_all_clear_by_a_hash_is_partial_if_a_row_has_another_hash_of_another_address() {
    let key = key();
    // The alias is another address, so its hashes are not those of the address.
    let eva = || Record::new().email("eva+kasse@example.com");
    let sha1_of_anna = of(OF_ANNA[1].0, OF_ANNA[1].2);
    let is_partial = |index: &Index, member: &Record| {
        let verdict = index.check(member);
        assert_eq!(verdict.slug(), "not_affected");
        verdict.is_partially_checked()
    };
    for hashes in [[Kind::Sha1Email].into_iter().collect(), KindSet::EMAIL_HASHES] {
        let leak = index(&key, hashes, &[eva().md5_email(OF_ANNA[0].2)]);
        assert!(is_partial(&leak, &sha1_of_anna));
        // A plain address is also compared with the MD5.
        assert!(!is_partial(&leak, &Record::new().email("zoe@example.com")));
        assert_eq!(leak.check(&Record::new().email(ANNA)).slug(), "affected");
        let own_hash = "ffb87f6ace49823d322672737d1eb61d";
        let whole = index(&key, hashes, &[eva().md5_email(own_hash)]);
        assert!(!is_partial(&whole, &sha1_of_anna));
    }
}

/// Anna's address leaked, but only as a hash, and the index leaves it out.
#[test]
fn an_all_clear_by_an_address_is_partial_if_hashes_of_the_leak_were_left_out() {
    let (key, eva) = (key(), Record::new().email("eva@example.com"));
    let build = |leak: &[Record]| {
        let kinds = [Kind::Email, Kind::EmailAlias, Kind::Md5Email].into_iter().collect();
        built(IndexBuilder::new(&key, breach("leak")).kinds(kinds), leak)
    };
    let anna = Record::new().email(ANNA);
    let leak = build(&[eva.clone(), of(OF_ANNA[1].0, OF_ANNA[1].2)]);
    assert!(leak.check(&anna).is_partially_checked());
    let beside_address = eva.sha1_email(&"0a".repeat(20));
    assert!(build(&[beside_address]).check(&anna).coverage().is_whole());
}

#[test]
fn a_merge_with_a_leak_that_was_not_hashed_leaves_an_all_clear_by_a_hash_partial() {
    let key = key();
    let build = |name: &str, hashes: KindSet, record: Record| {
        built(IndexBuilder::new(&key, breach(name)).email_hashes(hashes), &[record])
    };
    let anna = || Record::new().email(ANNA);
    let eva = || Record::new().email("eva@example.com");
    for (hashes, is_whole) in [(KindSet::EMAIL_HASHES, true), (KindSet::EMPTY, false)] {
        for second in ["one", "two"] {
            let first = build("one", KindSet::EMAIL_HASHES, anna());
            let both = merged([first, build(second, hashes, eva())]);
            let verdict = both.check(&md5("0b"));
            assert_eq!(verdict.slug(), "not_affected");
            assert_eq!(verdict.coverage().is_whole(), is_whole, "{second} {hashes:?}");
            assert_eq!(matched(&both.check(&of(OF_ANNA[0].0, OF_ANNA[0].2))), [Kind::Md5Email]);
        }
    }
}

#[test]
fn addresses_of_members_are_hashed_only_if_a_leak_holds_hashes_of_its_own() {
    let hashes_in_batch = |index: &Index| {
        let mut batch = index.batch();
        batch.push(&Record::new().email(ANNA));
        batch.kinds(0).intersection(KindSet::EMAIL_HASHES)
    };
    let plain = Record::new().email(ANNA);
    let hashed = index(&key(), KindSet::EMAIL_HASHES, slice::from_ref(&plain));
    assert!(hashed.kinds().difference(KindSet::EMAIL_HASHES) != hashed.kinds());
    assert_eq!(hashes_in_batch(&hashed), KindSet::EMPTY);
    let verdict = hashed.check(&Record::new().email("eva@example.com"));
    assert!(verdict.coverage().missing.is_empty(), "{verdict:?}");

    let both = index(&key(), KindSet::EMAIL_HASHES, &[plain, md5("0a")]);
    assert_eq!(hashes_in_batch(&both), [Kind::Md5Email].into_iter().collect());
    let set = IndexSet::new(vec![hashed, both]).expect("one key");
    let mut batch = set.batch();
    batch.push(&Record::new().email(ANNA));
    assert!(batch.kinds(0).contains(Kind::Md5Email));
    assert_eq!(set.check_batch(&batch).get(0).slug(), "affected");
}

/// The leak has as many hashes as addresses, but one of its records is found only by its hash.
#[test]
fn a_record_of_a_hash_counts_beside_the_record_of_the_address_itself() {
    for (field, kind, hash) in OF_ANNA {
        let all = [Record::new().email(ANNA), of(field, hash)];
        let leak = index(&key(), [kind].into_iter().collect(), &all);
        let verdict = leak.check(&Record::new().email(ANNA));
        assert_eq!(matched(&verdict), [Kind::Email, Kind::EmailAlias, kind]);
        assert_eq!(verdict.finding().expect("she is in it").exposure().records(), 2);
    }
}

#[test]
fn a_record_is_erased_with_the_hashes_that_were_made_of_it() {
    let plain = [Record::new().email(ANNA), Record::new().email("eva@example.com")];
    let (fewer, _) = without([index(&key(), KindSet::EMAIL_HASHES, &plain)], &plain[..1]);
    for (field, _, hash) in OF_ANNA {
        assert_eq!(fewer.check(&of(field, hash)).slug(), "not_affected");
    }
    assert_eq!(fewer.check(&plain[1]).slug(), "affected");
}

#[test]
#[should_panic(expected = "not hashes of addresses")]
fn other_kinds_are_not_hashes_of_addresses() {
    let key = key();
    let kinds = [Kind::Md5Email, Kind::Kvnr].into_iter().collect();
    let _ = IndexBuilder::new(&key, breach("leak")).email_hashes(kinds);
}
