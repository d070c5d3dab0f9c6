//! The ledger on a simulated disk that loses power.

use std::path::Path;

use leakdex::Kind;
use leakdex_private::{Grant, Ledger};
use leakdex_staging::disk::{explore_all, mark_durable, record};

use crate::provider::{World, members_of, one, time};

#[test]
fn after_a_power_failure_the_ledger_has_every_reported_charge_and_accepts_the_next() {
    let mut world = World::new(&[Kind::Kvnr]);
    let requests = [1, 2, 3].map(|seed| world.request(seed, 1));
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = |folder: &Path| Ledger::at(folder.join("ledger"));
    world.ledger = ledger(folder.path());
    let grant = || {
        // The line of this grant is longer than a sector.
        let (insurer, reason) = (world.insurer.fingerprint(), "ä".repeat(200));
        Grant::for_members(insurer, &world.epoch, members_of(3), |_| one(), &reason)
            .expect("a grant")
    };
    let ((), moments) = record(folder.path(), || {
        world.ledger.grant(&grant(), time()).expect("it is written");
        mark_durable();
        for request in &requests {
            let charged = world.charge(request).expect("one of three");
            mark_durable();
            world.ledger.answered(&charged, charged.request(), time()).expect("it is written");
            mark_durable();
        }
    });

    let again = grant();
    let max_images = if std::env::var_os("LEAKDEX_CAMPAIGN").is_some() { 20_000 } else { 300 };
    let explored = explore_all(&moments, max_images, |folder, durable| {
        world.ledger = ledger(folder);
        let found = if world.ledger.path().exists() { world.accounts() } else { Vec::new() };
        if found.is_empty() {
            assert_eq!(durable, 0, "the grant was reported");
            world.ledger.grant(&again, time()).expect("nothing is in the way");
            return;
        }
        let [(3, charged)] = found[..] else { panic!("{found:?}") };
        let reported = durable as u64 / 2;
        assert!((reported..=reported + 1).contains(&charged), "{charged} charges, {durable} steps");
        for (number, request) in (0..).zip(&requests) {
            let again = world.charge(request).expect("each was granted");
            assert_eq!(again.is_repeated(), number < charged, "a charge counts once");
        }
        assert_eq!(world.accounts(), [(3, 3)]);
    });
    println!("ledger: {} moments, {} states", explored.moments, explored.images);
    assert!(explored.images > 30, "{explored:?}");
}
