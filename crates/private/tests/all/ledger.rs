//! The ledger: quotas, charges, and everything that can happen while it is written.

use std::{fs, sync::Barrier, thread};

use leakdex::Kind;
use leakdex_private::{Error, Factor, Grant, Ledger, Signer};
use leakdex_staging::faults::{Fault, with_fault};

use crate::provider::{World, members_of, one, time};

#[test]
fn beyond_the_grant_nothing_is_charged() {
    let world = World::new(&[Kind::Kvnr]);
    let [first, second, third, fourth] =
        [(1, 2), (2, 2), (3, 1), (4, 1)].map(|(seed, batches)| world.request(seed, batches));
    // A charge does not create a missing ledger.
    assert!(matches!(world.charge(&first), Err(Error::Io { .. })));
    assert!(!world.ledger.path().exists());
    world.grant(3);
    world.charge(&first).expect("two of three");
    for _ in 0..2 {
        let error = world.charge(&second).expect_err("one is left");
        let expected = (Kind::Kvnr, 3, 2, 2);
        assert!(
            matches!(error, Error::QuotaExceeded { kind, granted, charged, requested }
                if (kind, granted, charged, requested) == expected),
            "{error}"
        );
    }
    world.charge(&third).expect("three of three");
    assert!(matches!(world.charge(&fourth), Err(Error::QuotaExceeded { charged: 3, .. })));
    assert_eq!(world.accounts(), [(3, 3)]);
    // Grants add up.
    world.grant(1);
    world.charge(&fourth).expect("four of four");
    assert_eq!(world.accounts(), [(4, 4)]);
    assert_eq!(world.lines().len(), 5, "a refusal is noted by its caller, if at all");
}

#[test]
fn a_quota_of_one_kind_buys_no_other() {
    let world = World::new(&[Kind::Kvnr, Kind::Email]);
    let (insurer, members) = (world.insurer.fingerprint(), members_of(10));
    let few = "0.1".parse().expect("a factor");
    let of_kind = |kind| if kind == Kind::Kvnr { one() } else { few };
    let grant = Grant::for_members(insurer, &world.epoch, members, of_kind, "few addresses");
    world.ledger.grant(&grant.expect("a grant"), time()).expect("it is written");
    let request = world.request(1, 2);
    let error = world.charge(&request).expect_err("one batch of e-mail addresses was granted");
    assert!(
        matches!(
            error,
            Error::QuotaExceeded { kind: Kind::Email, granted: 1, charged: 0, requested: 2 }
        ),
        "{error}"
    );
    assert_eq!(world.accounts(), [(1, 0), (10, 0)]);
}

#[test]
fn a_grant_holds_for_one_insurer_and_one_epoch() {
    let world = World::new(&[Kind::Kvnr]);
    let other = World { insurer: Signer::generate().expect("a key"), ..World::new(&[Kind::Kvnr]) };
    for (insurer, epoch) in [(&other.insurer, &world.epoch), (&world.insurer, &other.epoch)] {
        let grant =
            Grant::for_members(insurer.fingerprint(), epoch, members_of(5), |_| one(), "others");
        world.ledger.grant(&grant.expect("a grant"), time()).expect("it is written");
    }
    let error = world.charge(&world.request(1, 1)).expect_err("it has no grant here");
    let fingerprint = world.insurer.fingerprint();
    assert!(matches!(error, Error::NoGrant(insurer) if insurer == fingerprint), "{error}");
    assert!(error.to_string().contains(&fingerprint.to_string()));
}

#[test]
fn grants_follow_from_members_and_factors() {
    for (factor, members, batches) in [
        ("1", 0, 0),
        ("1", 1, 1),
        ("1", 4095, 1),
        ("1", 4096, 2),
        ("1.05", 1_000_000, 257),
        ("1.0", 1_000_000, 245),
        ("0.5", 8190, 1),
        ("0.001", 4_095_001, 2),
        ("100", u64::MAX, 450_469_940_749_928_001),
    ] {
        let factor: Factor = factor.parse().expect("a factor");
        assert_eq!(factor.batches_for(members), batches, "{members} × {factor}");
    }
    assert_eq!(Factor::DEFAULT.to_string(), "1.05");
    assert_eq!(Factor::usual(Kind::StartsBirth).to_string(), "1.6");
    assert_eq!(Factor::usual(Kind::Email), Factor::DEFAULT);
    assert_eq!("2.500".parse::<Factor>().expect("a factor").to_string(), "2.5");
    for wrong in [
        "", "0", "0.000", "-1", "1.", ".5", "1.0001", "100.001", "1e3", "1,05", "inf", "NaN", "+1",
        " 1",
    ] {
        assert!(wrong.parse::<Factor>().is_err(), "{wrong}");
    }

    let world = World::new(&[Kind::Kvnr]);
    let grant = |members, reason: &str| {
        let insurer = world.insurer.fingerprint();
        Grant::for_members(insurer, &world.epoch, members, |_| one(), reason)
    };
    assert_eq!(grant(1, &"ä".repeat(200)).expect("a grant").members(), 1);
    for (members, reason) in
        [(0, ""), (100_000_000_001, ""), (1, "two\nlines"), (1, &"x".repeat(201))]
    {
        assert!(matches!(grant(members, reason), Err(Error::WrongGrant(_))), "{members}");
    }
}

#[test]
fn simultaneous_charges_share_no_quota() {
    const GRANTED: usize = 5;
    let world = World::new(&[Kind::Kvnr]);
    world.grant(GRANTED as u64);
    let requests: Vec<_> = (0..8).map(|seed| world.request(seed, 1)).collect();
    let together = Barrier::new(requests.len());
    let charged = thread::scope(|scope| {
        let charge = |request: &'_ Vec<u8>| {
            let (world, together, request) = (&world, &together, request.clone());
            scope.spawn(move || {
                together.wait();
                world.charge(&request).map(|charged| charged.charge().seq)
            })
        };
        let all: Vec<_> = requests.iter().map(charge).collect();
        all.into_iter().map(|thread| thread.join().expect("it does not panic")).collect::<Vec<_>>()
    });
    let mut lines: Vec<u64> = charged.iter().flatten().copied().collect();
    lines.sort_unstable();
    assert_eq!(lines, [2, 3, 4, 5, 6], "each has a line of its own");
    for refused in charged.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, Error::QuotaExceeded { .. }), "{refused}");
    }
    assert_eq!(world.accounts(), [(5, 5)]);
}

#[test]
fn a_ledger_in_use_is_an_error_after_some_seconds() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let file = fs::File::open(world.ledger.path()).expect("it is there");
    file.lock().expect("nobody has it");
    assert!(matches!(world.ledger.accounts(), Err(Error::Busy)));
    drop(file);
    assert_eq!(world.accounts(), [(1, 0)]);
}

#[test]
fn on_a_full_disk_a_request_is_charged_once_or_not_at_all() {
    for fault in [Fault::Once, Fault::ForEver] {
        for number in 0.. {
            let world = World::new(&[Kind::Kvnr]);
            world.grant(1);
            let request = world.request(1, 1);
            let (charged, has_struck) = with_fault(number, fault, || world.charge(&request));
            assert_eq!(charged.is_err(), has_struck, "{fault:?} at {number}");
            let again = world.charge(&request).expect("there is room again");
            if let Ok(charged) = charged {
                assert!(again.is_repeated() && again.charge() == charged.charge());
            }
            assert_eq!(world.accounts(), [(1, 1)], "{fault:?} at {number}");
            assert!(world.charge(&world.request(2, 1)).is_err());
            if !has_struck {
                assert!(number > 4, "charging has several steps");
                break;
            }
        }
    }
}

#[test]
fn a_repeated_charge_is_synced_to_disk() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let request = world.request(1, 1);
    world.charge(&request).expect("one of one");
    // Whichever step fails, a charge that may not be on the disk does not count.
    let outcomes = (0..10).map(|number| {
        let (charged, has_struck) = with_fault(number, Fault::Once, || world.charge(&request));
        assert_eq!(charged.is_err(), has_struck, "step {number}");
        has_struck
    });
    assert_eq!(outcomes.filter(|has_struck| *has_struck).count(), 4, "open, read, and sync twice");
}

#[test]
fn a_ledger_that_is_changed_anywhere_is_refused() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(2);
    let charged = world.charge(&world.request(1, 1)).expect("one of two");
    world.ledger.answered(&charged, charged.request(), time()).expect("it is written");
    let path = world.ledger.path();
    let sound = fs::read(path).expect("it is ours");
    let refused = |content: &[u8]| {
        fs::write(path, content).expect("it is ours");
        match world.ledger.accounts() {
            Ok(_) => None,
            Err(Error::LedgerDamaged { line }) => Some(line),
            Err(other) => panic!("{other}"),
        }
    };
    let line_of = |place: usize| sound[..place].split(|&byte| byte == b'\n').count() as u64;
    // Without its line feed, the last line is torn.
    for place in 0..sound.len() - 1 {
        for change in [1, 0x20, 0x80] {
            let mut altered = sound.clone();
            altered[place] ^= change;
            assert_eq!(refused(&altered), Some(line_of(place)), "byte {place}");
        }
    }
    let lines: Vec<&[u8]> = sound.split_inclusive(|&byte| byte == b'\n').collect();
    for (content, line) in [
        ([lines[1], lines[2]].concat(), 1),
        ([lines[0], lines[2]].concat(), 2),
        ([lines[0], lines[2], lines[1]].concat(), 2),
        ([lines[0], lines[0], lines[1]].concat(), 2),
        ([lines[0], lines[1], lines[1]].concat(), 3),
        ([lines[0], b"\n", lines[1]].concat(), 2),
        ([lines[0], b" ", lines[1]].concat(), 2),
        ([&sound[..], b"\n"].concat(), 4),
        ([&sound[..], &[b'x'; 1 << 13]].concat(), 4),
        (b"\xEF\xBB\xBF".iter().chain(&sound).copied().collect(), 1),
    ] {
        assert_eq!(refused(&content), Some(line));
    }
    assert_eq!(refused(&sound), None);

    // A damaged ledger charges no request.
    fs::write(path, &sound[1..]).expect("it is ours");
    let error = world.charge(&world.request(2, 1)).expect_err("it is damaged");
    assert!(matches!(error, Error::LedgerDamaged { line: 1 }), "{error}");
    assert_eq!(fs::read(path).expect("it is ours"), &sound[1..], "it stays as evidence");
}

#[test]
fn a_torn_last_line_is_cut_off() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(2);
    let request = world.request(1, 1);
    world.charge(&request).expect("one of two");
    let path = world.ledger.path();
    let sound = fs::read(path).expect("it is ours");
    let first = 1 + sound.iter().position(|&byte| byte == b'\n').expect("there are two lines");
    for length in 0..sound.len() {
        fs::write(path, &sound[..length]).expect("it is ours");
        if length < first {
            assert_eq!(world.accounts(), [], "{length} bytes");
            assert!(matches!(world.charge(&request), Err(Error::NoGrant(_))));
            continue;
        }
        assert_eq!(world.accounts(), [(2, 0)], "{length} bytes");
        let charged = world.charge(&request).expect("it was not charged");
        assert!(!charged.is_repeated());
        assert!(fs::read(path).expect("it is ours") == sound, "the line is written again");
    }
    // Nothing of a longer torn line is left.
    let (line, _) = beginnings_after(&sound);
    let torn = [line.as_bytes(), br#""time":""#, &[b'x'; 1000]].concat();
    fs::write(path, [&sound[..], &torn].concat()).expect("it is ours");
    assert!(world.charge(&request).expect("it was charged").is_repeated());
    world.charge(&world.request(2, 1)).expect("two of two");
    assert_eq!(world.accounts(), [(2, 2)]);
}

/// The beginning of the next line of a ledger, and a wrong one with the digest of the first line.
fn beginnings_after(sound: &[u8]) -> (String, String) {
    let lines: Vec<&[u8]> = sound.split_inclusive(|&byte| byte == b'\n').collect();
    let digest_of = |line: &[u8]| {
        let line: serde_json::Value = serde_json::from_slice(line).expect("it is JSON");
        line["digest"].as_str().expect("a text").to_owned()
    };
    let beginning = |digest| format!(r#"{{"seq":{},"previous":"{digest}","#, lines.len() + 1);
    let last = lines.last().expect("there are lines");
    (beginning(digest_of(last)), beginning(digest_of(lines[0])))
}

#[test]
fn a_file_that_is_not_a_ledger_is_left_alone() {
    let world = World::new(&[Kind::Kvnr]);
    let request = world.request(1, 1);
    let insurer = world.insurer.fingerprint();
    let grant = Grant::for_members(insurer, &world.epoch, 10_000, |_| one(), "a test");
    let grant = grant.expect("a grant");
    let path = world.ledger.path();
    let zeros = "0".repeat(64);
    let refuses = |content: &[u8], number: u64| {
        fs::write(path, content).expect("it is ours");
        for outcome in [
            world.ledger.grant(&grant, time()),
            world.ledger.accounts().map(drop),
            world.charge(&request).map(drop),
        ] {
            let text = String::from_utf8_lossy(content);
            assert!(
                matches!(outcome, Err(Error::LedgerDamaged { line }) if line == number),
                "{text}"
            );
            assert!(fs::read(path).expect("it is ours") == content, "{text}");
        }
    };
    for content in [
        "my notes",
        "x",
        "[",
        " ",
        "\0 ",
        r#"{"seq":2"#,
        r#"{"previous":"#,
        r#"{"seq":1,"previous":"1"#,
        &format!(r#"{{"seq":1,"previous":"{zeros}"}}"#),
    ] {
        refuses(content.as_bytes(), 1);
    }

    // An empty file is a new ledger, and so is an incomplete first line, or one whose sectors a power failure lost.
    for content in
        ["", "\0", "{", r#"{"seq":1,"pre"#, &format!(r#"{{"seq":1,"previous":"{zeros}","#)]
    {
        fs::write(path, content).expect("it is ours");
        world.ledger.grant(&grant, time()).expect("it is a ledger");
        assert_eq!(world.accounts(), [(3, 0)], "{content}");
    }

    world.charge(&request).expect("one of three");
    let sound = fs::read(path).expect("it is ours");
    let (_, wrong) = beginnings_after(&sound);
    for more in ["my notes", r#"{"seq":2"#, &wrong] {
        refuses(&[&sound, more.as_bytes()].concat(), 3);
    }

    let folder = Ledger::at(world.folder.path());
    assert!(matches!(folder.accounts(), Err(Error::Io { .. })));
}

#[test]
#[cfg(unix)]
fn only_its_owner_can_read_a_ledger() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let mode = fs::metadata(world.ledger.path()).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn the_ledger_records_each_refusal_with_its_reason() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let request = world.request(1, 2);
    let error = world.charge(&request).expect_err("one is granted");
    let (insurer, epoch) = (world.insurer.fingerprint(), world.epoch.id());
    let name = leakdex_private::Request::identify(std::io::Cursor::new(&request));
    let name = name.expect("its signature holds");
    world.ledger.refused(name, epoch, &error, time()).expect("it is written");
    let lines = world.lines();
    let last = &lines[1];
    assert_eq!(last["what"], "refused");
    assert_eq!(last["time"], "2026-11-29T09:03:20Z");
    assert_eq!(last["insurer"], insurer.to_string());
    assert_eq!(last["request"], crate::forge::id_of(&request));
    assert_eq!(last["error"], error.to_string());
    assert_eq!(world.accounts(), [(1, 0)]);
}
